using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Storage.Access;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Api;

/// <summary>This endpoint's answer carries a new secret in a top-level field; an answer that is kept has it blanked.</summary>
public sealed record SecretInAnswer(string Field);

/// <summary>
/// The claim of a request that came with an <c>Idempotency-Key</c>. Left alone, its answer is kept after the endpoint has run: a process killed between the
/// endpoint's commit and that has the effect and no memory of it, and a retry repeats the effect. Where that must not be, the endpoint completes the
/// claim inside its own write: then effect and memory are one transaction, and the answer has to be exactly the one given here.
/// </summary>
public sealed class IdempotencyClaim
{
    private const string ContentType = "application/json; charset=utf-8";
    private const string Blanked = "•••";

    private readonly IdempotencyKey key;
    private readonly long id;
    private readonly string body;
    private readonly string? secret;
    private volatile bool completed;

    internal IdempotencyClaim(IdempotencyKey key, long id, string body, string? secret)
    {
        this.key = key;
        this.id = id;
        this.body = body;
        this.secret = secret;
    }

    /// <summary>The claim of this request; null if it came without a key. To be read before the write begins.</summary>
    public static IdempotencyClaim? Of(HttpContext context) => context.Features.Get<IdempotencyClaim>();

    /// <summary>Whether the answer is durable already.</summary>
    internal bool Completed => completed;

    /// <summary>Keeps the answer in the transaction of the effect. Runs again harmlessly if the write does.</summary>
    /// <param name="session">The endpoint's own transaction.</param>
    /// <param name="status">Status of the answer.</param>
    /// <param name="location">Its <c>Location</c>, if it has one.</param>
    /// <param name="answer">What is answered, as the endpoint also returns it.</param>
    /// <param name="etag">Its <c>ETag</c>, if it has one.</param>
    /// <exception cref="StoreUnavailableException">This node was taken for dead, and another has done the request meanwhile: the transaction must come to nothing.</exception>
    public void Complete<T>(WriteSession session, int status, string? location, T answer, string? etag = null) =>
        Complete(session, status, location, JsonSerializer.SerializeToUtf8Bytes(answer, ApiJson.Options), ContentType, etag);

    /// <inheritdoc cref="Complete{T}"/>
    public void Complete(WriteSession session, int status, string? location, byte[] answer, string? contentType = ContentType, string? etag = null)
    {
        if (!IdempotencyStore.Complete(session, key, id, new IdempotencyRow(body, status, contentType, location, etag, Blank(answer))))
            throw new StoreUnavailableException("another node has taken this request over");
        session.AfterCommit(() => completed = true);
    }

    /// <summary>Lets a retry do better.</summary>
    internal void Release(WriteSession session) => IdempotencyStore.Release(session, key, id);

    private byte[] Blank(byte[] answer)
    {
        if (secret is null || answer.Length == 0 || JsonNode.Parse(answer) is not JsonObject json || !json.ContainsKey(secret))
            return answer;
        json[secret] = Blanked;
        return JsonSerializer.SerializeToUtf8Bytes(json, ApiJson.Options);
    }
}
