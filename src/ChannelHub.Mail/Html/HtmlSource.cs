using System.Text;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace ChannelHub.Mail.Html;

/// <summary>
/// HTML of strangers, parsed. A tree builder repeats open formatting in every paragraph and searches its open elements at every tag, so
/// a small page can be made to cost memory and time without measure; what drives that is thinned out before.
/// </summary>
internal static class HtmlSource
{
    /// <summary>What is longer is cut.</summary>
    public const int Longest = 2_000_000;

    public static IHtmlDocument Parse(string html)
    {
        HtmlParser parser = new(new HtmlParserOptions { IsScripting = false, IsNotConsumingCharacterReferences = false });
        return parser.ParseDocument(new HtmlThinner(html.Length > Longest ? html[..Longest] : html).Thin());
    }
}

/// <summary>Copies HTML and leaves out comments, scripts and styles, and whatever is nested or piled up beyond any use.</summary>
internal sealed class HtmlThinner(string html)
{
    private const int MostTags = 100_000;
    private const int Deepest = 200;
    private const int LongestTag = 2_000_000;
    private const int MostAttributes = 100;
    private const int MostRepeats = 200_000;

    private readonly StringBuilder kept = new(html.Length);
    private readonly HashSet<string> endless = new(StringComparer.Ordinal);
    private int tags;
    private int depth;
    private int formatting;
    private int repeats;
    private int at;

    public string Thin()
    {
        while (at < html.Length)
        {
            int open = html.IndexOf('<', at);
            if (open < 0)
                open = html.Length;
            kept.Append(html, at, open - at);
            at = open;
            if (at < html.Length)
                Markup();
        }
        return kept.ToString();
    }

    private void Markup()
    {
        char next = at + 1 < html.Length ? html[at + 1] : ' ';
        if (next is '!' or '?')
        {
            SkipDeclaration();
            return;
        }
        bool closing = next == '/';
        int nameStart = at + (closing ? 2 : 1);
        if (nameStart >= html.Length || !char.IsAsciiLetter(html[nameStart]))
        {
            kept.Append("&lt;");
            at++;
            return;
        }
        int nameEnd = nameStart;
        while (nameEnd < html.Length && nameEnd - nameStart < 40 && html[nameEnd] is not (' ' or '\t' or '\r' or '\n' or '\f' or '/' or '>'))
            nameEnd++;
        string name = html[nameStart..nameEnd].ToLowerInvariant();
        int end = TagEnd(nameEnd, out int attributes);
        bool keep = tags++ < MostTags && attributes <= MostAttributes && end - at <= LongestTag && Count(name, closing);
        if (keep)
            kept.Append(html, at, end - at);
        at = end;
        if (!closing && name is "script" or "style" or "textarea" or "title" or "xmp" or "noembed" or "noframes" or "iframe" or "template" or "svg" or "math")
            SkipContent(name, keep);
    }

    private bool Count(string name, bool closing)
    {
        if (name is "br" or "img" or "hr" or "input" or "meta" or "link" or "col" or "area" or "base" or "wbr" or "embed" or "source"
            or "p" or "li" or "td" or "th" or "tr" or "dt" or "dd" or "option" or "tbody" or "thead" or "tfoot" or "html" or "head" or "body")
        {
            repeats += closing ? 0 : formatting;
            return true;
        }
        bool format = name is "a" or "b" or "big" or "code" or "em" or "font" or "i" or "nobr" or "s" or "small" or "strike" or "strong" or "tt" or "u";
        if (closing)
        {
            depth = Math.Max(0, depth - 1);
            formatting = Math.Max(0, formatting - (format ? 1 : 0));
            return true;
        }
        if (format && repeats > MostRepeats)
            return false;
        repeats += formatting;
        depth++;
        formatting += format ? 1 : 0;
        return depth <= Deepest;
    }

    /// <summary>Past the tag's closing angle bracket; one inside of quotes does not count.</summary>
    private int TagEnd(int from, out int attributes)
    {
        attributes = 0;
        char quote = '\0';
        for (int i = from; i < html.Length; i++)
        {
            char c = html[i];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
                continue;
            }
            if (c == '>')
                return i + 1;
            if (c is '"' or '\'' && i > from && html[i - 1] is '=' or ' ' or '\n' or '\t')
                quote = c;
            attributes += c is ' ' or '\t' or '\n' or '/' && i + 1 < html.Length && html[i + 1] is not (' ' or '\t' or '\n' or '\r' or '>') ? 1 : 0;
        }
        return html.Length;
    }

    private void SkipDeclaration()
    {
        bool comment = string.CompareOrdinal(html, at, "<!--", 0, 4) == 0;
        string closer = comment ? "-->" : ">";
        int end = endless.Contains(closer) ? -1 : html.IndexOf(closer, at + 2, StringComparison.Ordinal);
        if (end >= 0)
        {
            at = end + closer.Length;
            return;
        }
        endless.Add(closer);
        at += comment ? 4 : 2;
    }

    /// <summary>Skips to the end tag, which is kept; what never ends is skipped by its start tag alone, once for every name.</summary>
    private void SkipContent(string name, bool startKept)
    {
        if (endless.Contains(name))
            return;
        int end = html.IndexOf("</" + name, at, StringComparison.OrdinalIgnoreCase);
        if (end < 0)
        {
            endless.Add(name);
            at = name is "script" or "style" ? html.Length : at;
            return;
        }
        at = end;
        if (!startKept)
            at = TagEnd(end + 2 + name.Length, out _);
    }
}
