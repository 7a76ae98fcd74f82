using System.Collections.Frozen;
using ChannelHub.Adapters;

namespace ChannelHub.Core.Keys;

/// <summary>
/// Telephone numbers in their one canonical form, E.164 with the plus. What cannot be told for sure is not guessed: a wrong guess would join
/// two people.
/// </summary>
public static class PhoneNumbers
{
    private const int Shortest = 7;
    private const int Longest = 15;

    // "Anonymous", "restricted", "blocked", "unknown" and "unavailable" as they are spelled on a keypad; some carriers send these for a caller
    // who withholds the number.
    private static readonly FrozenSet<string> Withheld = ["266696687", "7378742833", "2562533", "8656696", "86282452253"];

    /// <summary>
    /// The number in E.164, or null if it is not one or cannot be told without knowing the country. Numbers in international form are taken
    /// even where their length is unusual, since numbering plans change.
    /// </summary>
    /// <param name="raw">As written: spaces, punctuation, <c>tel:</c>, extensions, digits of any script.</param>
    /// <param name="defaultCountry">ISO 3166 code of the country in which it was written, for national forms.</param>
    public static string? Normalise(string raw, string? defaultCountry = null)
    {
        if (PhoneText.Read(raw) is not { } text || (text.HasPlus && Withheld.Contains(text.Digits)))
            return null;
        PhoneCountry? country = PhoneCountries.Of(defaultCountry);
        if (text.HasPlus)
            return International(text.Digits);
        if (AfterDialOut(text.Digits, country) is { } international)
            return International(international);
        return country is null ? null : National(text.Digits, country);
    }

    /// <summary>
    /// The other spelling of an Argentine number, <c>+549…</c> for a mobile and <c>+54…</c> without the 9. Which one a channel uses cannot be told
    /// from the number, and both may exist; a caller looks up both and takes the one that is known alone. Null for other numbers.
    /// </summary>
    public static string? AliasOf(string e164) => PhoneVariants.ArgentineAlias(e164);

    /// <summary>Whether two keys are the two spellings of one number.</summary>
    public static bool AliasOf(Key one, Key other) =>
        one.Kind == KeyKinds.Phone && other.Kind == KeyKinds.Phone && one.Scope == other.Scope && AliasOf(one.Value) == other.Value;

    private static string? International(ReadOnlySpan<char> digits)
    {
        if (PhoneCountries.OfInternational(digits) is not { } country)
            return null;
        ReadOnlySpan<char> number = digits[country.Code.Length..];

        // "+44 (0)20 …" and the like: a trunk prefix that was written although the calling code stands before it. A leading zero is never part
        // of a number where zero is the trunk prefix; other prefixes may be.
        if (country.TrunkPrefixes is ["0"] && number.StartsWith('0'))
            number = number[1..];
        else if (!country.HasLength(number.Length))
            number = WithoutTrunkPrefix(number, country) is { IsEmpty: false } rest ? rest : number;

        string canonical = PhoneVariants.Canonical(country.Code, number.ToString());
        int total = country.Code.Length + canonical.Length;
        return total <= Longest && (total >= Shortest || country.HasLength(canonical.Length)) ? $"+{country.Code}{canonical}" : null;
    }

    private static string? National(string digits, PhoneCountry country)
    {
        if (PhoneVariants.FromNational(country.Code, digits) is { } variant)
            return $"+{country.Code}{variant}";
        ReadOnlySpan<char> number = WithoutTrunkPrefix(digits, country);
        if (number.IsEmpty && country.HasLength(digits.Length) && !MayBeShortCode(digits, country) && !(country.TrunkPrefixes is ["0"] && digits[0] == '0'))
            number = digits;
        return number.IsEmpty ? null : $"+{country.Code}{PhoneVariants.Canonical(country.Code, number.ToString())}";
    }

    // Where a trunk prefix belongs before every subscriber's number, so few digits without one are a service and not a subscriber.
    private static bool MayBeShortCode(string digits, PhoneCountry country) => digits.Length < Shortest && country.TrunkPrefixes.Count > 0;

    private static ReadOnlySpan<char> WithoutTrunkPrefix(ReadOnlySpan<char> digits, PhoneCountry country)
    {
        foreach (string prefix in country.TrunkPrefixes)
        {
            if (digits.StartsWith(prefix) && country.HasLength(digits.Length - prefix.Length))
                return digits[prefix.Length..];
        }
        return [];
    }

    private static string? AfterDialOut(string digits, PhoneCountry? country)
    {
        foreach (string prefix in country?.DialOut ?? ["00"])
        {
            if (digits.Length <= prefix.Length || !Matches(digits, prefix))
                continue;
            string rest = digits[prefix.Length..];
            if (PhoneCountries.OfInternational(rest) is { } abroad && abroad.HasLength(rest.Length - abroad.Code.Length))
                return rest;
        }
        return null;
    }

    private static bool Matches(string digits, string prefix)
    {
        for (int at = 0; at < prefix.Length; at++)
        {
            if (prefix[at] != 'x' && prefix[at] != digits[at])
                return false;
        }
        return true;
    }
}
