using System.Text;

namespace ChannelHub.Mail.Mime;

/// <summary>Bytes of a header as one line of text.</summary>
internal static class HeaderText
{
    /// <summary>Joins folded lines, decodes what is not ASCII, and leaves no control character behind.</summary>
    public static string Unfold(ReadOnlySpan<byte> raw)
    {
        string text = Ascii.IsValid(raw) ? Encoding.Latin1.GetString(raw) : Charsets.Decode(raw, label: null);
        return OneLine(text).Trim(' ');
    }

    /// <summary>Line ends before white space vanish, every other control character becomes a space; lone surrogates become U+FFFD.</summary>
    public static string OneLine(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\0', '\u001F') < 0 && text.AsSpan().IndexOfAnyInRange('\u007F', '\u009F') < 0)
            return CleanText.Mend(text);
        StringBuilder line = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is '\r' or '\n')
            {
                int next = i;
                while (next + 1 < text.Length && text[next + 1] is '\r' or '\n')
                    next++;
                bool folded = next + 1 < text.Length && text[next + 1] is ' ' or '\t';
                if (!folded)
                    line.Append(' ');
                i = next;
            }
            else
            {
                line.Append(char.IsControl(c) ? ' ' : c);
            }
        }
        return CleanText.Mend(line.ToString());
    }
}
