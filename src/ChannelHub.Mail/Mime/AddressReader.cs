using System.Buffers;
using System.Text;

namespace ChannelHub.Mail.Mime;

/// <summary>Takes an address list apart in one pass: words first, then what they mean between two commas.</summary>
internal sealed class AddressReader(string text)
{
    private const int DeepestGroup = 3;
    private const int LongestLiteral = 100;
    private static readonly SearchValues<char> Structure = SearchValues.Create("\"\\()<>,;: ");

    private readonly EncodedWords.WordFinder words = new(text);
    private readonly List<MailAddress> mailboxes = [];
    private readonly List<Word> pending = [];
    private readonly List<Word> angle = [];
    private string? comment;
    private string? group;
    private int groupDepth;
    private bool inAngle;
    private bool hadAngle;
    private bool damaged;
    private bool noMoreQuotes;
    private int at;

    private enum Kind
    {
        Atom,
        Quoted,
        At,
        Literal,
    }

    public AddressList Read()
    {
        bool spaced = false;
        while (at < text.Length && mailboxes.Count < AddressList.Most)
        {
            char c = text[at];
            if (c == ' ')
            {
                spaced = true;
                at++;
                continue;
            }
            if (!Special(c))
                (inAngle ? angle : pending).Add(Next(spaced));
            spaced = false;
        }
        if (at < text.Length)
            damaged = true;
        if (inAngle)
            damaged = true;
        Flush();
        return new AddressList(mailboxes, damaged);
    }

    /// <summary>Handles what structures the list; false when a word begins here.</summary>
    private bool Special(char c)
    {
        switch (c)
        {
            case '(':
                ReadComment();
                return true;
            case ',':
                Comma();
                return true;
            case ';' when !inAngle:
                Flush();
                group = null;
                groupDepth = 0;
                at++;
                return true;
            case ':' when !inAngle && !pending.Exists(w => w.Kind == Kind.At):
                BeginGroup();
                return true;
            case ':' when inAngle:
                angle.Clear(); // what stood before was a route
                at++;
                return true;
            case '<':
                damaged |= inAngle || hadAngle;
                inAngle = true;
                hadAngle = true;
                angle.Clear();
                at++;
                return true;
            case '>':
                damaged |= !inAngle;
                inAngle = false;
                at++;
                return true;
            default:
                return false;
        }
    }

    private void Comma()
    {
        at++;
        if (inAngle && angle.Count > 0 && angle[0].Kind == Kind.At)
            return; // between the hosts of a route
        damaged |= inAngle;
        Flush();
    }

    private void BeginGroup()
    {
        at++;
        if (groupDepth < DeepestGroup)
        {
            groupDepth++;
            group = EncodedWords.Decode(Phrase(pending));
        }
        else
        {
            damaged = true;
        }
        pending.Clear();
    }

    private Word Next(bool spaced)
    {
        char c = text[at];
        if (c == '@')
        {
            at++;
            return new Word(Kind.At, "@", spaced);
        }
        if (c == '"' && Quoted() is { } quoted)
            return new Word(Kind.Quoted, quoted, spaced);
        if (c == '[')
            return new Word(Kind.Literal, Literal(), spaced);
        if (words.At(at) is { } encoded)
        {
            at = encoded.End;
            return new Word(Kind.Atom, text[encoded.Start..encoded.End], spaced);
        }
        int start = at++;
        while (at < text.Length && text[at] is not (' ' or '(' or ')' or '<' or '>' or '@' or ',' or ';' or ':' or '"' or '['))
            at++;
        return new Word(Kind.Atom, text[start..at], spaced);
    }

    /// <summary>A quoted string; null when its closing quote never comes, and then the quote is a character like any other.</summary>
    private string? Quoted()
    {
        if (noMoreQuotes)
            return null;
        StringBuilder content = new();
        int i = at + 1;
        while (i < text.Length && text[i] != '"')
        {
            if (text[i] == '\\' && i + 1 < text.Length)
                i++;
            content.Append(text[i++]);
        }
        noMoreQuotes = i >= text.Length;
        damaged |= noMoreQuotes;
        if (noMoreQuotes)
            return null;
        at = i + 1;
        return content.ToString();
    }

    private string Literal()
    {
        // No further than one may be long: else a row of opening brackets would be searched to its end from each of them.
        int end = text.IndexOf(']', at, Math.Min(LongestLiteral, text.Length - at));
        int stop = end < 0 ? at + 1 : end + 1;
        string literal = text[at..stop];
        at = stop;
        return literal;
    }

    private void ReadComment()
    {
        StringBuilder content = new();
        int depth = 0;
        do
        {
            char c = text[at++];
            if (c == '\\' && at < text.Length)
            {
                content.Append(text[at++]);
                continue;
            }
            int before = depth;
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (Math.Min(before, depth) > 0)
                content.Append(c);
        }
        while (depth > 0 && at < text.Length);
        damaged |= depth > 0;
        if (content.Length > 0)
            comment = content.ToString().Trim();
    }

    private void Flush()
    {
        if (hadAngle)
        {
            // An empty <> is the null sender, no mailbox and no damage.
            if (angle.Count > 0)
                Add(angle, Phrase(pending) is { Length: > 0 } name ? name : comment);
        }
        else if (pending.Count > 0)
        {
            Bare();
        }
        pending.Clear();
        angle.Clear();
        comment = null;
        inAngle = hadAngle = false;
    }

    /// <summary>An address without angle brackets; words before it are its name.</summary>
    private void Bare()
    {
        int first = pending.FindIndex(w => w.Kind == Kind.At);
        if (first < 0)
        {
            // A lone word is a local name of old; several are a name without an address.
            if (pending.Count == 1)
                Add(pending, comment);
            else
                damaged = true;
            return;
        }
        int start = 0;
        List<Word> name = [];
        for (int i = 1; i <= pending.Count; i++)
        {
            if (i < pending.Count && !Parted(pending[i - 1], pending[i]))
                continue;
            List<Word> run = pending[start..i];
            if (run.Exists(w => w.Kind == Kind.At))
            {
                Add(run, name.Count > 0 ? Phrase(name) : comment);
                name.Clear();
            }
            else
            {
                name.AddRange(run);
                damaged = true;
            }
            damaged |= start > 0;
            start = i;
        }
    }

    /// <summary>Whether white space between two words separates them: around dots and @ it does not.</summary>
    private static bool Parted(Word left, Word right) =>
        right.Spaced && left.Kind != Kind.At && right.Kind != Kind.At && !Joins(left.Text, right.Text);

    private static bool Joins(string left, string right) => left.EndsWith('.') || right.StartsWith('.');

    private void Add(List<Word> from, string? name)
    {
        if (AddressIn(from) is not { } found)
        {
            damaged = true;
            return;
        }
        string? display = name is null ? null : EncodedWords.Decode(name).Trim();
        MailAddress mailbox = new(null, found.Local, found.Domain) { Group = group };
        bool says = !string.IsNullOrEmpty(display) && !display.Equals(mailbox.Address, StringComparison.OrdinalIgnoreCase);
        mailboxes.Add(says ? mailbox with { DisplayName = display } : mailbox);
    }

    private static (string Local, string Domain)? AddressIn(List<Word> words)
    {
        int sign = words.FindIndex(w => w.Kind == Kind.At);
        if (sign != words.FindLastIndex(w => w.Kind == Kind.At))
            return null; // which one counts is a matter of opinion
        string local = string.Concat((sign < 0 ? words : words[..sign]).Select(w => w.Text));
        string domain = sign < 0 ? "" : string.Concat(words[(sign + 1)..].Select(w => w.Text)).TrimEnd('.');
        bool spacedApart = words.Where((w, i) => i > 0 && Parted(words[i - 1], w)).Any();
        bool quoted = words.Exists(w => w.Kind == Kind.Quoted);
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

    private static string Phrase(List<Word> words)
    {
        StringBuilder phrase = new();
        foreach (Word word in words)
        {
            if (word.Spaced && phrase.Length > 0)
                phrase.Append(' ');
            phrase.Append(word.Text);
        }
        return phrase.ToString().Trim();
    }

    private readonly record struct Word(Kind Kind, string Text, bool Spaced);
}
