using System.Security.Cryptography;
using System.Text;

namespace ChannelHub.Adapters;

/// <summary>Comparisons of secrets and signatures whose time does not depend on where they differ.</summary>
public static class Signatures
{
    /// <summary>
    /// Whether two secrets are equal. Both sides are hashed first, so that neither content nor length shows in the time. An absent or empty
    /// value on either side is never equal to anything.
    /// </summary>
    public static bool Matches(string? expected, string? actual)
    {
        if (string.IsNullOrEmpty(expected) || string.IsNullOrEmpty(actual))
            return false;
        Span<byte> left = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> right = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(expected), left);
        SHA256.HashData(Encoding.UTF8.GetBytes(actual), right);
        return CryptographicOperations.FixedTimeEquals(left, right);
    }

    /// <summary>Whether <paramref name="actual"/> is the HMAC-SHA256 of <paramref name="content"/>; the whole length counts.</summary>
    public static bool IsHmacSha256(ReadOnlySpan<byte> key, ReadOnlySpan<byte> content, ReadOnlySpan<byte> actual)
    {
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, content, expected);
        return CryptographicOperations.FixedTimeEquals(expected, actual);
    }

    /// <summary>Whether <paramref name="actual"/> is the HMAC-SHA1 of <paramref name="content"/>, for providers that offer nothing newer.</summary>
#pragma warning disable CA5350 // The provider chose it; as a keyed hash it is still sound.
    public static bool IsHmacSha1(ReadOnlySpan<byte> key, ReadOnlySpan<byte> content, ReadOnlySpan<byte> actual)
    {
        Span<byte> expected = stackalloc byte[HMACSHA1.HashSizeInBytes];
        HMACSHA1.HashData(key, content, expected);
        return CryptographicOperations.FixedTimeEquals(expected, actual);
    }
#pragma warning restore CA5350

    /// <summary>
    /// Whether an <c>Authorization</c> header carries <paramref name="token"/> as a bearer token. The scheme compares without case (RFC 9110 §11.1).
    /// </summary>
    public static bool IsBearer(string? token, string? authorization) =>
        authorization is not null
        && authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
        && Matches(token, authorization[7..].Trim());
}
