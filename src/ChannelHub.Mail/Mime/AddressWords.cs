using System.Buffers;
using System.Text;

namespace ChannelHub.Mail.Mime;

/// <summary>A word of an address list, and whether white space stands before it.</summary>
internal readonly record struct AddressWord(AddressWordKind Kind, string Text, bool Spaced);

internal enum AddressWordKind
{
    Atom,
    Quoted,
    At,
    Literal,
}

/// <summary>What the words between two commas mean together.</summary>
internal static class AddressWords
{
    private static readonly SearchValues<char> Structure = SearchValues.Create("\"\\()<>,;: ");

    public static string Phrase(List<AddressWord> words)
    {
        StringBuilder phrase = new();
        foreach (AddressWord word in words)
        {
            if (word.Spaced && phrase.Length > 0)
                phrase.Append(' ');
            phrase.Append(word.Text);
        }
        return phrase.ToString().Trim();
    }

    /// <summary>Whether white space between two words separates them: around dots and @ it does not.</summary>
    public static bool Parted(AddressWord left, AddressWord right) =>
        right.Spaced && left.Kind != AddressWordKind.At && right.Kind != AddressWordKind.At && !Joins(left.Text, right.Text);

    private static bool Joins(string left, string right) => left.EndsWith('.') || right.StartsWith('.');

    /// <summary>The one mailbox they name; null if they name none, or more.</summary>
    public static (string Local, string Domain)? AddressIn(List<AddressWord> words)
    {
        int sign = words.FindIndex(w => w.Kind == AddressWordKind.At);
        if (sign != words.FindLastIndex(w => w.Kind == AddressWordKind.At))
            return null; // which one counts is a matter of opinion
        string local = string.Concat((sign < 0 ? words : words[..sign]).Select(w => w.Text));
        string domain = sign < 0 ? "" : string.Concat(words[(sign + 1)..].Select(w => w.Text)).TrimEnd('.');
        bool spacedApart = words.Where((w, i) => i > 0 && Parted(words[i - 1], w)).Any();
        bool quoted = words.Exists(w => w.Kind == AddressWordKind.Quoted);
        if (spacedApart || local.Length is 0 or > 256 || domain.Length > 255 || (sign >= 0 && !IsDomain(domain)))
            return null;
        if (!quoted && local.AsSpan().ContainsAny(Structure))
            return null;
        return HasControl(local) || local.StartsWith("=?", StringComparison.Ordinal) ? null : (local, domain);
    }

    private static bool HasControl(string text)
    {
        foreach (char c in text)
        {
            // Direction marks and line separators would let one address look like another.
            if (char.IsControl(c) || c is '\uFFFD' or (>= '\u200B' and <= '\u200F') or (>= '\u2028' and <= '\u202E') or (>= '\u2060' and <= '\u2069') or '\uFEFF')
                return true;
        }
        return false;
    }

    private static bool IsDomain(string domain)
    {
        if (domain.StartsWith('['))
            return domain.EndsWith(']') && !HasControl(domain);
        if (domain.Length == 0 || domain[0] is '.' or '-' || domain.Contains("..", StringComparison.Ordinal) || HasControl(domain))
            return false;
        foreach (char c in domain)
        {
            if (c < 0x80 && !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or '_'))
                return false;
        }
        return true;
    }
}
