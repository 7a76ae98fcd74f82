using System.Globalization;
using System.Text;
using ChannelHub.Adapters;

namespace ChannelHub.Core.Messages;

/// <summary>
/// Cuts a long text into pieces a provider takes: between paragraphs, else between lines, else between words, and inside a word only where
/// it fills a piece alone. What falls out between the pieces is white space. A cut never goes through a character as people see it (an emoji
/// with its skin tone, a letter with its accents), unless that one character is longer than a piece.
/// </summary>
public static class TextSplit
{
    /// <summary>The text's length as the provider counts it.</summary>
    public static int Length(ReadOnlySpan<char> text, TextUnit unit) => unit switch
    {
        TextUnit.Utf8 => Encoding.UTF8.GetByteCount(text),
        TextUnit.SmsSegments => SmsText.Count(text),
        _ => text.Length,
    };

    /// <summary>Where the pieces stand in the text. A text that fits is one piece, unchanged.</summary>
    public static IReadOnlyList<Range> Split(string text, int max, TextUnit unit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        if (Fits(text, max, unit))
            return [Range.All];
        var pieces = new List<Range>();
        int start = SkipSpace(text, 0);
        while (start < text.Length)
        {
            int end = Fits(text.AsSpan(start), max, unit) ? text.Length : EndOfPiece(text, start, max, unit);
            pieces.Add(start..end);
            start = SkipSpace(text, end);
        }
        return pieces;
    }

    /// <summary>Whether the provider takes the text in one piece.</summary>
    public static bool Fits(ReadOnlySpan<char> text, int max, TextUnit unit) =>
        (text.Length <= max || unit == TextUnit.SmsSegments) && Length(text, unit) <= max;

    private static int EndOfPiece(string text, int start, int max, TextUnit unit)
    {
        (int Word, int Line, int Paragraph) cut = (-1, -1, -1);
        int at = start;
        var length = new PieceLength(unit);
        bool afterWord = false;
        while (at < text.Length)
        {
            ReadOnlySpan<char> character = NextCharacter(text, at);
            bool space = IsSpace(character);
            if (space && afterWord)
                cut = Better(cut, at, LinesSkipped(text, at));
            afterWord = !space;
            if (length.After(character) > max)
                break;
            at += character.Length;
        }
        // A short first paragraph is better kept with what follows than sent as a piece of its own.
        int worthwhile = start + ((at - start) / 2);
        if (cut.Paragraph >= worthwhile)
            return cut.Paragraph;
        if (cut.Line >= worthwhile)
            return cut.Line;
        return cut.Word >= 0 ? cut.Word : at > start ? at : start + PartOfCharacter(text.AsSpan(start), max, unit);
    }

    private static (int Word, int Line, int Paragraph) Better((int Word, int Line, int Paragraph) cut, int at, int lines) =>
        (at, lines >= 1 ? at : cut.Line, lines >= 2 ? at : cut.Paragraph);

    // One character of more accents than fit: cut between code points, so that it stays valid text.
    private static int PartOfCharacter(ReadOnlySpan<char> text, int max, TextUnit unit)
    {
        int taken = 0;
        var length = new PieceLength(unit);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (length.After(text.Slice(taken, rune.Utf16SequenceLength)) > max && taken > 0)
                break;
            taken += rune.Utf16SequenceLength;
        }
        return taken;
    }

    private static int LinesSkipped(string text, int at)
    {
        int lines = 0;
        while (at < text.Length)
        {
            ReadOnlySpan<char> character = NextCharacter(text, at);
            if (!IsSpace(character))
                break;
            if (character[0] is '\n' or '\r' or '\u0085' or '\u2028')
                lines++;
            else if (character[0] == '\u2029')
                lines += 2;
            at += character.Length;
        }
        return lines;
    }

    private static int SkipSpace(string text, int at)
    {
        while (at < text.Length && NextCharacter(text, at) is var character && IsSpace(character))
            at += character.Length;
        return at;
    }

    private static ReadOnlySpan<char> NextCharacter(string text, int at)
    {
        ReadOnlySpan<char> rest = text.AsSpan(at);
        return rest[..StringInfo.GetNextTextElementLength(rest)];
    }

    private static bool IsSpace(ReadOnlySpan<char> character)
    {
        foreach (char part in character)
        {
            // No-break spaces hold words together.
            if (!char.IsWhiteSpace(part) || part is '\u00A0' or '\u2007' or '\u202F')
                return false;
        }
        return true;
    }

    // Segments do not add up: one letter can make all that stands before it count double.
    private struct PieceLength(TextUnit unit)
    {
        private int sum;
        private SmsText sms;

        public int After(ReadOnlySpan<char> more)
        {
            if (unit != TextUnit.SmsSegments)
                return sum += Length(more, unit);
            sms.Add(more);
            return sms.Segments;
        }
    }
}
