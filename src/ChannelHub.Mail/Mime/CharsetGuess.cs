using System.Text;

namespace ChannelHub.Mail.Mime;

/// <summary>Finds the charset of bytes whose label is missing or proved wrong.</summary>
internal static class CharsetGuess
{
    private const int Sample = 4_096;

    // Tried in this order; the first of equals wins, so the commonest stand first.
    private static readonly int[] SingleByte = [1252, 1251, 1250, 20866, 28595, 28592, 866, 1253, 1254];
    private static readonly int[] MultiByte = [932, 51932, 54936, 950, 949];

    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (Ascii.IsValid(bytes))
            return bytes.Contains((byte)0x1B) && LooksJapanese(bytes) ? Charsets.Page(50220).GetString(bytes) : Encoding.Latin1.GetString(bytes);
        return System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Charsets.Page(Guess(bytes)).GetString(bytes);
    }

    /// <summary>A few bad bytes in much good UTF-8 are damage; otherwise the label was wrong.</summary>
    public static string BrokenUtf8(ReadOnlySpan<byte> bytes)
    {
        int good = 0;
        int bad = 0;
        ReadOnlySpan<byte> rest = bytes;
        while (!rest.IsEmpty)
        {
            int ascii = rest.IndexOfAnyInRange((byte)0x80, (byte)0xFF);
            if (ascii < 0)
                break;
            rest = rest[ascii..];
            bool sound = Rune.DecodeFromUtf8(rest, out _, out int width) == System.Buffers.OperationStatus.Done;
            good += sound ? 1 : 0;
            bad += sound ? 0 : 1;
            rest = rest[width..];
        }
        return good > bad ? Encoding.UTF8.GetString(bytes) : Charsets.Page(Guess(bytes)).GetString(bytes);
    }

    public static bool IsMultiByteUtf8(ReadOnlySpan<byte> bytes) => !Ascii.IsValid(bytes) && System.Text.Unicode.Utf8.IsValid(bytes);

    private static bool LooksJapanese(ReadOnlySpan<byte> bytes) =>
        bytes.IndexOf("\u001b$B"u8) >= 0 || bytes.IndexOf("\u001b$@"u8) >= 0 || bytes.IndexOf("\u001b(J"u8) >= 0;

    private static int Guess(ReadOnlySpan<byte> bytes)
    {
        int first = bytes.IndexOfAnyInRange((byte)0x80, (byte)0xFF);
        int start = Math.Max(0, first - 64);
        ReadOnlySpan<byte> sample = bytes.Slice(start, Math.Min(Sample, bytes.Length - start));
        if (IsBinary(sample))
            return 65001;
        int best = 1252;
        int bestScore = int.MinValue;
        foreach (int page in SingleByte.Concat(MultiByte))
        {
            string text = Charsets.Page(page).GetString(sample);
            int score = MultiByte.Contains(page) ? Asian(text, page) : Alphabetic(text, page);
            // With little to go by, the commonest is the best guess.
            score += page == 1252 ? 4 : 0;
            if (score > bestScore)
                (best, bestScore) = (page, score);
        }
        return best;
    }

    private static bool IsBinary(ReadOnlySpan<byte> sample)
    {
        int controls = 0;
        foreach (byte b in sample)
            controls += b < 32 && b is not (9 or 10 or 13 or 27) ? 1 : 0;
        return controls > sample.Length / 20;
    }

    /// <summary>Letters of one script among letters of the same script are right; symbols inside words and leaps in case are wrong.</summary>
    private static int Alphabetic(string text, int page)
    {
        int score = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c < 0x80)
                continue;
            char before = i > 0 ? text[i - 1] : ' ';
            char after = i + 1 < text.Length ? text[i + 1] : ' ';
            if (c is '\uFFFD' || char.IsControl(c))
                score -= 12;
            else if (!char.IsLetter(c))
                score -= char.IsLetter(before) || char.IsLetter(after) ? 4 : 0;
            else
                score += Letter(c, before, after, page);
        }
        return score;
    }

    private static int Letter(char c, char before, char after, int page)
    {
        bool cyrillic = c is >= '\u0400' and <= '\u04FF';
        bool greek = c is >= '\u0370' and <= '\u03FF';
        int score = 2;
        if (cyrillic || greek)
        {
            // These languages are written in their own letters: beside Latin ones they are a misreading.
            if (char.IsAsciiLetter(before) || char.IsAsciiLetter(after))
                score -= 6;
            if (cyrillic && "оеаинтсрвлкмдпуяыьгзб".Contains(char.ToLowerInvariant(c), StringComparison.Ordinal))
                score += 1;
            if (c is >= '\u0402' and <= '\u040F' or >= '\u0452' and <= '\u045F')
                score -= 2;
        }
        else
        {
            bool amongLatin = char.IsAsciiLetter(before) || char.IsAsciiLetter(after);
            bool common = page is 1252
                ? "äöüßéèêëàâçîïôûùñóíáúÄÖÜåøæÅØãõ".Contains(c, StringComparison.Ordinal)
                : "ąćęłńóśźżĄĆĘŁŃÓŚŹŻáéíčďěňřšťůúýžőűöüä".Contains(c, StringComparison.Ordinal) || page is 1254 && "ğışİçöü".Contains(c, StringComparison.Ordinal);
            // These three stand before a vowel or inside of a word; elsewhere they are another charset's letters.
            bool misplaced = page is 1252 && (c is 'ê' or 'æ' && !char.IsLetter(after) || (c is 'ñ' && !"aeiouáéíóú".Contains(after, StringComparison.Ordinal)));
            score += (misplaced ? -4 : 0) + (amongLatin ? 0 : -2) + (common ? 1 : -2) + (before >= 0x80 && char.IsLetter(before) ? -2 : 0);
        }
        if (char.IsLower(before) && char.IsUpper(c))
            score -= 3;
        return score;
    }

    private static int Asian(string text, int page)
    {
        // Hanja are rare in Korean mail; the commonest words tell the two Chinese charsets apart.
        int ideograph = page == 949 ? -2 : 3;
        string common = page switch { 54936 => "的一是不了在人有我这你好请问谢们中国大来个为", 950 => "的一是不了在人有我這你好請問謝們中國大來個為", _ => "" };
        int score = 0;
        foreach (char c in text)
        {
            score += c switch
            {
                < '\u0080' => 0,
                '\u30FB' => 0,
                >= '\u3041' and <= '\u30FE' => 6,
                >= '\u4E00' and <= '\u9FFF' => common.Contains(c, StringComparison.Ordinal) ? 6 : ideograph,
                >= '\uAC00' and <= '\uD7A3' => 4,
                >= '\u3000' and <= '\u3020' => 3,
                >= '\uFF01' and <= '\uFF5E' => 2,
                _ => -10,
            };
        }
        return score;
    }
}
