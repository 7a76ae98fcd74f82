using System.Security.Cryptography;
using System.Text;
using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>
/// Twilio's signature: Base64 of an HMAC-SHA1 over the whole public address and, of a form, every parameter sorted by name. A JSON body is
/// signed by its hash in the address.
/// </summary>
internal static class TwilioSignature
{
    public const string Header = "x-twilio-signature";

    private const string BodyHash = "bodySHA256=";

    /// <summary>Whether one of the tokens signed this. Every token and every spelling of the address is tried, whichever fits.</summary>
    public static bool IsGood(WebhookRequest request, string url, params ReadOnlySpan<string?> tokens)
    {
        Span<byte> actual = stackalloc byte[HMACSHA1.HashSizeInBytes];
        if (request.Header(Header) is not { Length: 28 } given || !Convert.TryFromBase64String(given, actual, out int length) || length != actual.Length)
            return false;
        string? parameters = Parameters(request, url);
        if (parameters is null)
            return false;
        bool good = false;
        foreach (string spelling in Spellings(url))
        {
            byte[] content = Encoding.UTF8.GetBytes(spelling + parameters);
            foreach (string? token in tokens)
            {
                if (!string.IsNullOrEmpty(token))
                    good |= Signatures.IsHmacSha1(Encoding.UTF8.GetBytes(token), content, actual);
            }
        }
        return good;
    }

    // What follows the address; null if the body is not the one whose hash stands in it.
    private static string? Parameters(WebhookRequest request, string url)
    {
        int hash = url.IndexOf(BodyHash, StringComparison.Ordinal);
        if (hash >= 0)
        {
            string expected = url[(hash + BodyHash.Length)..].Split('&', '#')[0];
            return Signatures.Matches(expected.ToLowerInvariant(), Convert.ToHexStringLower(SHA256.HashData(request.Body.Span))) ? "" : null;
        }
        if (request.Method == "GET")
            return "";
        var signed = new StringBuilder();
        // A name that stands more than once counts with each of its values once, in order.
        foreach (IGrouping<string, string> field in TwilioForm.Read(request.Body.Span).Fields.GroupBy(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            foreach (string value in field.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
                signed.Append(field.Key).Append(value);
        }
        return signed.ToString();
    }

    // Twilio is of two minds about the default port.
    private static IEnumerable<string> Spellings(string url)
    {
        url = url.Split('#')[0];
        yield return url;
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed) || !parsed.IsDefaultPort)
            yield break;
        int authority = url.IndexOf("://", StringComparison.Ordinal) + 3;
        int end = url.IndexOfAny(['/', '?'], authority);
        end = end < 0 ? url.Length : end;
        string port = $":{parsed.Port}";
        yield return url[authority..end].EndsWith(port, StringComparison.Ordinal) ? url[..(end - port.Length)] + url[end..] : url[..end] + port + url[end..];
    }
}
