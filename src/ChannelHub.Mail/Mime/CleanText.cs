using System.Text;

namespace ChannelHub.Mail.Mime;

/// <summary>Text that every store and encoder takes.</summary>
internal static class CleanText
{
    /// <summary>NUL and lone halves of surrogate pairs become U+FFFD.</summary>
    public static string Mend(string text)
    {
        if (!text.Contains('\0') && text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
            return text;
        return string.Create(text.Length, text, static (target, source) =>
        {
            for (int i = 0; i < source.Length; i++)
            {
                char c = source[i];
                if (char.IsHighSurrogate(c) && i + 1 < source.Length && char.IsLowSurrogate(source[i + 1]))
                {
                    target[i] = c;
                    target[i + 1] = source[i + 1];
                    i++;
                }
                else
                {
                    target[i] = c == '\0' || char.IsSurrogate(c) ? '\uFFFD' : c;
                }
            }
        });
    }

    /// <summary>Line ends as line feeds alone.</summary>
    public static string Lines(string text)
    {
        if (!text.Contains('\r'))
            return text;
        StringBuilder lines = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\r')
                lines.Append(text[i]);
            else if (i + 1 >= text.Length || text[i + 1] != '\n')
                lines.Append('\n');
        }
        return lines.ToString();
    }

    /// <summary>At most so many UTF-16 units; a pair at the cut is left out whole.</summary>
    public static string Truncate(string text, int units)
    {
        if (text.Length <= units)
            return text;
        return text[..(char.IsHighSurrogate(text[units - 1]) ? units - 1 : units)];
    }
}
