using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ChannelHub.Http;

/// <summary>
/// Signatures by the Standard Webhooks rules: HMAC-SHA256 over id, timestamp and the exact body. Versions other than <c>v1</c> are
/// passed over, so that a sender may add one.
/// </summary>
internal static class StandardWebhooks
{
    public const string IdHeader = "webhook-id";
    public const string TimestampHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    private const string Version = "v1,";
    private const int ToleranceSeconds = 5 * 60;

    public static bool IsSigned(
        IReadOnlyList<string> secrets, IReadOnlyDictionary<string, string> headers, ReadOnlySpan<byte> body, DateTimeOffset receivedAt)
    {
        if (!headers.TryGetValue(IdHeader, out string? id) || string.IsNullOrEmpty(id)
            || !headers.TryGetValue(TimestampHeader, out string? timestamp) || !IsRecent(timestamp, receivedAt)
            || !headers.TryGetValue(SignatureHeader, out string? list))
            return false;
        List<byte[]> signatures = Signatures(list);
        bool found = false;
        foreach (string secret in secrets)
        {
            if (Key(secret) is not { } key)
                continue;
            byte[] expected = Mac(key, id, timestamp, body);
            foreach (byte[] signature in signatures)
                found |= CryptographicOperations.FixedTimeEquals(expected, signature);
        }
        return found;
    }

    /// <summary>The value of the signature's header.</summary>
    public static string Sign(byte[] key, string id, string timestamp, ReadOnlySpan<byte> body) =>
        Version + Convert.ToBase64String(Mac(key, id, timestamp, body));

    /// <summary>The bytes a secret stands for; null if it stands for none, and then it neither signs nor verifies.</summary>
    public static byte[]? Key(string? secret)
    {
        if (secret is null)
            return null;
        string encoded = secret.StartsWith("whsec_", StringComparison.Ordinal) ? secret[6..] : secret;
        byte[] key = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, key, out int length) && length > 0 ? key[..length] : null;
    }

    private static bool IsRecent(string timestamp, DateTimeOffset receivedAt) =>
        long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
        && seconds >= receivedAt.ToUnixTimeSeconds() - ToleranceSeconds
        && seconds <= receivedAt.ToUnixTimeSeconds() + ToleranceSeconds;

    private static List<byte[]> Signatures(string list)
    {
        var signatures = new List<byte[]>();
        foreach (string item in list.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            byte[] bytes = new byte[HMACSHA256.HashSizeInBytes];
            if (item.StartsWith(Version, StringComparison.Ordinal)
                && Convert.TryFromBase64String(item[Version.Length..], bytes, out int length) && length == bytes.Length)
                signatures.Add(bytes);
        }
        return signatures;
    }

    private static byte[] Mac(byte[] key, string id, string timestamp, ReadOnlySpan<byte> body)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        mac.AppendData(Encoding.UTF8.GetBytes($"{id}.{timestamp}."));
        mac.AppendData(body);
        return mac.GetHashAndReset();
    }
}
