using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;

namespace ChannelHub.Mail.Html;

/// <summary>What may be shown from outside of the mail.</summary>
public sealed record HtmlPolicy
{
    /// <summary>Where an inline picture can be fetched, by its Content-ID; null leaves it out.</summary>
    public Func<string, string?> InlineImage { get; init; } = static _ => null;
}

/// <summary>HTML that holds nothing but words, pictures and harmless form, and fetches nothing.</summary>
/// <param name="Html">To be shown in a sandboxed frame all the same.</param>
/// <param name="BlockedImages">
/// How many remote pictures are not shown. Where one could be fetched from is in <c>&lt;img data-remote-src="…"</c>, for whoever asks to see it.
/// </param>
/// <param name="TrackingPixels">How many invisible pictures were taken out for good.</param>
public sealed record SafeHtml(string Html, int BlockedImages, int TrackingPixels);

/// <summary>Writes anew what the allow-list knows of a parsed tree; everything else is never written.</summary>
public static class HtmlSanitizer
{
    /// <summary>Sanitises a mail's HTML.</summary>
    public static SafeHtml Sanitize(string html, HtmlPolicy? policy = null) => new Sanitizing(policy ?? new HtmlPolicy()).Run(HtmlSource.Parse(html));
}

internal sealed class Sanitizing(HtmlPolicy policy)
{
    // Browsers flatten deeper trees in ways of their own.
    private const int Deepest = 150;
    private const int LongestDataImage = 1_000_000;

    private readonly StringBuilder html = new();
    private readonly Stack<(INode Node, string Tag)> open = new();
    private int blocked;
    private int pixels;

    public SafeHtml Run(IHtmlDocument document)
    {
        if (document.Body is { } body)
            HtmlWalk.Through(body, Enter, Leave);
        return new SafeHtml(html.ToString(), blocked, pixels);
    }

    private void Leave(INode node)
    {
        if (open.TryPeek(out (INode Node, string Tag) top) && top.Node == node)
            html.Append("</").Append(open.Pop().Tag).Append('>');
    }

    /// <summary>Writes the start of a node; false when nothing inside may be written.</summary>
    private bool Enter(INode node)
    {
        if (node is IText words)
        {
            HtmlWriter.Text(html, words.Data);
            return false;
        }
        if (node is not IElement element || element.NamespaceUri != NamespaceNames.HtmlUri)
            return false;
        string name = element.LocalName;
        if (HtmlAllowList.DropWhole.Contains(name))
            return false;
        if (!HtmlAllowList.Elements.Contains(name))
            return true;
        if (name == "img")
        {
            Image(element);
            return false;
        }
        if (open.Count >= Deepest)
            return true;
        html.Append('<').Append(name);
        Attributes(element, name);
        html.Append('>');
        if (name is "br" or "hr" or "wbr" or "col")
            return false;
        open.Push((node, name));
        return true;
    }

    private void Attributes(IElement element, string name)
    {
        foreach (IAttr attribute in element.Attributes)
        {
            string key = attribute.LocalName;
            string value = attribute.Value;
            if (attribute.NamespaceUri is not null || value.Length > 10_000)
                continue;
            if (key == "style")
                value = StyleFilter.Filter(value);
            else if (!HtmlAllowList.Attributes.Contains(key) || (key is "width" or "height" or "size" or "colspan" or "rowspan" && value.Length > 6))
                continue;
            if (value.Length > 0)
                HtmlWriter.Attribute(html, key, value);
        }
        if (name == "a" && HtmlAllowList.Link(element.GetAttribute("href")) is { } link)
        {
            HtmlWriter.Attribute(html, "href", link);
            // The true address shows on the pointer, whatever the words claim.
            HtmlWriter.Attribute(html, "title", link);
            HtmlWriter.Attribute(html, "rel", "noopener noreferrer nofollow");
            HtmlWriter.Attribute(html, "target", "_blank");
        }
    }

    private void Image(IElement element)
    {
        if (IsPixel(element))
        {
            pixels++;
            return;
        }
        string source = (element.GetAttribute("src") ?? "").Trim();
        string? shown = Source(source);
        html.Append("<img");
        if (shown is not null)
        {
            HtmlWriter.Attribute(html, "src", shown);
        }
        else if (HtmlAllowList.IsWeb(source))
        {
            blocked++;
            if (HtmlAllowList.RemoteImage(source) is { } address)
                HtmlWriter.Attribute(html, "data-remote-src", address);
        }
        foreach (string key in (ReadOnlySpan<string>)["alt", "width", "height", "align", "border"])
        {
            if (element.GetAttribute(key) is { Length: > 0 and < 500 } value)
                HtmlWriter.Attribute(html, key, value);
        }
        if (StyleFilter.Filter(element.GetAttribute("style") ?? "") is { Length: > 0 } style)
            HtmlWriter.Attribute(html, "style", style);
        html.Append('>');
    }

    private string? Source(string source)
    {
        if (source.StartsWith("cid:", StringComparison.OrdinalIgnoreCase))
            return policy.InlineImage(Uri.UnescapeDataString(source[4..]));
        return source.Length <= LongestDataImage && HtmlAllowList.IsDataImage(source) ? source : null;
    }

    private static bool IsPixel(IElement element)
    {
        if (Tiny(element.GetAttribute("width")) || Tiny(element.GetAttribute("height")) || element.HasAttribute("hidden"))
            return true;
        string style = (element.GetAttribute("style") ?? "").Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();
        if (style.Length > 2_000)
            return false;
        string declared = ";" + style + ";";
        return declared.Contains("display:none", StringComparison.Ordinal) || declared.Contains("visibility:hidden", StringComparison.Ordinal)
            || declared.Contains(";width:1px;", StringComparison.Ordinal) || declared.Contains(";height:1px;", StringComparison.Ordinal)
            || declared.Contains(";width:0", StringComparison.Ordinal) || declared.Contains(";height:0", StringComparison.Ordinal)
            || declared.Contains(";max-height:0", StringComparison.Ordinal) || declared.Contains(";opacity:0;", StringComparison.Ordinal);
    }

    private static bool Tiny(string? size) => size?.Trim().TrimEnd('p', 'x', 'P', 'X') is "0" or "1";
}

/// <summary>Writes text and attributes so that no reader can take them for markup.</summary>
internal static class HtmlWriter
{
    public static void Text(StringBuilder html, string text)
    {
        foreach (char c in text)
        {
            _ = c switch
            {
                '&' => html.Append("&amp;"),
                '<' => html.Append("&lt;"),
                '>' => html.Append("&gt;"),
                '\0' => html.Append('\uFFFD'),
                _ => html.Append(c),
            };
        }
    }

    public static void Attribute(StringBuilder html, string name, string value)
    {
        html.Append(' ').Append(name).Append("=\"");
        foreach (char c in value)
        {
            _ = c switch
            {
                '&' => html.Append("&amp;"),
                '<' => html.Append("&lt;"),
                '>' => html.Append("&gt;"),
                '"' => html.Append("&quot;"),
                '\'' => html.Append("&#39;"),
                '`' => html.Append("&#96;"),
                _ => char.IsControl(c) ? html.Append(' ') : html.Append(c),
            };
        }
        html.Append('"');
    }
}
