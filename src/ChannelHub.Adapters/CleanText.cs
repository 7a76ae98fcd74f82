using System.Buffers;
using System.Text;

namespace ChannelHub.Adapters;

/// <summary>
/// Text as every store, encoder and reader can take it. Adapters clean what they parse; the raw bytes stay in the inbox as they came.
/// </summary>
public static class CleanText
{
    private const char Replacement = '\uFFFD';

    /// <summary>
    /// Replaces NUL and every half of a surrogate pair that stands alone by U+FFFD. The length stays the same, so offsets into the text
    /// stay valid. Returns the same instance when there is nothing to replace.
    /// </summary>
    public static string Clean(string text)
    {
        int first = FirstFault(text);
        return first < 0 ? text : string.Create(text.Length, (text, first), static (target, state) => Mend(state.text, state.first, target));
    }

    /// <summary>At most <paramref name="maxUtf16"/> UTF-16 units from the start; a surrogate pair at the cut is left out whole.</summary>
    public static string Truncate(string text, int maxUtf16)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxUtf16);
        if (text.Length <= maxUtf16)
            return text;
        int end = maxUtf16;
        if (end > 0 && char.IsHighSurrogate(text[end - 1]) && char.IsLowSurrogate(text[end]))
            end--;
        return text[..end];
    }

    private static int FirstFault(ReadOnlySpan<char> text)
    {
        int nul = text.IndexOf('\0');
        int at = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        if (at < 0 || (nul >= 0 && nul < at))
            return nul;

        // From the first surrogate on we go character by character: text with emoji has many of them.
        while (at < text.Length)
        {
            int width = WidthAt(text, at);
            if (width == 0)
                return at;
            at += width;
        }
        return -1;
    }

    private static void Mend(ReadOnlySpan<char> text, int first, Span<char> target)
    {
        text.CopyTo(target);
        int at = first;
        while (at < text.Length)
        {
            int width = WidthAt(text, at);
            if (width == 0)
                target[at] = Replacement;
            at += Math.Max(width, 1);
        }
    }

    /// <summary>UTF-16 units of the sound character at a place, 0 when it is not sound.</summary>
    private static int WidthAt(ReadOnlySpan<char> text, int at) =>
        text[at] == '\0' || Rune.DecodeFromUtf16(text[at..], out _, out int width) != OperationStatus.Done ? 0 : width;
}
