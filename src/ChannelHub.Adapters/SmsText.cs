using System.Buffers;
using System.Runtime.InteropServices;

namespace ChannelHub.Adapters;

/// <summary>
/// Counts text as telephone networks do: 160 characters of the GSM 7-bit alphabet are one message, 153 a segment where there are more; a single
/// character outside of it makes that 70 and 67 UTF-16 units. Neither an escaped character nor a surrogate pair is cut between segments.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public struct SmsText
{
    private const int GsmAlone = 160;
    private const int GsmSegment = 153;
    private const int UnicodeAlone = 70;
    private const int UnicodeSegment = 67;

    private static readonly SearchValues<char> Basic = SearchValues.Create(
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");

    // Each of these is an escape and a character.
    private static readonly SearchValues<char> Extended = SearchValues.Create("^{}\\[~]|€\f");

    private bool unicode;
    private Run gsm;
    private Run units;

    /// <summary>How many segments the text so far is; 0 for none.</summary>
    public readonly int Segments => unicode ? units.Segments(UnicodeAlone) : gsm.Segments(GsmAlone);

    /// <summary>Whether the text so far needs UTF-16.</summary>
    public readonly bool IsUnicode => unicode;

    /// <summary>How many segments a text is.</summary>
    public static int Count(ReadOnlySpan<char> text)
    {
        var count = new SmsText();
        count.Add(text);
        return count.Segments;
    }

    /// <summary>The text goes on.</summary>
    public void Add(ReadOnlySpan<char> text)
    {
        for (int at = 0; at < text.Length; at++)
        {
            char letter = text[at];
            bool pair = char.IsHighSurrogate(letter) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]);
            units = units.With(pair ? 2 : 1, UnicodeSegment);
            if (pair)
                at++;
            if (Basic.Contains(letter))
                gsm = gsm.With(1, GsmSegment);
            else if (Extended.Contains(letter))
                gsm = gsm.With(2, GsmSegment);
            else
                unicode = true;
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Run(int Total, int Full, int InLast)
    {
        public int Segments(int alone) => Total == 0 ? 0 : Total <= alone ? 1 : Full + 1;

        public Run With(int width, int segment) =>
            InLast + width > segment ? new(Total + width, Full + 1, width) : new(Total + width, Full, InLast + width);
    }
}
