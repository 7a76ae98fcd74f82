using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace ChannelHub.Core.Search;

/// <summary>Letters and digits without case and accents. The runtime knows no decompositions here: it carries no data of languages.</summary>
internal static class Folding
{
    // A plain letter, and the letters that are taken for it: those with accents, and those that are written so by who has not got them on the keyboard.
    private static readonly FrozenDictionary<char, string> Plain = ((string[])
    [
        "aàáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ", "bḃḅḇ", "cçćĉċčḉ", "dďḋḍḏḑḓđð", "eèéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ", "fḟ", "gĝğġģǧǵḡ", "hĥȟḣḥḧḩḫẖħ",
        "iìíîïĩīĭįǐȉȋḭḯỉịı", "jĵǰ", "kķǩḱḳḵ", "lĺļľḷḹḻḽł", "mḿṁṃ", "nñńņňǹṅṇṉṋ", "oòóôõöōŏőơǒǫǭȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợø", "pṕṗ", "rŕŗřȑȓṙṛṝṟ",
        "sśŝşšſșṡṣṥṧṩẛ", "tţťțṫṭṯṱẗŧ", "uùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự", "vṽṿ", "wŵẁẃẅẇẉẘ", "xẋẍ", "yýÿŷȳẏẙỳỵỷỹ", "zźżžẑẓẕ", "æǣǽ", "øǿ", "ʒǯ",
        "αάἀἁἂἃἄἅἆἇὰάᾀᾁᾂᾃᾄᾅᾆᾇᾰᾱᾲᾳᾴᾶᾷ", "βϐ", "εέϵἐἑἒἓἔἕὲέ", "ηήἠἡἢἣἤἥἦἧὴήᾐᾑᾒᾓᾔᾕᾖᾗῂῃῄῆῇ", "θϑ", "ιΐίϊἰἱἲἳἴἵἶἷὶίιῐῑῒΐῖῗ", "κϰ",
        "οόὀὁὂὃὄὅὸό", "πϖ", "ρϱῤῥ", "σς", "υΰϋύὐὑὒὓὔὕὖὗὺύῠῡῢΰῦῧ", "φϕ", "ωώὠὡὢὣὤὥὦὧὼώᾠᾡᾢᾣᾤᾥᾦᾧῲῳῴῶῷ", "аӑӓ", "гѓ", "еѐёӗ", "жӂӝ", "зӟ",
        "ийѝӣӥ", "кќ", "оӧ", "уўӯӱӳ", "чӵ", "ыӹ", "эӭ", "ії", "ѵѷ", "әӛ", "өӫ",
    ]).SelectMany(row => row.Skip(1).Select(letter => KeyValuePair.Create(letter, row[..1])))
        .Concat([new('ß', "ss"), new('æ', "ae"), new('œ', "oe"), new('þ', "th"), new('ĳ', "ij"), new('İ', "i"), new('ẞ', "ss")])
        .ToFrozenDictionary();

    /// <summary>Writes a part of a word without case and accents.</summary>
    public static void Append(StringBuilder word, Rune part)
    {
        // The wide forms that are typed between ideographs.
        if (part.Value is >= 0xFF01 and <= 0xFF5E)
            part = new Rune(part.Value - 0xFEE0);
        Rune lower = Rune.ToLowerInvariant(part);
        if (!lower.IsAscii && Rune.IsDigit(lower))
            word.Append((int)Rune.GetNumericValue(lower));
        else if (!lower.IsAscii && lower.IsBmp && Plain.TryGetValue((char)lower.Value, out string? plain))
            word.Append(plain);
        else
            word.Append(lower);
    }

    /// <summary>Whether a character is an accent on the one before it, or invisible, and so does not end a word.</summary>
    public static bool IsMark(Rune rune) => rune.Value is (>= 0x300 and <= 0x36F) or 0xAD or 0x200D;

    /// <summary>Whether a character is of a script that is written without spaces: each is a word of its own.</summary>
    public static bool StandsAlone(Rune rune) => rune.Value is
        (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x323AF) // Han
        or (>= 0x3041 and <= 0x30FF) or (>= 0x31F0 and <= 0x31FF) or (>= 0xFF66 and <= 0xFF9F) // kana
        or (>= 0x0E01 and <= 0x0EFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x17FF); // Thai and Lao, Burmese, Khmer

    /// <summary>Whether a character belongs to a word. The vowels of many scripts are marks.</summary>
    public static bool IsPart(Rune rune) => Rune.IsLetterOrDigit(rune)
        || (!rune.IsAscii && !IsMark(rune) && Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark);
}
