namespace ChannelHub.Mail.Reading;

/// <summary>A mail's text, the new words apart from what they answer.</summary>
/// <param name="New">What the sender wrote now; never empty where the mail has text.</param>
/// <param name="Quoted">What was cut off as quoted; empty if nothing was.</param>
/// <param name="Signature">The signature cut off; empty if none was.</param>
public sealed record ReplyText(string New, string Quoted, string Signature)
{
    /// <summary>The new words of a mail. Errs on the side of showing too much.</summary>
    public static ReplyText Of(MailContent mail)
    {
        ReplyText split = Split(mail.Text);
        if (mail.Html is null)
            return split;
        Html.RenderedText rendered = Html.HtmlText.Render(mail.Html);
        if (rendered.QuoteStart is not { } start || start == 0)
            return split;
        ReplyText marked = Split(rendered.Text, start);
        // The program's own mark is surer than any words, as long as it does not keep more than they do.
        return marked.Quoted.Length > 0 && marked.New.Length < split.New.Length ? marked : split;
    }

    /// <summary>Splits text with line feeds. <paramref name="quoteStart"/> is where the mail program itself marked the quote.</summary>
    public static ReplyText Split(string text, int? quoteStart = null) => new ReplySplitter(text, quoteStart).Split();
}

/// <summary>Looks at every line a constant number of times; no expression ever backtracks over the text.</summary>
internal sealed class ReplySplitter
{
    private const int LongestAttribution = 400;

    private readonly string[] lines;
    private readonly int markedLine;

    public ReplySplitter(string text, int? quoteStart)
    {
        lines = text.Split('\n');
        markedLine = quoteStart is { } start ? text.AsSpan(0, Math.Min(start, text.Length)).Count('\n') : int.MaxValue;
    }

    public ReplyText Split()
    {
        (int cut, int quoteBody) = FirstQuote();
        if (cut >= lines.Length)
            return Signed(0, lines.Length, "");
        bool prefixed = NextFilled(quoteBody) is int first && first < lines.Length && IsQuoted(lines[first]);
        if (!prefixed)
            return HasWords(0, cut) ? Signed(0, cut, Join(cut, lines.Length)) : Whole();

        int blockEnd = quoteBody;
        int lastQuoted = quoteBody;
        for (; blockEnd < lines.Length && (IsQuoted(lines[blockEnd]) || lines[blockEnd].AsSpan().IsWhiteSpace()); blockEnd++)
            lastQuoted = IsQuoted(lines[blockEnd]) ? blockEnd : lastQuoted;
        bool wordsAfter = HasWords(blockEnd, lines.Length) && !SignatureBegins(NextFilled(blockEnd));
        if (!wordsAfter)
            return HasWords(0, cut) ? Signed(0, cut, Join(cut, lines.Length)) : Whole();
        bool quotedLater = lines.AsSpan(blockEnd).ToArray().Any(IsQuoted);
        // Answers between the lines make no sense without the lines.
        if (HasWords(0, cut) || quotedLater)
            return Signed(0, lines.Length, "");
        return Signed(blockEnd, lines.Length, Join(cut, lastQuoted + 1));
    }

    /// <summary>The line where the quote begins and the first line after its heading.</summary>
    private (int Cut, int Body) FirstQuote()
    {
        bool forwarded = false;
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line.Length == 0)
                continue;
            if (QuoteLines.IsForward(line))
                forwarded = true;
            if (forwarded)
                continue; // what was forwarded is what the sender wants read
            if (i >= markedLine)
                return (i, AfterHeading(i));
            if (IsQuoted(line))
            {
                // Quoted lines without a heading count only when everything after them is quoted too.
                int end = i;
                while (end < lines.Length && (IsQuoted(lines[end]) || lines[end].AsSpan().IsWhiteSpace()))
                    end++;
                if (end >= lines.Length || SignatureBegins(end))
                    return (i, i);
                i = end - 1;
            }
            else if (QuoteLines.IsSeparator(line))
            {
                return (i, i + 1);
            }
            else if (HeadingLength(i) is > 0 and int length)
            {
                return (i, i + length);
            }
            else if (QuoteLines.IsRule(line) && NextFilled(i + 1) is int next && next < lines.Length && IsHeaderBlock(next))
            {
                return (i, lines.Length);
            }
            else if (IsHeaderBlock(i))
            {
                return (i, lines.Length);
            }
        }
        return (lines.Length, lines.Length);
    }

    private int AfterHeading(int line)
    {
        int at = NextFilled(line);
        return at < lines.Length && HeadingLength(at) is > 0 and int length ? at + length : at;
    }

    /// <summary>How many lines from here are "On … somebody wrote:"; 0 if none.</summary>
    private int HeadingLength(int line)
    {
        string joined = lines[line].Trim();
        for (int count = 1; count <= 4; count++)
        {
            if (joined.Length > LongestAttribution)
                return 0;
            if (QuoteLines.IsAttribution(joined))
                return count;
            int next = line + count;
            if (next >= lines.Length || lines[next].AsSpan().IsWhiteSpace() || IsQuoted(lines[next]) || !QuoteLines.MayBeginAttribution(joined))
                return 0;
            joined = joined + " " + lines[next].Trim();
        }
        return 0;
    }

    /// <summary>Whether Outlook's block of From, Sent, To, Subject begins here.</summary>
    private bool IsHeaderBlock(int line)
    {
        if (QuoteLines.HeaderOf(lines[line]) != QuoteLines.Header.From)
            return false;
        QuoteLines.Header seen = QuoteLines.Header.From;
        int last = Math.Min(lines.Length, line + 9);
        for (int i = line + 1; i < last; i++)
            seen |= QuoteLines.HeaderOf(lines[i]);
        bool dated = seen.HasFlag(QuoteLines.Header.Date);
        bool addressed = seen.HasFlag(QuoteLines.Header.To);
        bool titled = seen.HasFlag(QuoteLines.Header.Subject);
        return (dated && (addressed || titled)) || (addressed && titled);
    }

    private ReplyText Signed(int from, int to, string quoted)
    {
        for (int i = from; i < to; i++)
        {
            bool near = to - i <= SignatureLines.Longest;
            if (near && SignatureBegins(i) && SignatureLines.Fits(lines.AsSpan(i, to - i)) && HasWords(from, i))
                return new ReplyText(Join(from, i), quoted, Join(i, to));
        }
        return new ReplyText(Join(from, to), quoted, "");
    }

    /// <summary>A signature or the foot that a mailing list adds.</summary>
    private bool SignatureBegins(int line) =>
        SignatureLines.Begins(lines[line])
        || (QuoteLines.IsRule(lines[line].Trim()) && line + 1 < lines.Length && lines[line + 1].Contains("mailing list", StringComparison.OrdinalIgnoreCase));

    private ReplyText Whole() => new(Join(0, lines.Length), "", "");

    private bool HasWords(int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            if (!lines[i].AsSpan().IsWhiteSpace())
                return true;
        }
        return false;
    }

    private int NextFilled(int line)
    {
        while (line < lines.Length && lines[line].AsSpan().IsWhiteSpace())
            line++;
        return line;
    }

    private static bool IsQuoted(string line) => line.AsSpan().TrimStart().StartsWith(">");

    private string Join(int from, int to) => string.Join('\n', lines[from..to]).Trim('\n', '\r', ' ', '\t');
}
