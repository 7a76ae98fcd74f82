using ChannelHub.Core.Search;

namespace ChannelHub.Storage.Search;

/// <summary>
/// The words of messages and identities, in whatever the engine has for full text. It is no part of the data: it can be built from them at any time. A document
/// has the number of its message or identity, so the newest is the one with the greatest.
/// </summary>
public abstract class SearchIndex : IDisposable
{
    /// <summary>An index of another version is built anew. Rises with every change in what the words of a text are.</summary>
    internal const long Version = 1;

    // Letters and digits are all that a query can spell, so these words are the hub's own.
    private const string PersonWord = "!p";
    private const string OwnerWord = "!i";

    /// <summary>Whether the index is whole; null if there is none that can be used.</summary>
    internal abstract SearchProgress? Progress();

    /// <summary>Documents that match, newest first.</summary>
    internal abstract List<long> Find(SearchQuery query, SearchRange range, int limit);

    /// <summary>Writes in one transaction, one writer at a time, whatever their node.</summary>
    internal abstract void Write(Action<SearchWriter> write);

    /// <summary>Clears away what removed documents have left behind, as far as the engine can.</summary>
    internal abstract void Scrub();

    public abstract void Dispose();

    /// <summary>What stands in the index beside a document's own words.</summary>
    internal static IEnumerable<string> Marks(SearchDocument document) => document.IsPerson ? [PersonWord, Mark(document.Owner)] : [Mark(document.Owner)];

    protected static string Mark(long owner) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{OwnerWord}{owner:x}");

    /// <summary>The whole question as an engine spells it.</summary>
    internal static string Spell(SearchQuery query, SearchRange range, Func<string, bool, string> word, string and, string or, string not)
    {
        string asked = $"({query.Spell(word, and, or)})";
        if (range.Owners is { } owners)
            asked = $"({string.Join(or, owners.Select(owner => word(Mark(owner), false)))}){and}{asked}";
        return range.Scope switch
        {
            SearchScope.People => $"{asked}{and}{word(PersonWord, false)}",
            SearchScope.Messages => $"{asked}{not}{word(PersonWord, false)}",
            _ => asked,
        };
    }
}

/// <summary>Writes the index in a transaction.</summary>
internal abstract class SearchWriter
{
    public abstract SearchProgress? Progress { get; }

    /// <summary>Puts documents in, or in the place of what they were.</summary>
    public abstract void Put(IReadOnlyCollection<SearchDocument> documents);

    public abstract void Remove(IReadOnlyCollection<long> ids);

    public abstract void Save(SearchProgress progress);

    /// <summary>Forgets everything.</summary>
    public abstract void Clear();
}

/// <summary>What is to be found.</summary>
/// <param name="Id">Number of the message or identity.</param>
/// <param name="Owner">On whose thread it is.</param>
/// <param name="Words">What it is found by.</param>
internal sealed record SearchDocument(long Id, long Owner, IReadOnlyCollection<string> Words)
{
    public bool IsPerson => Id == Owner;

    /// <summary>Everything that stands in the index, in an order that only a change of the words changes.</summary>
    public string Line => string.Join(' ', SearchIndex.Marks(this).Concat(Words));
}

/// <summary>Which documents are asked.</summary>
internal enum SearchScope
{
    Everything,
    People,
    Messages,
}

/// <summary>Which documents are asked.</summary>
/// <param name="Scope">Of what kind.</param>
/// <param name="Above">Only newer ones than this.</param>
/// <param name="Below">Only older ones than this.</param>
/// <param name="Owners">Only those on the threads of these identities, if given.</param>
internal sealed record SearchRange(SearchScope Scope, long Above, long Below, IReadOnlyList<long>? Owners = null);

/// <summary>How far the index has come.</summary>
/// <param name="Position">Everything that the log says up to here is in it.</param>
/// <param name="At">When the event at that position happened, by which an index of other data is told.</param>
/// <param name="BuiltDownTo">Of what was there before it began, nothing older than this is in it yet; 0: it is whole.</param>
/// <param name="Built">How many documents have been looked at to build it.</param>
/// <param name="Total">How many there were when it began.</param>
public sealed record SearchProgress(long Position, long At, long BuiltDownTo, long Built, long Total)
{
    /// <summary>Whether it has everything up to its position.</summary>
    public bool IsWhole => BuiltDownTo == 0;
}
