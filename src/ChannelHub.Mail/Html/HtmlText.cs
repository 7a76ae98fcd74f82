using System.Buffers;
using System.Text;
using AngleSharp.Dom;

namespace ChannelHub.Mail.Html;

/// <summary>HTML as plain text, and plain text as HTML.</summary>
public static class HtmlText
{
    /// <summary>The words of the HTML, laid out by lines, quoted blocks marked by angle brackets.</summary>
    public static string Of(string html) => Render(html).Text;

    /// <summary>Like <see cref="Of"/>, and where the mail program's own marks say that the quoted mail begins.</summary>
    public static RenderedText Render(string html) => html.Length == 0 ? new RenderedText("", null) : new TextRenderer().Render(HtmlSource.Parse(html));

    /// <summary>Plain text as HTML that shows the same.</summary>
    public static string FromPlain(string text)
    {
        StringBuilder html = new(text.Length + 64);
        html.Append("<div style=\"white-space:pre-wrap\">");
        HtmlWriter.Text(html, text);
        return html.Append("</div>").ToString();
    }
}

/// <summary>Text made from HTML.</summary>
/// <param name="Text">The text.</param>
/// <param name="QuoteStart">Where the quoted mail begins in it, if the HTML says so.</param>
public sealed record RenderedText(string Text, int? QuoteStart);

/// <summary>Walks a document without recursion and writes its text.</summary>
internal sealed class TextRenderer
{
    private const int DeepestQuote = 8;

    private readonly StringBuilder text = new();
    private readonly HashSet<INode> quotes = [];
    private int? quoteStart;
    private bool quoteBegins;
    private int quoteDepth;
    private int preformatted;
    private int pendingLines;
    private bool pendingSpace;
    private bool lineBegun;

    public RenderedText Render(IDocument document)
    {
        if (document.Body is { } body)
            HtmlWalk.Through(body, Open, Close);
        string all = text.ToString();
        string trimmed = all.TrimEnd();
        return new RenderedText(trimmed, quoteStart is { } start && start < trimmed.Length ? start : null);
    }

    /// <summary>Begins a node; false when nothing inside of it is read.</summary>
    private bool Open(INode node)
    {
        if (node is IText words)
        {
            Words(words.Data);
            return false;
        }
        if (node is not IElement element)
            return false;
        string name = element.LocalName;
        if (Skipped(name) || Hidden(element))
            return false;
        if (QuoteMarks.Begins(element))
        {
            Lines(1);
            quoteBegins = true;
        }
        switch (name)
        {
            case "br":
                pendingLines = Math.Min(pendingLines + 1, 3);
                pendingSpace = false;
                return false;
            case "hr":
                Lines(1);
                Put("________________________________");
                Lines(1);
                return false;
            case "img":
                if (element.GetAttribute("alt") is { Length: > 0 and < 200 } alt)
                    Words(alt);
                return false;
            case "pre":
                preformatted++;
                break;
            case "blockquote":
                Lines(1);
                if (!IsIndent(element))
                    quotes.Add(element);
                quoteDepth += quotes.Contains(element) ? 1 : 0;
                break;
            case "li":
                Lines(1);
                Put("- ");
                return true;
        }
        Lines(Breaks(name));
        return true;
    }

    private void Close(INode node)
    {
        if (node is not IElement element)
            return;
        string name = element.LocalName;
        if (name == "pre")
            preformatted--;
        if (name == "a")
            Link(element);
        if (name is "td" or "th")
            pendingSpace = true;
        Lines(Breaks(name));
        if (quotes.Remove(element))
            quoteDepth--;
    }

    private void Link(IElement element)
    {
        string address = (element.GetAttribute("href") ?? "").Trim();
        bool web = address.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || address.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        if (!web || address.Length > 300 || !lineBegun)
            return;
        int look = Math.Min(text.Length, address.Length + 20);
        string shown = text.ToString(text.Length - look, look);
        if (!shown.Contains(address.TrimEnd('/'), StringComparison.OrdinalIgnoreCase))
            Put(" <" + address.Replace(' ', '+') + ">");
    }

    private void Words(string data)
    {
        if (preformatted > 0)
        {
            string[] lines = data.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n');
            for (int i = 0; i < lines.Length; i++)
            {
                if (i > 0)
                    pendingLines = Math.Min(pendingLines + 1, 3);
                Put(lines[i]);
            }
            return;
        }
        ReadOnlySpan<char> rest = data;
        while (!rest.IsEmpty)
        {
            int start = rest.IndexOfAnyExcept(" \t\r\n\f");
            if (start != 0)
                pendingSpace = true;
            if (start < 0)
                return;
            rest = rest[start..];
            int end = rest.IndexOfAny(" \t\r\n\f");
            end = end < 0 ? rest.Length : end;
            Put(rest[..end]);
            rest = rest[end..];
        }
    }

    private void Put(ReadOnlySpan<char> words)
    {
        if (words.IsEmpty)
            return;
        if (text.Length > 0)
        {
            for (; pendingLines > 0; pendingLines--)
            {
                if (!lineBegun && quoteDepth > 0)
                    text.Append('>', Math.Min(quoteDepth, DeepestQuote));
                text.Append('\n');
                lineBegun = false;
            }
        }
        pendingLines = 0;
        // The place is known when its first word is written: the line ends before it still count to what stands above.
        if (quoteBegins)
            quoteStart ??= text.Length;
        if (!lineBegun && quoteDepth > 0)
            text.Append('>', Math.Min(quoteDepth, DeepestQuote)).Append(' ');
        else if (pendingSpace && lineBegun)
            text.Append(' ');
        pendingSpace = false;
        lineBegun = true;
        foreach (char c in words)
        {
            // Invisible fillers of newsletters.
            if (c is not ('\u200B' or '\u200C' or '\u200D' or '\uFEFF' or '\u00AD' or '\u034F'))
                text.Append(c == '\u00A0' ? ' ' : c);
        }
    }

    private void Lines(int count)
    {
        if (count == 0)
            return;
        pendingSpace = false;
        pendingLines = Math.Max(pendingLines, lineBegun || text.Length > 0 ? count : 0);
    }

    private static int Breaks(string name) => name switch
    {
        "p" or "h1" or "h2" or "h3" or "h4" or "h5" or "h6" or "table" or "ul" or "ol" or "dl" or "pre" => 2,
        "div" or "tr" or "section" or "article" or "header" or "footer" or "address" or "blockquote" or "center" or "dt" or "dd" or "li"
            or "figure" or "fieldset" or "form" or "main" or "nav" or "aside" or "caption" => 1,
        _ => 0,
    };

    private static bool Skipped(string name) =>
        name is "script" or "style" or "head" or "title" or "template" or "noscript" or "iframe" or "object" or "svg" or "math" or "select"
            or "textarea" or "noembed" or "noframes" or "xmp" or "canvas" or "video" or "audio";

    private static bool Hidden(IElement element)
    {
        if (element.HasAttribute("hidden"))
            return true;
        string style = element.GetAttribute("style") ?? "";
        if (style.Length is 0 or > 2_000)
            return false;
        string tight = style.Replace(" ", "", StringComparison.Ordinal);
        return tight.Contains("display:none", StringComparison.OrdinalIgnoreCase) || tight.Contains("visibility:hidden", StringComparison.OrdinalIgnoreCase)
            || tight.Contains("mso-hide:all", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Editors indent by a blockquote without a border; that is the writer's own text.</summary>
    private static bool IsIndent(IElement element) =>
        element.GetAttribute("type") is null && element.GetAttribute("cite") is null && element.GetAttribute("style") is { } style
        && style.Contains("border:none", StringComparison.OrdinalIgnoreCase) && style.Contains("margin", StringComparison.OrdinalIgnoreCase);
}

/// <summary>The marks by which mail programs fence off what they quote.</summary>
internal static class QuoteMarks
{
    public static bool Begins(IElement element)
    {
        string id = element.Id ?? "";
        if (id is "appendonsend" or "divRplyFwdMsg" or "OLK_SRC_BODY_SECTION" or "mail-editor-reference-message-container" or "reply-intro"
            || id.EndsWith("divRplyFwdMsg", StringComparison.Ordinal) || id.StartsWith("yahoo_quoted", StringComparison.Ordinal))
            return true;
        string classes = element.ClassName ?? "";
        if (classes.Length is > 0 and < 500 && Classed(classes))
            return true;
        if (element.LocalName == "hr")
            return element.HasAttribute("data-marker") || id is "zwchr" or "stopSpelling";
        if (element.LocalName == "div" && element.GetAttribute("name") == "quote")
            return true;
        return element.LocalName is "div" && element.GetAttribute("style") is { Length: < 500 } style && OutlookBorder(style);
    }

    private static bool Classed(string classes) =>
        classes.Split(' ').Any(c => c is "gmail_quote" or "gmail_quote_container" or "gmail_extra" or "protonmail_quote" or "yahoo_quoted"
            or "moz-cite-prefix" or "zmail_extra" or "tutanota_quote" or "mail_quote" or "WordSection1_quote" or "gmail_attr");

    private static bool OutlookBorder(string style)
    {
        string tight = style.Replace(" ", "", StringComparison.Ordinal);
        return tight.Contains("border-top:solid#B5C4DF", StringComparison.OrdinalIgnoreCase) || tight.Contains("border-top:solid#E1E1E1", StringComparison.OrdinalIgnoreCase)
            || tight.Contains("border-top:1pxsolid#B5C4DF", StringComparison.OrdinalIgnoreCase);
    }
}

/// <summary>Content-IDs that an HTML shows.</summary>
internal static class ContentReferences
{
    private static readonly SearchValues<char> Ends = SearchValues.Create("\"'> )\r\n");

    public static HashSet<string> In(string html)
    {
        HashSet<string> ids = new(StringComparer.Ordinal);
        for (int at = html.IndexOf("cid:", StringComparison.OrdinalIgnoreCase); at >= 0; at = html.IndexOf("cid:", at + 4, StringComparison.OrdinalIgnoreCase))
        {
            ReadOnlySpan<char> rest = html.AsSpan(at + 4, Math.Min(300, html.Length - at - 4));
            int end = rest.IndexOfAny(Ends);
            if (end > 0)
                ids.Add(Uri.UnescapeDataString(rest[..end].ToString()));
        }
        return ids;
    }
}
