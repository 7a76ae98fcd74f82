using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ChannelHub.Adapters;
using ChannelHub.Core.Keys;

namespace ChannelHub.Core.Customers.Suggestions;

/// <summary>Finds what an identity may have in common with others.</summary>
public static partial class TraitReader
{
    private const int ShortestHandle = 6;
    private const int LongestNote = 20_000;
    private const int MostNotes = 20;

    /// <summary>What the key itself shows.</summary>
    public static IEnumerable<Trait> OfKey(Key key)
    {
        if (key.Kind != KeyKinds.Email)
            yield break;
        string mailbox = EmailAddresses.WithoutTag(key.Value);

        // A plain mailbox is found by its key; only those that differ from it need a trait.
        if (mailbox != key.Value || key.Scope.Length > 0)
            yield return new Trait(TraitKind.Mailbox, mailbox);
        if (!SharedKeys.IsRole(mailbox) && Handle(mailbox[..mailbox.LastIndexOf('@')]) is { } handle)
            yield return new Trait(TraitKind.Handle, handle);
    }

    /// <summary>What an alias shows.</summary>
    public static IEnumerable<Trait> OfAlias(Key alias)
    {
        if (AliasKinds.MayChangeHands(alias.Kind) && Handle(alias.Value) is { } handle)
            yield return new Trait(TraitKind.Handle, handle);
    }

    /// <summary>Addresses in what an agent or a CRM wrote about a customer: mailboxes, and telephone numbers with their plus, in any text of the attributes.</summary>
    /// <param name="attributes">A JSON object, or null.</param>
    public static IEnumerable<Trait> OfAttributes(string? attributes)
    {
        if (attributes is null)
            return [];
        using JsonDocument json = JsonDocument.Parse(attributes);
        return OfNote(string.Join('\n', Texts(json.RootElement)));
    }

    private static IEnumerable<Trait> OfNote(string text)
    {
        string read = text.Length > LongestNote ? text[..LongestNote] : text;
        try
        {
            IEnumerable<Key> written = Mailbox().Matches(read).Select(match => new Key(KeyKinds.Email, match.Value.TrimEnd('.')))
                .Concat(Number().Matches(read).Select(match => new Key(KeyKinds.Phone, match.Value)));
            return [.. written.Select(key => KeyNormalizer.Normalise(key).Key).OfType<Key>().Distinct().Take(MostNotes).Select(key => new Trait(TraitKind.Note, NoteOf(key)))];
        }
        catch (RegexMatchTimeoutException)
        {
            return []; // nobody wrote that by hand
        }
    }

    /// <summary>How a note names an address.</summary>
    public static string NoteOf(Key key) => $"{key.Kind}:{key.Value}";

    /// <summary>The address that a note names.</summary>
    public static Key KeyOf(string note)
    {
        int colon = note.IndexOf(':', StringComparison.Ordinal);
        return new Key(note[..colon], note[(colon + 1)..]);
    }

    private static IEnumerable<string> Texts(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Object => element.EnumerateObject().SelectMany(field => Texts(field.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Texts),
        _ => [],
    };

    // Dots, dashes and underscores are what look-alikes differ in, and digits that look like letters.
    private static string? Handle(string name)
    {
        var plain = new StringBuilder(name.Length);
        foreach (char c in name)
        {
            if (char.IsLetterOrDigit(c))
                plain.Append(char.ToLowerInvariant(c) switch { '0' => 'o', '1' => 'l', '5' => 's', var other => other });
        }
        return plain.Length >= ShortestHandle ? plain.ToString() : null;
    }

    [GeneratedRegex(@"[\p{L}\p{N}!#$%&'*+/=?^_`{|}~.-]{1,64}@[\p{L}\p{N}.-]{3,190}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 200)]
    private static partial Regex Mailbox();

    [GeneratedRegex(@"\+\d[\d ()./-]{6,22}\d", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 200)]
    private static partial Regex Number();
}
