using System.Buffers;
using System.Text;
using System.Web;
using ChannelHub.Adapters;

namespace ChannelHub.Meta.Graph;

/// <summary>How Meta's webhooks are told from forged ones, the same for all its products.</summary>
internal static class GraphHook
{
    private const string SignatureHeader = "x-hub-signature-256";
    private const string Prefix = "sha256=";
    private const int LongestChallenge = 256;

    /// <summary>
    /// A GET is the handshake and carries the verify token. Everything else is signed with the app's secret, over the bytes as they came: Meta writes what is
    /// beyond ASCII as \uXXXX, so a body that was read and written again has another signature.
    /// </summary>
    public static bool Verify(WebhookRequest request, string? appSecret, string? verifyToken) => request.Method == "GET"
        ? IsHandshake(request.Url, verifyToken)
        : IsSigned(request.Body.Span, request.Header(SignatureHeader), appSecret);

    /// <summary>The answer to a handshake: the challenge as it came, and nothing else.</summary>
    public static Received Answer(AuthenticInput handshake) =>
        new([], HookReply.Text(CleanText.Truncate(handshake.Query.GetValueOrDefault("hub.challenge", ""), LongestChallenge)));

    private static bool IsHandshake(Uri url, string? verifyToken)
    {
        System.Collections.Specialized.NameValueCollection query = HttpUtility.ParseQueryString(url.Query);
        return query["hub.mode"] == "subscribe" && Signatures.Matches(verifyToken, query["hub.verify_token"]);
    }

    private static bool IsSigned(ReadOnlySpan<byte> body, string? header, string? appSecret)
    {
        if (string.IsNullOrEmpty(appSecret) || header is null || !header.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        Span<byte> signature = stackalloc byte[32];
        return Convert.FromHexString(header.AsSpan(Prefix.Length), signature, out _, out int written) == OperationStatus.Done
            && written == signature.Length
            && Signatures.IsHmacSha256(Encoding.UTF8.GetBytes(appSecret), body, signature);
    }
}
