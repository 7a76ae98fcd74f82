using ChannelHub.Adapters;

namespace ChannelHub.Core.Keys;

/// <summary>
/// The canonical form of a key, the same on every path into the hub: two spellings of one address must be one identity, and two addresses
/// never. The caller keeps the original spelling for sending.
/// </summary>
public static class KeyNormalizer
{
    private const int LongestKind = 32;
    private const int LongestScope = 256;
    private const int LongestValue = 512;
    private const int LongestSenderName = 11;

    /// <summary>Normalises a key.</summary>
    /// <param name="key">As an adapter or a client wrote it.</param>
    /// <param name="defaultCountry">ISO 3166 code for telephone numbers in national form.</param>
    public static NormalisedKey Normalise(Key key, string? defaultCountry = null)
    {
        if (key.Kind.Length is 0 or > LongestKind || !key.Kind.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
            return new(Key: null, $"A kind is 1 to {LongestKind} characters of a-z, 0-9 and _.");
        if (key.Scope.Length > LongestScope || !IsPlain(key.Scope))
            return new(Key: null, $"A scope is at most {LongestScope} characters without control characters.");
        if (key.Value.Length is 0 or > LongestValue || !ReferenceEquals(CleanText.Clean(key.Value), key.Value))
            return new(Key: null, $"A value is 1 to {LongestValue} characters that can be stored.");
        return key.Kind switch
        {
            KeyKinds.Phone or KeyKinds.Email when !IsPlain(key.Value) => new(Key: null, "An address has no control characters."),
            KeyKinds.Phone => Phone(key, defaultCountry),
            KeyKinds.Email when EmailAddresses.Normalise(key.Value) is { } address => new(key with { Value = address }, Error: null),
            KeyKinds.Email => new(Key: null, "This is not an e-mail address."),
            _ => new(key, Error: null),
        };
    }

    private static NormalisedKey Phone(Key key, string? defaultCountry)
    {
        string value = key.Value.Trim();
        if (PhoneNumbers.Normalise(value, defaultCountry) is { } number)
            return new(key with { Value = number }, Error: null);

        // What sends but is no subscriber: short codes, and names such as MYSHOP.
        bool isShortCode = value.Length is >= 3 and <= 6 && value.All(char.IsAsciiDigit);
        bool isSenderName = value.Length <= LongestSenderName && value.Any(char.IsLetter) && value.All(IsOfSenderName) && !IsWithheld(value);
        if (isShortCode || isSenderName)
            return new(key with { Value = value }, Error: null);
        return new(Key: null, "This is not a telephone number; write it with a plus and the calling code.");
    }

    private static bool IsOfSenderName(char c) => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_' or '&' or '.' or '!' or '\'';

    private static bool IsWithheld(string value) => value.ToLowerInvariant()
        is "anonymous" or "restricted" or "unavailable" or "unknown" or "blocked" or "private" or "withheld";

    private static bool IsPlain(string text) => !text.Any(char.IsControl) && ReferenceEquals(CleanText.Clean(text), text);
}

/// <summary>A key in its canonical form, or what is wrong with it, in words for whoever wrote it.</summary>
public sealed record NormalisedKey(Key? Key, string? Error);
