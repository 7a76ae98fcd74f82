using System.Globalization;
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

    /// <summary>Whether the index is whole; null if there is none that can be used.</summary>
    internal abstract SearchProgress? Progress();

    /// <summary>Documents that match, newest first.</summary>
    internal List<long> Find(SearchQuery query, SearchRange range, int limit) => range.Scope != SearchScope.Everything ? FindIn(query, range, limit)
        : [.. FindIn(query, range with { Scope = SearchScope.People }, limit).Concat(FindIn(query, range with { Scope = SearchScope.Messages }, limit)).OrderDescending().Take(limit)];

    /// <summary>Writes in one transaction, one writer at a time, whatever their node.</summary>
    internal abstract void Write(Action<SearchWriter> write);

    /// <summary>Clears away what removed documents have left behind, as far as the engine can.</summary>
    internal abstract void Scrub();

    public abstract void Dispose();

    /// <summary>Documents of one kind that match, newest first.</summary>
    private protected abstract List<long> FindIn(SearchQuery query, SearchRange range, int limit);

    /// <summary>A word that no query can spell: on whose thread a document is.</summary>
    private protected static string OwnerWord(long owner) => string.Create(CultureInfo.InvariantCulture, $"!{owner:x}");

    /// <summary>A question as an engine spells it.</summary>
    private protected static string Spell(IEnumerable<SearchClause> clauses, SearchRange range, Func<string, bool, string> word, string and, string or)
    {
        IEnumerable<string> asked = clauses.Select(clause => clause.Spell(word, and, or));
        return string.Join(and, range.Owners is { } owners ? asked.Prepend($"({string.Join(or, owners.Select(owner => word(OwnerWord(owner), false)))})") : asked);
    }

    /// <summary>Everything that stands in the index for a document, in an order that only a change of its words changes.</summary>
    private protected static string LineOf(SearchDocument document) => $"{OwnerWord(document.Owner)} {string.Join(' ', document.Words)}";
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
}

/// <summary>What kind of documents are asked.</summary>
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
