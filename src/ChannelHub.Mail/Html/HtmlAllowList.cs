using System.Buffers;
using System.Collections.Frozen;

namespace ChannelHub.Mail.Html;

/// <summary>All that may appear in HTML we hand out.</summary>
internal static class HtmlAllowList
{
    private static readonly SearchValues<char> Base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    public static FrozenSet<string> Elements { get; } = FrozenSet.Create(StringComparer.Ordinal,
        "a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite", "code", "col",
        "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6",
        "header", "hr", "i", "img", "ins", "kbd", "li", "main", "mark", "ol", "p", "pre", "q", "s", "samp", "section", "small", "span",
        "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var", "wbr");

    /// <summary>Elements whose content is no text to read, or whose parsing differs between programs.</summary>
    public static FrozenSet<string> DropWhole { get; } = FrozenSet.Create(StringComparer.Ordinal,
        "script", "style", "template", "iframe", "object", "embed", "applet", "noscript", "head", "title", "meta", "link", "base", "svg",
        "math", "video", "audio", "source", "track", "canvas", "frameset", "frame", "noembed", "noframes", "xmp", "plaintext", "listing",
        "input", "button", "select", "textarea", "option", "optgroup", "datalist", "map", "area", "portal", "param", "dialog", "slot", "image");

    public static FrozenSet<string> Attributes { get; } = FrozenSet.Create(StringComparer.Ordinal,
        "dir", "lang", "align", "valign", "width", "height", "bgcolor", "color", "size", "face", "border", "cellpadding", "cellspacing",
        "colspan", "rowspan", "start", "nowrap", "noshade", "summary", "abbr");

    /// <summary>The address of a link, if it is of a kind that a click may follow.</summary>
    public static string? Link(string? href)
    {
        string address = (href ?? "").Trim();
        bool mail = address.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) || address.StartsWith("tel:", StringComparison.OrdinalIgnoreCase);
        if (address.Length is 0 or > 8_000 || (!mail && !IsWeb(address)))
            return null;
        if (HasOddCharacters(address))
            return null;
        // A name before the host makes an address look like another's.
        return mail || (Uri.TryCreate(address, UriKind.Absolute, out Uri? read) && read.UserInfo.Length == 0) ? address : null;
    }

    public static bool IsWeb(string address) =>
        address.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || address.StartsWith("http://", StringComparison.OrdinalIgnoreCase);

    /// <summary>The address of a remote picture, if a reader may fetch it: a public host by its name, over TLS, never something within the reader's own network.</summary>
    public static string? RemoteImage(string source) =>
        source.Length <= 4_000 && !HasOddCharacters(source) && Uri.TryCreate(source, UriKind.Absolute, out Uri? address)
        && address is { Scheme: "https", IsDefaultPort: true, HostNameType: UriHostNameType.Dns, UserInfo: "" } && address.IdnHost.Contains('.', StringComparison.Ordinal)
            ? address.AbsoluteUri
            : null;

    /// <summary>A picture inside of the HTML; never SVG, which is a document.</summary>
    public static bool IsDataImage(string source)
    {
        foreach (string kind in (ReadOnlySpan<string>)["png", "jpeg", "jpg", "gif", "webp"])
        {
            string prefix = "data:image/" + kind + ";base64,";
            if (source.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                return !source.AsSpan(prefix.Length).ContainsAnyExcept(Base64);
        }
        return false;
    }

    private static bool HasOddCharacters(string address)
    {
        foreach (char c in address)
        {
            if (char.IsControl(c) || c is '\\' or (>= '\u200B' and <= '\u200F') or (>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u2069'))
                return true;
        }
        return false;
    }
}

/// <summary>Keeps declarations that colour and space; nothing that fetches, moves, hides or covers.</summary>
internal static class StyleFilter
{
    private static readonly FrozenSet<string> Properties = FrozenSet.Create(StringComparer.Ordinal,
        "color", "background-color", "font-size", "font-family", "font-style", "font-weight", "font-variant", "text-align", "text-decoration",
        "text-transform", "line-height", "letter-spacing", "white-space", "vertical-align", "direction", "list-style-type", "border-collapse",
        "border-spacing", "border", "border-top", "border-right", "border-bottom", "border-left", "border-color", "border-style", "border-width",
        "border-radius", "padding", "padding-top", "padding-right", "padding-bottom", "padding-left", "margin", "margin-top", "margin-right",
        "margin-bottom", "margin-left", "width", "height", "max-width", "min-width", "word-break", "word-wrap", "overflow-wrap");

    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 #%.,-'\"");

    private static readonly SearchValues<char> Numbers = SearchValues.Create("0123456789., %");

    public static string Filter(string style)
    {
        if (style.Length is 0 or > 10_000)
            return "";
        List<string> kept = [];
        foreach (string declaration in style.Split(';'))
        {
            int colon = declaration.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
                continue;
            string property = declaration[..colon].Trim().ToLowerInvariant();
            string value = declaration[(colon + 1)..].Replace("!important", "", StringComparison.OrdinalIgnoreCase).Trim();
            if (Properties.Contains(property) && IsHarmless(property, value))
                kept.Add(property + ":" + value);
        }
        return string.Join(';', kept);
    }

    private static bool IsHarmless(string property, string value)
    {
        if (value.Length is 0 or > 200)
            return false;
        // A negative margin draws over what stands before.
        if (property.StartsWith("margin", StringComparison.Ordinal) && value.Contains('-'))
            return false;
        if (!value.AsSpan().ContainsAnyExcept(Plain))
            return true;
        ReadOnlySpan<char> color = value;
        return property is "color" or "background-color" or "border-color" && color.EndsWith(")")
            && (color.StartsWith("rgb(") || color.StartsWith("rgba(") || color.StartsWith("hsl("))
            && !color[(color.IndexOf('(') + 1)..^1].ContainsAnyExcept(Numbers);
    }
}
