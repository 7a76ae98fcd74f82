using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ChannelHub.Adapters;

namespace ChannelHub.Http;

/// <summary>Posts signed events to <c>send_url</c>.</summary>
internal sealed class OutboundPosts(HttpSettings settings, ChannelEnvironment environment)
{
    private static readonly JsonSerializerOptions Layout = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Posts an event under an id that stays the same on every attempt, so that its receiver can drop the second.</summary>
    public ValueTask<SendResult> PostAsync(string type, string id, object data, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(settings.SendUrl, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
            return Misconfigured("send_url is not an http or https address");
        if (StandardWebhooks.Key(settings.OutboundSecret) is not { } key)
            return Misconfigured("outbound_secret is not whsec_ followed by base64");
        DateTimeOffset now = environment.Clock.GetUtcNow();
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(
            new { Type = type, Timestamp = now.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"), Data = data }, Layout);
        string timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation(StandardWebhooks.IdHeader, id);
        request.Headers.TryAddWithoutValidation(StandardWebhooks.TimestampHeader, timestamp);
        request.Headers.TryAddWithoutValidation(StandardWebhooks.SignatureHeader, StandardWebhooks.Sign(key, id, timestamp, body));
        return ProviderHttp.SendAsync(environment.Http, request, answer => HttpReplies.Read(answer, id), cancellation);
    }

    /// <summary>
    /// Posts an event that has no id of its own. It may be repeated, and a later one may say the same again, so the time is part of its id.
    /// </summary>
    public ValueTask<SendResult> PostAsync(string type, object data, CancellationToken cancellation)
    {
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(new { type, at = environment.Clock.GetUtcNow().ToUnixTimeMilliseconds(), data }, Layout);
        return PostAsync(type, $"{type}_{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 16))}", data, cancellation);
    }

    private static ValueTask<SendResult> Misconfigured(string detail) =>
        ValueTask.FromResult<SendResult>(new SendResult.Deferred(new Fault(FaultKind.NotAuthorized, detail) { WholeChannel = true }));
}
