using System.Text;

namespace ChannelHub.Mail.Mime;

/// <summary>Takes an address list apart in one pass: words first, then what they mean between two commas.</summary>
internal sealed class AddressReader(string text)
{
    private const int DeepestGroup = 3;
    private const int LongestLiteral = 100;

    private readonly EncodedWords.WordFinder words = new(text);
    private readonly List<MailAddress> mailboxes = [];
    private readonly List<AddressWord> pending = [];
    private readonly List<AddressWord> angle = [];
    private string? comment;
    private string? group;
    private int groupDepth;
    private bool inAngle;
    private bool hadAngle;
    private bool damaged;
    private bool noMoreQuotes;
    private int at;

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
            case ':' when !inAngle && !pending.Exists(w => w.Kind == AddressWordKind.At):
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
        if (inAngle && angle.Count > 0 && angle[0].Kind == AddressWordKind.At)
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
            group = EncodedWords.Decode(AddressWords.Phrase(pending));
        }
        else
        {
            damaged = true;
        }
        pending.Clear();
    }

    private AddressWord Next(bool spaced)
    {
        char c = text[at];
        if (c == '@')
        {
            at++;
            return new AddressWord(AddressWordKind.At, "@", spaced);
        }
        if (c == '"' && Quoted() is { } quoted)
            return new AddressWord(AddressWordKind.Quoted, quoted, spaced);
        if (c == '[')
            return new AddressWord(AddressWordKind.Literal, Literal(), spaced);
        if (words.At(at) is { } encoded)
        {
            at = encoded.End;
            return new AddressWord(AddressWordKind.Atom, text[encoded.Start..encoded.End], spaced);
        }
        int start = at++;
        while (at < text.Length && text[at] is not (' ' or '(' or ')' or '<' or '>' or '@' or ',' or ';' or ':' or '"' or '['))
            at++;
        return new AddressWord(AddressWordKind.Atom, text[start..at], spaced);
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
                Add(angle, AddressWords.Phrase(pending) is { Length: > 0 } name ? name : comment);
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
        int first = pending.FindIndex(w => w.Kind == AddressWordKind.At);
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
        List<AddressWord> name = [];
        for (int i = 1; i <= pending.Count; i++)
        {
            if (i < pending.Count && !AddressWords.Parted(pending[i - 1], pending[i]))
                continue;
            List<AddressWord> run = pending[start..i];
            if (run.Exists(w => w.Kind == AddressWordKind.At))
            {
                Add(run, name.Count > 0 ? AddressWords.Phrase(name) : comment);
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

    private void Add(List<AddressWord> from, string? name)
    {
        if (AddressWords.AddressIn(from) is not { } found)
        {
            damaged = true;
            return;
        }
        string? display = name is null ? null : EncodedWords.Decode(name).Trim();
        MailAddress mailbox = new(null, found.Local, found.Domain) { Group = group };
        bool says = !string.IsNullOrEmpty(display) && !display.Equals(mailbox.Address, StringComparison.OrdinalIgnoreCase);
        mailboxes.Add(says ? mailbox with { DisplayName = display } : mailbox);
    }
}
