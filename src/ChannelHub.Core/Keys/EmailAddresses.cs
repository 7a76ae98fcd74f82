using System.Globalization;
using System.Text;

namespace ChannelHub.Core.Keys;

/// <summary>
/// Mailboxes in the one form in which they are compared. Only what is the same mailbox everywhere is made equal: case and the spelling of the
/// domain. Dots and plus-tags mean different mailboxes at some providers and stay.
/// </summary>
public static class EmailAddresses
{
    private const int Longest = 320;
    private const int LongestDomain = 253;
    private const int LongestLabel = 63;
    private const string AtomMarks = "!#$%&'*+-/=?^_`{|}~.";

    private static readonly IdnMapping Idn = new() { AllowUnassigned = true };

    /// <summary>Lower-cased local part and A-label domain; null if it is not an address. Keep the original for sending.</summary>
    public static string? Normalise(string raw)
    {
        string text = raw.Trim();
        if (text.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase))
            text = text["mailto:".Length..];
        int at = text.LastIndexOf('@');
        if (at < 1 || text.Length > Longest)
            return null;
        string? local = LocalPart(text[..at]);
        string? domain = Domain(text[(at + 1)..]);
        return local is null || domain is null ? null : $"{local}@{domain}";
    }

    /// <summary>The mailbox that an address in canonical form is a tagged form of; itself if it carries no tag.</summary>
    public static string WithoutTag(string address)
    {
        int at = address.LastIndexOf('@');
        int tag = address.IndexOf('+', StringComparison.Ordinal);
        return tag > 0 && tag < at && address[0] != '"' ? string.Concat(address.AsSpan(0, tag), address.AsSpan(at)) : address;
    }

    private static string? LocalPart(string text)
    {
        string? content = text.StartsWith('"') ? Unquoted(text) : text.All(IsAtom) ? text : null;
        if (string.IsNullOrEmpty(content))
            return null;
        content = Lower(content);
        return content.All(IsAtom) ? content : $"\"{content.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"";
    }

    private static string? Unquoted(string text)
    {
        var content = new StringBuilder();
        for (int at = 1; at < text.Length; at++)
        {
            if (text[at] == '"')
                return at == text.Length - 1 ? content.ToString() : null;
            if (text[at] == '\\')
                at++;
            if (at == text.Length || char.IsControl(text[at]) || char.IsSurrogate(text[at]))
                return null;
            content.Append(text[at]);
        }
        return null;
    }

    // Double and trailing dots are against the letter of the standard, and exist.
    private static bool IsAtom(char c) =>
        char.IsAsciiLetterOrDigit(c) || AtomMarks.Contains(c)
        || (c >= 0xA0 && !char.IsWhiteSpace(c) && !char.IsSurrogate(c) && char.GetUnicodeCategory(c) != UnicodeCategory.Format);

    private static string? Domain(string text)
    {
        if (text is ['[', .. var literal, ']'])
            return literal.Length > 0 && literal.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or ':' or '-') ? Lower(text) : null;
        string domain = Lower(string.Concat(text.Select(Narrow)));
        if (domain.EndsWith('.'))
            domain = domain[..^1];
        if (!Ascii.IsValid(domain))
        {
            try
            {
                domain = Idn.GetAscii(domain);
            }
            catch (ArgumentException)
            {
                return null;
            }
        }
        return domain.Length is > 0 and <= LongestDomain && domain.Split('.').All(IsLabel) ? domain : null;
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= LongestLabel && label[0] != '-' && label[^1] != '-'
        && label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_');

    // Full-width letters and the full stops of East Asian keyboards stand for the plain ones in a domain.
    private static char Narrow(char c) => c switch
    {
        '。' or '．' or '｡' => '.',
        >= '！' and <= '～' => (char)(c - '！' + '!'),
        _ => c,
    };

    // A few foreign letters become ASCII when lower-cased (the Kelvin sign becomes k). Two mailboxes would then be one, and one of them a thief's.
    private static string Lower(string text) => string.Create(text.Length, text, static (target, source) =>
    {
        for (int at = 0; at < source.Length; at++)
        {
            char lower = char.ToLowerInvariant(source[at]);
            target[at] = source[at] >= 0x80 && lower < 0x80 ? source[at] : lower;
        }
    });
}
