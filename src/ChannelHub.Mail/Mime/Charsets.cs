using System.Buffers;
using System.Collections.Frozen;
using System.Text;

namespace ChannelHub.Mail.Mime;

/// <summary>Turns bytes into text by a charset label that may be missing, misspelt or wrong.</summary>
internal static class Charsets
{
    private static readonly SearchValues<char> LabelEnds = SearchValues.Create("\"' ;>/");

    private const string Latin6 = "\u00A0ĄĒĢĪĨĶ§ĻĐŠŦŽ\u00ADŪŊ°ąēģīĩķ·ļđšŧž―ūŋĀÁÂÃÄÅÆĮČÉĘËĖÍÎÏÐŅŌÓÔÕÖŨØŲÚÛÜÝÞßāáâãäåæįčéęëėíîïðņōóôõöũøųúûüýþĸ";
    private const string Latin8 = "\u00A0Ḃḃ£ĊċḊ§Ẁ©ẂḋỲ\u00AD®ŸḞḟĠġṀṁ¶ṖẁṗẃṠỳẄẅṡÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏŴÑÒÓÔÕÖṪØÙÚÛÜÝŶßàáâãäåæçèéêëìíîïŵñòóôõöṫøùúûüýŷÿ";
    private const string Latin10 = "\u00A0ĄąŁ€„Š§š©Ș«Ź\u00ADźŻ°±ČłŽ”¶·žčș»ŒœŸżÀÁÂĂÄĆÆÇÈÉÊËÌÍÎÏĐŃÒÓÔŐÖŚŰÙÚÛÜĘȚßàáâăäćæçèéêëìíîïđńòóôőöśűùúûüęțÿ";

    // Where a label names a charset that everybody uses as a larger one, the larger one is read.
    private static readonly FrozenDictionary<string, int> Pages = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase)
    {
        ["utf-8"] = 65001, ["utf8"] = 65001, ["unicode-1-1-utf-8"] = 65001, ["cp65001"] = 65001, ["utf-8-sig"] = 65001, ["x-utf-8"] = 65001,
        ["utf-16"] = 1200, ["utf-16le"] = 1200, ["utf-16be"] = 1201, ["utf-32"] = 12000, ["utf-32le"] = 12000, ["utf-32be"] = 12001,
        ["unicode"] = 1200, ["ucs-2"] = 1200, ["iso-10646-ucs-2"] = 1201,
        ["iso-8859-1"] = 1252, ["latin1"] = 1252, ["latin-1"] = 1252, ["l1"] = 1252, ["iso8859-1"] = 1252, ["iso_8859-1"] = 1252,
        ["iso8859_1"] = 1252, ["iso88591"] = 1252, ["8859-1"] = 1252, ["ansi"] = 1252, ["x-ansi"] = 1252, ["cp-1252"] = 1252,
        ["iso-8859-9"] = 1254, ["latin5"] = 1254, ["iso-8859-11"] = 874, ["tis-620"] = 874, ["iso-8859-15"] = 28605, ["latin9"] = 28605,
        ["iso-8859-8-i"] = 1255, ["iso-8859-8-e"] = 28598, ["logical"] = 1255, ["visual"] = 28598,
        ["gb2312"] = 54936, ["gbk"] = 54936, ["x-gbk"] = 54936, ["gb_2312-80"] = 54936, ["chinese"] = 54936, ["euc-cn"] = 54936,
        ["gb18030"] = 54936, ["cp936"] = 54936, ["ms936"] = 54936, ["hz-gb-2312"] = 52936,
        ["big5"] = 950, ["big5-hkscs"] = 950, ["cn-big5"] = 950, ["x-big5"] = 950,
        ["ks_c_5601-1987"] = 949, ["ks_c_5601"] = 949, ["ksc5601"] = 949, ["ks_c_5601-1989"] = 949, ["euc-kr"] = 949, ["korean"] = 949, ["cp949"] = 949,
        ["iso-2022-jp"] = 50220, ["iso-2022-jp-1"] = 50220, ["iso-2022-jp-2"] = 50220, ["iso-2022-jp-ms"] = 50220, ["csiso2022jp"] = 50220,
        ["iso-2022-kr"] = 50225, ["shift_jis"] = 932, ["shift-jis"] = 932, ["sjis"] = 932, ["x-sjis"] = 932, ["ms_kanji"] = 932, ["cp932"] = 932,
        ["windows-31j"] = 932, ["euc-jp"] = 51932, ["x-euc-jp"] = 51932, ["eucjp"] = 51932,
        ["koi8-r"] = 20866, ["koi8"] = 20866, ["koi8r"] = 20866, ["koi8-u"] = 21866, ["koi8-ru"] = 21866,
        ["macintosh"] = 10000, ["x-mac-roman"] = 10000, ["mac"] = 10000, ["x-mac-cyrillic"] = 10007, ["x-mac-ce"] = 10029,
        ["ibm850"] = 850, ["cp850"] = 850, ["ibm852"] = 852, ["cp852"] = 852, ["ibm866"] = 866, ["cp866"] = 866, ["ibm437"] = 437, ["cp437"] = 437,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    // The framework's own replacement is a question mark, which a person could have written.
    private static readonly DecoderReplacementFallback Unreadable = new("\uFFFD");

    /// <summary>Text of the bytes. A label is believed unless the bytes prove it wrong.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes, string? label)
    {
        if (bytes.IsEmpty)
            return "";
        if (ByteOrderMark(bytes, out int mark) is { } marked)
            return marked.GetString(bytes[mark..]);
        string name = Clean(label);
        if (name is "utf-7" or "unicode-1-1-utf-7" or "x-unicode-2-0-utf-7")
            return Utf7.Decode(bytes);
        if (name.Length == 0 || name is "us-ascii" or "ascii" or "ansi_x3.4-1968" or "iso-ir-100" or "646")
            return CharsetGuess.Decode(bytes);
        if (Table(name) is { } table)
            return FromTable(bytes, table);
        Encoding? encoding = Find(name);
        return encoding is null ? CharsetGuess.Decode(bytes) : Checked(bytes, encoding);
    }

    /// <summary>The encoding of a code page, with U+FFFD for what it cannot read.</summary>
    public static Encoding Page(int page) =>
        CodePagesEncodingProvider.Instance.GetEncoding(page, EncoderFallback.ReplacementFallback, Unreadable)
        ?? Encoding.GetEncoding(page, EncoderFallback.ReplacementFallback, Unreadable);

    /// <summary>The charset an HTML text names for itself within its first kilobyte.</summary>
    public static string? HtmlLabel(ReadOnlySpan<byte> html)
    {
        string head = Encoding.Latin1.GetString(html[..Math.Min(html.Length, 1_024)]);
        int at = head.IndexOf("charset=", StringComparison.OrdinalIgnoreCase);
        if (at < 0)
            return null;
        ReadOnlySpan<char> value = head.AsSpan(at + 8).TrimStart("\"' ");
        int end = value.IndexOfAny(LabelEnds);
        string label = (end < 0 ? value : value[..end]).ToString();
        // A page kept as single bytes cannot be UTF-16, whatever it says.
        return label.StartsWith("utf-16", StringComparison.OrdinalIgnoreCase) ? "utf-8" : label;
    }

    private static string Checked(ReadOnlySpan<byte> bytes, Encoding encoding)
    {
        bool utf8 = encoding.CodePage == 65001;
        if (utf8 && !System.Text.Unicode.Utf8.IsValid(bytes))
            return CharsetGuess.BrokenUtf8(bytes);
        if (encoding.CodePage is 50220 or 50225)
            return SevenBit(bytes, encoding);
        // Valid multi-byte UTF-8 does not come about by chance in a text of another single-byte charset.
        bool western = encoding.CodePage is 1252 or 28605;
        return western && CharsetGuess.IsMultiByteUtf8(bytes) ? Encoding.UTF8.GetString(bytes) : encoding.GetString(bytes);
    }

    /// <summary>These charsets have seven bits; the framework would pass the eighth off as a question mark.</summary>
    private static string SevenBit(ReadOnlySpan<byte> bytes, Encoding encoding)
    {
        StringBuilder text = new(bytes.Length);
        while (!bytes.IsEmpty)
        {
            int good = bytes.IndexOfAnyInRange((byte)0x80, (byte)0xFF);
            good = good < 0 ? bytes.Length : good;
            text.Append(encoding.GetString(bytes[..good]));
            if (good < bytes.Length)
                text.Append('\uFFFD');
            bytes = bytes[Math.Min(good + 1, bytes.Length)..];
        }
        return text.ToString();
    }

    private static string Clean(string? label)
    {
        if (string.IsNullOrWhiteSpace(label))
            return "";
        string name = label.Trim().Trim('"', '\'', '<', '>', '=').ToLowerInvariant();
        int star = name.IndexOf('*'); // RFC 2231 language
        return star >= 0 ? name[..star] : name;
    }

    private static Encoding? Find(string name)
    {
        if (Pages.TryGetValue(name, out int page))
            return Page(page);
        if (name.Length > 40)
            return null;
        string digits = name.StartsWith("windows-", StringComparison.Ordinal) ? name[8..]
            : name.StartsWith("windows", StringComparison.Ordinal) ? name[7..]
            : name.StartsWith("cp-", StringComparison.Ordinal) ? name[3..]
            : name.StartsWith("cp", StringComparison.Ordinal) || name.StartsWith("ms", StringComparison.Ordinal) ? name[2..]
            : name.StartsWith("iso8859", StringComparison.Ordinal) || name.StartsWith("iso_8859", StringComparison.Ordinal)
                ? "iso-8859-" + name[(name.IndexOf("8859", StringComparison.Ordinal) + 4)..].TrimStart('-', '_')
            : name;
        if (int.TryParse(digits, out int number))
            return number is > 0 and < 65_536 ? CodePagesEncodingProvider.Instance.GetEncoding(number) : null;
        return CodePagesEncodingProvider.Instance.GetEncoding(digits) ?? CodePagesEncodingProvider.Instance.GetEncoding(name) ?? BuiltIn(name);
    }

    private static Encoding? BuiltIn(string name)
    {
        foreach (EncodingInfo info in Encoding.GetEncodings())
        {
            if (info.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && info.CodePage != 65000)
                return info.GetEncoding();
        }
        return null;
    }

    private static Encoding? ByteOrderMark(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) && System.Text.Unicode.Utf8.IsValid(bytes))
        {
            length = 3;
            return Encoding.UTF8;
        }
        bool little = bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]);
        bool big = bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]);
        if (bytes.Length < 4 || bytes.Length % 2 != 0 || !(little || big))
            return null;
        bool wide = little && bytes.Length % 4 == 0 && bytes[2] == 0 && bytes[3] == 0;
        length = wide ? 4 : 2;
        return wide ? Encoding.UTF32 : little ? Encoding.Unicode : Encoding.BigEndianUnicode;
    }

    private static string? Table(string name) => name switch
    {
        "iso-8859-10" or "latin6" => Latin6,
        "iso-8859-14" or "latin8" => Latin8,
        "iso-8859-16" or "latin10" => Latin10,
        _ => null,
    };

    private static string FromTable(ReadOnlySpan<byte> bytes, string table)
    {
        StringBuilder text = new(bytes.Length);
        foreach (byte b in bytes)
            text.Append(b < 0xA0 ? (char)b : table[b - 0xA0]);
        return text.ToString();
    }
}
