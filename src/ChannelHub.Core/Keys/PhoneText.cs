using System.Globalization;
using System.Text;

namespace ChannelHub.Core.Keys;

/// <summary>
/// A telephone number as somebody wrote it, reduced to its digits: digits of any script count, punctuation, bidirectional marks, schemes and
/// extensions do not.
/// </summary>
/// <param name="Digits">ASCII digits.</param>
/// <param name="HasPlus">Whether it was written in international form.</param>
internal readonly record struct PhoneText(string Digits, bool HasPlus)
{
    private static readonly string[] Schemes = ["tel:", "whatsapp:", "sms:", "callto:"];
    private static readonly string[] ExtensionWords = ["extension", "extn", "ext", "x", "доб", "int", "anexo", "ramal", "wew"];

    /// <summary>Reads what was written; null if it is not a telephone number.</summary>
    public static PhoneText? Read(string raw)
    {
        string text = raw.Trim();
        foreach (string scheme in Schemes)
        {
            if (text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
                text = text[scheme.Length..];
        }
        text = WithContext(text);

        var digits = new StringBuilder();
        bool plus = false;
        for (int at = 0; at < text.Length; at++)
        {
            char c = text[at];
            if (CharUnicodeInfo.GetDecimalDigitValue(c) is var digit and >= 0)
                digits.Append((char)('0' + digit));
            else if (c is '+' or '＋' && digits.Length == 0 && !plus)
                plus = true;
            else if (digits.Length > 0 && IsExtension(text.AsSpan(at)))
                break;
            else if (!IsFiller(c))
                return null;
        }
        return digits.Length == 0 ? null : new PhoneText(digits.ToString(), plus);
    }

    // RFC 3966: a local number may name the international prefix it belongs to.
    private static string WithContext(string text)
    {
        const string Parameter = ";phone-context=";
        int at = text.IndexOf(Parameter, StringComparison.OrdinalIgnoreCase);
        if (at < 0)
            return text;
        string number = text[..at];
        string context = text[(at + Parameter.Length)..];
        int end = context.IndexOf(';');
        context = end < 0 ? context : context[..end];
        return context.StartsWith('+') && !number.StartsWith('+') ? context + number : number;
    }

    private static bool IsExtension(ReadOnlySpan<char> rest)
    {
        if (rest[0] == ';')
            return true;
        if (rest[0] is '#' or ',')
            return IsNumber(rest.TrimStart("#, "));
        foreach (string word in ExtensionWords)
        {
            if (rest.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                return IsNumber(rest[word.Length..].TrimStart(".:= "));
        }
        return false;
    }

    private static bool IsNumber(ReadOnlySpan<char> text)
    {
        text = text.TrimEnd("# ");
        return text.Length is > 0 and <= 8 && !text.ContainsAnyExceptInRange('0', '9');
    }

    private static bool IsFiller(char c) =>
        c is '-' or '.' or '(' or ')' or '/' or '[' or ']' or '~' or '～' or '\u2212' or '\t'
        || char.GetUnicodeCategory(c) is UnicodeCategory.DashPunctuation or UnicodeCategory.SpaceSeparator or UnicodeCategory.Format;
}
