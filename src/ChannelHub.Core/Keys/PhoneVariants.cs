using System.Collections.Frozen;

namespace ChannelHub.Core.Keys;

/// <summary>Countries in which one line is written in several ways, and the way that counts here.</summary>
internal static class PhoneVariants
{
    private const string Argentina = "54";
    private const string Brazil = "55";
    private const string Mexico = "52";

    // Argentine area codes of three digits; 11 is the only one of two, all others have four.
    private static readonly FrozenSet<string> ArgentineAreas =
    [
        "220", "221", "223", "230", "236", "237", "249", "260", "261", "263", "264", "266", "280", "291", "294", "297", "298", "299",
        "336", "341", "342", "343", "345", "348", "351", "353", "358", "362", "364", "370", "376", "379", "380", "381", "383", "385", "387", "388",
    ];

    /// <summary>The canonical form of a number without its calling code.</summary>
    public static string Canonical(string code, string number) => code switch
    {
        // The 1 of Mexican mobiles was abolished in 2019 and lives on in messengers.
        Mexico when number.Length == 11 && number[0] == '1' => number[1..],

        // Brazilian mobiles got a 9 after the area code; older accounts still show eight digits. Fixed lines begin with 2 to 5.
        Brazil when number.Length == 10 && number[2] is >= '6' and <= '9' => $"{number[..2]}9{number[2..]}",

        // Inside Argentina a mobile is written area-15-subscriber, and from abroad 9-area-subscriber.
        Argentina when number.Length == 12 => ArgentineMobile(number) ?? number,
        _ => number,
    };

    /// <summary>A national form that no trunk prefix explains; null if this is none.</summary>
    public static string? FromNational(string code, string digits) => code switch
    {
        Argentina when digits.Length == 13 && digits[0] == '0' => ArgentineMobile(digits[1..]),
        Argentina when digits.Length == 12 => ArgentineMobile(digits),

        // Brazilians dial 0 and the two digits of a carrier before the area code.
        Brazil when digits.Length is 13 or 14 && digits[0] == '0' => Canonical(code, digits[3..]),
        _ => null,
    };

    public static string? ArgentineAlias(string e164) => e164 switch
    {
        ['+', '5', '4', '9', .. var number] when number.Length == 10 => $"+54{number}",
        ['+', '5', '4', .. var number] when number.Length == 10 => $"+549{number}",
        _ => null,
    };

    private static string? ArgentineMobile(string number)
    {
        int area = number.StartsWith("11", StringComparison.Ordinal) ? 2 : ArgentineAreas.Contains(number[..3]) ? 3 : 4;
        return number.AsSpan(area).StartsWith("15") ? $"9{number[..area]}{number[(area + 2)..]}" : null;
    }
}
