using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ChannelHub.Security;

/// <summary>The keys of API clients: <c>chk_</c> and 256 random bits.</summary>
public static class ApiKeys
{
    /// <summary>By this, people and leak scanners recognise a key.</summary>
    public const string Prefix = "chk_";

    private const int RandomBytes = 32;
    private const int ShortestGiven = 8;
    private const int Longest = 200;
    private const int HintLength = 8;

    /// <summary>Makes a new key; it is shown once and only its hash kept.</summary>
    public static string Generate() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>
    /// What is stored: the SHA-256 of the whole key in lower-case hex. A slow hash protects secrets that can be guessed; 256 random bits cannot,
    /// and a slow one would cost every request its time. Look up by this value: what leaks by timing is the hash of a guess.
    /// </summary>
    public static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>The beginning of a key, by which its owner tells it from others in a list.</summary>
    public static string Hint(string key) => key.StartsWith(Prefix, StringComparison.Ordinal) && key.Length > 2 * HintLength ? key[..HintLength] : "";

    /// <summary>Whether the text looks like a key the hub made, wherever it is met: in a query string it is refused, in a log blanked.</summary>
    public static bool LooksLikeKey(string text) => text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Whether the text may be a key at all: visible ASCII without spaces. The admin's own choice need not have the prefix.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text) => text.Length is >= ShortestGiven and <= Longest && !text.ContainsAnyExceptInRange('!', '~');

    /// <summary>Takes the key out of an <c>Authorization</c> header; null when there is none in it.</summary>
    public static string? FromAuthorization(string? header) => TryRead(header, out ReadOnlySpan<char> key) ? key.ToString() : null;

    /// <summary>Takes the key out of an <c>Authorization</c> header without copying it.</summary>
    public static bool TryRead(string? header, out ReadOnlySpan<char> key)
    {
        const string scheme = "Bearer ";
        key = default;
        if (header is null || !header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            return false;
        key = header.AsSpan(scheme.Length).Trim(' ');
        return IsWellFormed(key);
    }
}
