using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using ChannelHub.Adapters;
using ChannelHub.Mail.Mime;

namespace ChannelHub.Email;

/// <summary>
/// What a mail of ours carries and brings back: the unit's key with a signature that nobody can guess, <c>msg_….0.‹mac›</c>. As a Message-ID it ends in a
/// second signature, over the recipient too, by which a complaint is known to come from whom we wrote to.
/// </summary>
internal sealed class MailTokens(ReadOnlyMemory<byte> key)
{
    private const int MacLength = 16;
    private const int RecipientMacLength = 10;
    private const int LongestKey = 60;
    private const int MostHits = 50;
    private const string Beginning = "msg_";
    private const string Letters = "abcdefghijklmnopqrstuvwxyz234567";

    private static readonly SearchValues<char> TokenLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.");

    public string For(string unit) => $"{unit}.{Mac("unit", unit)[..MacLength]}";

    /// <summary>With a second signature, over the recipient too.</summary>
    public string For(string unit, string recipient) => $"{For(unit)}.{Mac("recipient", unit + "\n" + recipient)[..RecipientMacLength]}";

    public string MessageId(string unit, string recipient, string domain) => $"{For(unit, recipient)}@{MailAddress.AsciiDomain(domain)}";

    /// <summary>The unit of a token, or of a Message-ID that begins with one; null if we did not sign it.</summary>
    public string? UnitOf(string text)
    {
        if (key.IsEmpty)
            return null;
        string token = Local(text);
        string[] pieces = token.Split('.');
        if (pieces.Length is < 3 or > 4 || token.Length > LongestKey + MacLength + RecipientMacLength + 2)
            return null;
        string unit = pieces[0] + "." + pieces[1];
        return Signatures.Matches(Mac("unit", unit)[..MacLength], pieces[2]) ? unit : null;
    }

    /// <summary>The unit of the first token of ours that stands somewhere in a text.</summary>
    public string? FindIn(string text)
    {
        int at = -1;
        for (int hit = 0; hit < MostHits && (at = text.IndexOf(Beginning, at + 1, StringComparison.OrdinalIgnoreCase)) >= 0; hit++)
        {
            ReadOnlySpan<char> rest = text.AsSpan(at, Math.Min(text.Length - at, LongestKey + MacLength + RecipientMacLength + 2));
            int end = rest.IndexOfAnyExcept(TokenLetters);
            if (UnitOf((end < 0 ? rest : rest[..end]).TrimEnd('.').ToString()) is { } unit)
                return unit;
        }
        return null;
    }

    /// <summary>Whether a token or a Message-ID of ours went to that very address.</summary>
    public bool WentTo(string token, string recipient) =>
        UnitOf(token) is { } unit && Local(token).Split('.') is [_, _, _, { } mac]
        && Signatures.Matches(Mac("recipient", unit + "\n" + recipient)[..RecipientMacLength], mac);

    // Programs on the way may change the case.
    private static string Local(string text)
    {
        int at = text.IndexOf('@', StringComparison.Ordinal);
        return (at < 0 ? text : text[..at]).Trim('<', '>', ' ').ToLowerInvariant();
    }

    private string Mac(string purpose, string content)
    {
        byte[] hash = HMACSHA256.HashData(key.Span, Encoding.UTF8.GetBytes(purpose + "\n" + content));
        return string.Create(MacLength, hash, static (text, bytes) =>
        {
            for (int i = 0; i < text.Length; i++)
                text[i] = Letters[bytes[i] & 31];
        });
    }
}
