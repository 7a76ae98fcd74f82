using System.Collections.Frozen;

namespace ChannelHub.Core.Keys;

/// <summary>
/// Lines that belong to a place. Only what the numbering plan says for sure: in many countries, North America first, nobody can tell a mobile from a
/// fixed line by its number, and a number that is not listed here counts as a person's.
/// </summary>
internal static class FixedLines
{
    // Calling code and the first digits of geographic numbers. Countries are left out where mobiles begin alike.
    private const string Table =
        """
        7 3 4 81 82 83 84 85 86 87 ; 30 2 ; 31 1 2 3 4 5 7 ; 32 1 2 3 5 6 71 8 9 ; 33 1 2 3 4 5 9 ; 34 8 9 ; 36 1 22 23 24 25 26 27 28 29 32 33 34 35 36 37 42 44 45 46 47 48 49
        36 52 53 54 56 57 59 62 63 66 68 69 72 73 74 75 76 77 78 79 82 83 84 85 87 88 89 92 93 94 95 96 99 ; 39 0 ; 40 2 3 ; 41 2 3 4 5 6 ; 43 1 2 3 4 5 7
        44 1 2 3 ; 46 1 2 3 4 5 6 8 9 ; 48 12 13 14 15 16 17 18 22 23 24 25 29 32 33 34 41 42 43 44 46 48 52 54 55 56 58 59 61 62 63 65 67 68 71 74 75 76 77 81 82 83 84 85 86 87 89
        48 91 94 95 ; 49 2 3 4 5 6 7 8 9 ; 61 2 3 7 8 ; 64 3 4 6 7 9 ; 90 2 3 4 ; 351 2 ; 353 1 2 4 5 6 7 9 ; 359 2 ; 372 3 4 6 7 ; 380 3 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57
        380 61 62 64 65 69 ; 385 1 2 3 4 5 ; 420 2 3 4 5 ; 421 2 3 4 5 ; 972 2 3 4 8 9
        """;

    // Mobiles among them, and special services that are not a place.
    private static readonly FrozenDictionary<string, string[]> Except = new Dictionary<string, string[]>
    {
        ["49"] = ["32", "700", "800", "900"],
        ["380"] = ["39"],
        ["372"] = ["70"],
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, string[]> ByCode = Table.Split([';', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(row => row.Split(' ')).GroupBy(columns => columns[0], columns => columns.Skip(1))
        .ToFrozenDictionary(country => country.Key, country => country.SelectMany(prefixes => prefixes).ToArray());

    /// <summary>Whether a number in E.164 is certainly a fixed line.</summary>
    public static bool IsFixed(string e164)
    {
        if (PhoneCountries.OfInternational(e164.AsSpan(1)) is not { } country)
            return false;
        string number = e164[(country.Code.Length + 1)..];
        return country.Code switch
        {
            // A mobile has one digit more, and it is a 9.
            "54" => number.Length == 10,
            "55" => number.Length == 10 && number[2] is >= '2' and <= '5',
            _ => ByCode.TryGetValue(country.Code, out string[]? prefixes) && Begins(number, prefixes)
                && !(Except.TryGetValue(country.Code, out string[]? others) && Begins(number, others)),
        };
    }

    private static bool Begins(string number, string[] prefixes) => Array.Exists(prefixes, prefix => number.StartsWith(prefix, StringComparison.Ordinal));
}
