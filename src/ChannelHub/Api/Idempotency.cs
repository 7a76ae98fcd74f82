using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using ChannelHub.Options;
using ChannelHub.Storage.Access;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace ChannelHub.Api;

/// <summary>
/// <c>Idempotency-Key</c>: a write that is repeated with the same key and body has its effect once and gets its first answer again. The store decides
/// who is first. What it shows as in flight on this node and this process does not run, or on a node that is no more, was left behind and is taken over.
/// </summary>
public sealed partial class Idempotency(Database database, ApiErrors errors, HubOptions options, ILogger<Idempotency> log)
{
    /// <summary>An answer longer than this is kept without its body: not to repeat the effect matters more.</summary>
    public const int LongestAnswer = 1024 * 1024;

    private const string Header = "Idempotency-Key";
    private const int LongestKey = 255;

    private readonly ConcurrentDictionary<IdempotencyKey, string> running = [];

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        StringValues header = context.Request.Headers[Header];
        if (header.Count == 0 || HttpMethods.IsGet(context.Request.Method))
            return next(context);
        if (header.Count > 1 || header[0] is not { Length: > 0 and <= LongestKey } key || key.AsSpan().ContainsAnyExceptInRange('!', '~'))
            return Problem.Invalid(Header, $"must be 1 to {LongestKey} visible ASCII characters").ExecuteAsync(context);
        return RunAsync(context, next, new IdempotencyKey(Caller.Of(context).KeyId, context.Request.Method, context.Request.Path.Value!, key));
    }

    private async Task RunAsync(HttpContext context, RequestDelegate next, IdempotencyKey key)
    {
        string body = Fingerprint(context);
        if (!running.TryAdd(key, body))
        {
            await (running.TryGetValue(key, out string? other) && other != body ? Mismatch(context) : InFlight(context));
            return;
        }
        try
        {
            long expired = database.Clock.GetUtcNow().AddHours(-options.Api.IdempotencyHours).ToUnixTimeMilliseconds();
            long id = database.Ids.Next();
            if (await database.WriteAsync(session => IdempotencyStore.Claim(session, key, id, body, expired)) is not { } first)
                await RunClaimedAsync(context, next, new IdempotencyClaim(key, id, body, context.GetEndpoint()!.Metadata.GetMetadata<SecretInAnswer>()?.Field));
            else if (first.BodyHash != body)
                await Mismatch(context);
            else
                await (first.Status is null ? InFlight(context) : AnswerAgainAsync(context, first));
        }
        finally
        {
            running.TryRemove(key, out _);
        }
    }

    private async Task RunClaimedAsync(HttpContext context, RequestDelegate next, IdempotencyClaim claim)
    {
        context.Features.Set(claim);
        context.RequestAborted = CancellationToken.None; // who hangs up still gets one effect, and may ask for the answer later
        IHttpResponseBodyFeature wire = context.Features.Get<IHttpResponseBodyFeature>()!;
        using var answer = new MemoryStream();
        context.Response.Body = answer;
        bool ended = false;
        try
        {
            await errors.GuardAsync(context, next);
            await context.Response.BodyWriter.FlushAsync();
            ended = true;
        }
        finally
        {
            context.Features.Set(wire);
            if (!claim.Completed)
                await SettleAsync(context.Response, claim, ended ? answer : null);
        }
        if (answer.Length == 0)
            return;
        context.Response.ContentLength ??= answer.Length;
        await wire.Stream.WriteAsync(answer.GetBuffer().AsMemory(0, (int)answer.Length));
    }

    /// <summary>Keeps the answer, or lets go of the claim so that a retry can do better.</summary>
    private async Task SettleAsync(HttpResponse response, IdempotencyClaim claim, MemoryStream? answer)
    {
        try
        {
            if (answer is null || !IsFinal(response))
            {
                await database.WriteAsync(claim.Release);
                return;
            }
            byte[] kept = answer.Length <= LongestAnswer ? answer.ToArray() : [];
            (int status, string? type, string? location, string? etag) = (response.StatusCode, response.ContentType, response.Headers.Location, response.Headers.ETag);
            await database.WriteAsync(session => claim.Complete(session, status, location, kept, type, etag));
        }
        catch (StoreUnavailableException unavailable)
        {
            // The effect stands, so the client gets its answer. A retry finds a claim that nobody runs.
            NotKept(log, response.HttpContext.TraceIdentifier, unavailable.Message);
        }
    }

    /// <summary>A fault of the hub may be gone next time, and a file that was refused may have been cut short on its way.</summary>
    private static bool IsFinal(HttpResponse response) =>
        response.StatusCode < (response.HttpContext.Features.Get<JsonBody>() is null && response.HttpContext.Request.ContentLength is not (null or 0)
            ? StatusCodes.Status400BadRequest
            : StatusCodes.Status500InternalServerError);

    private static async Task AnswerAgainAsync(HttpContext context, IdempotencyRow first)
    {
        HttpResponse response = context.Response;
        response.StatusCode = (int)first.Status!.Value;
        response.ContentType = first.ContentType;
        response.Headers.Location = first.Location;
        response.Headers.ETag = first.ETag;
        response.Headers["Idempotency-Replayed"] = "true";
        if (first.Answer is not { Length: > 0 } body)
            return;
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body);
    }

    private static Task Mismatch(HttpContext context) => Problem.Conflict("idempotency-mismatch",
        "This Idempotency-Key was used here with another body. Use a new key for a new request.").ExecuteAsync(context);

    private static Task InFlight(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return Problem.Conflict("idempotency-in-flight", "The first request with this Idempotency-Key has not been answered yet. Ask again in a moment.").ExecuteAsync(context);
    }

    /// <summary>
    /// Tells bodies apart. JSON by its bytes. Files are not held in memory, and clients make up a new multipart boundary for each attempt: by their length.
    /// </summary>
    private static string Fingerprint(HttpContext context) => context.Features.Get<JsonBody>() is { } json
        ? Convert.ToHexStringLower(SHA256.HashData(json.Bytes))
        : string.Create(CultureInfo.InvariantCulture, $"length {context.Request.ContentLength}");

    [LoggerMessage(Level = LogLevel.Error, Message = "The answer to request {RequestId} was not kept for its Idempotency-Key: {Reason}")]
    private static partial void NotKept(ILogger log, string requestId, string reason);
}
