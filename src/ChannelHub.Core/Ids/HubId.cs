using System.Diagnostics.CodeAnalysis;

namespace ChannelHub.Core.Ids;

/// <summary>
/// Ids are 64-bit integers in rows and prefixed text outside: <c>msg_</c> and 13 characters of base 32. The text is a pure rendering of the
/// number, in the same order, and says of what it is the id.
/// </summary>
public static class HubId
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford's: no i, l, o, u
    private const int Digits = 13;

    /// <summary>Renders an id, such as <c>msg_01hzy3k8q4v7p</c>.</summary>
    public static string Format(string prefix, long id) => string.Create(prefix.Length + 1 + Digits, (prefix, id), static (span, state) =>
    {
        state.prefix.CopyTo(span);
        span[state.prefix.Length] = '_';
        ulong rest = (ulong)state.id;
        for (int i = span.Length - 1; i > state.prefix.Length; i--)
        {
            span[i] = Alphabet[(int)(rest & 31)];
            rest >>= 5;
        }
    });

    /// <summary>Renders an id, or null for none.</summary>
    [return: NotNullIfNotNull(nameof(id))]
    public static string? Format(string prefix, long? id) => id is { } value ? Format(prefix, value) : null;

    /// <summary>Reads an id of one kind; false for any other text.</summary>
    public static bool TryParse(string prefix, [NotNullWhen(true)] string? text, out long id)
    {
        id = 0;
        if (text is null || text.Length != prefix.Length + 1 + Digits || text[prefix.Length] != '_' || !text.StartsWith(prefix, StringComparison.Ordinal))
            return false;
        ulong value = 0;
        foreach (char c in text.AsSpan(prefix.Length + 1))
        {
            int digit = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (digit < 0 || value >> 59 != 0)
                return false;
            value = (value << 5) | (uint)digit;
        }
        id = (long)value;
        return id >= 0;
    }
}

/// <summary>What stands before an id's digits.</summary>
public static class IdPrefix
{
    public const string ApiKey = "key";
    public const string Attachment = "att";
    public const string Channel = "chn";
    public const string Claim = "clm";
    public const string Conversation = "cnv";
    public const string Customer = "cus";
    public const string Event = "evt";
    public const string Identity = "idn";
    public const string Inbox = "inb";
    public const string Merge = "mrg";
    public const string Message = "msg";
    public const string Suggestion = "sug";
    public const string Veto = "vto";
}
