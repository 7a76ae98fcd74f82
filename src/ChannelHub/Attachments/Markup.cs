using System.Text;

namespace ChannelHub.Attachments;

/// <summary>Whether bytes are text, and whether a browser that guesses types could take them for a page.</summary>
internal static class Markup
{
    private static readonly string[] Signs =
    [
        "<!doctype", "<?xml", "<!--", "<html", "<head", "<body", "<title", "<script", "<style", "<meta", "<link", "<base", "<iframe", "<frame", "<object", "<embed",
        "<applet", "<form", "<input", "<img", "<image", "<video", "<audio", "<svg", "<math", "<table", "<template", "<xsl", "<a ", "<a\t", "<a\n", "javascript:",
        "vbscript:", "+adw", // "<" in UTF-7
    ];

    /// <summary>Whether there is markup in it, in whatever encoding. Taking a harmless text for a page costs it nothing but its type.</summary>
    public static bool IsIn(ReadOnlySpan<byte> head)
    {
        var text = new StringBuilder(head.Length);
        foreach (byte b in head)
        {
            // UTF-16 and UTF-32 are ASCII with zeros in between, for what is looked for here.
            if (b != 0)
                text.Append(b is >= (byte)'A' and <= (byte)'Z' ? (char)(b | 0x20) : (char)b);
        }
        string all = text.ToString();
        string begin = all.TrimStart('\u00EF', '\u00BB', '\u00BF', '\u00FF', '\u00FE', ' ', '\t', '\n', '\r', '\f', '\v');
        return begin.StartsWith('<') || Signs.Any(sign => all.Contains(sign, StringComparison.Ordinal));
    }

    /// <summary>Whether it reads as text: no control characters but those that lay it out.</summary>
    public static bool IsText(ReadOnlySpan<byte> head)
    {
        foreach (byte b in head)
        {
            if (b is 0x7F or (< 0x20 and not ((byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f')))
                return false;
        }
        return true;
    }
}
