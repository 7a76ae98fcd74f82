using System.Text.Json;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Events;

namespace ChannelHub.Storage.Search;

/// <summary>
/// Keeps the index: follows the log, and builds what was there before the index was, the newest first. Whatever is read of the data is read while nobody else can
/// write to the index, so that nothing comes back that has been erased meanwhile.
/// </summary>
public sealed class SearchFollower(Database database, SearchIndex index)
{
    private const int BatchSize = 1_000;

    // A filter never reads further than this in one go.
    private const int Window = 20_000;

    private static readonly long[] Watched = [.. new[]
    {
        EventType.MessageReceived, EventType.MessageQueued, EventType.MessageSent, EventType.MessageUpdated, EventType.MessageDeleted, EventType.CustomerUpdated,
        EventType.IdentityAdded, EventType.IdentityClosed, EventType.AliasLearned, EventType.CustomerErased,
    }.Select(type => (long)type)];

    private bool isKnown;

    /// <summary>Does one piece of the work; true if there may be more at once.</summary>
    public bool RunOnce()
    {
        SearchProgress? progress = index.Progress();
        if (progress is { IsWhole: true } && isKnown && progress.Position == database.Head)
            return false;
        bool more = false;
        bool erased = false;
        index.Write(writer => (more, erased) = Step(writer));
        if (erased)
            index.Scrub();
        return more;
    }

    /// <summary>Takes people out of the index, now.</summary>
    public void Forget(IReadOnlyCollection<long> identities)
    {
        index.Write(writer => writer.Remove(database.Read(session => SearchDocuments.OfPeople(session, identities))));
        index.Scrub();
    }

    private (bool More, bool Erased) Step(SearchWriter writer)
    {
        if (writer.Progress is not { } progress || (!isKnown && !database.Read(session => IsOfThisData(session, progress))))
            progress = Begin(writer);
        isKnown = true;
        long head = database.Head;
        long upTo = Math.Min(head, progress.Position + Window);
        List<EventRow> events = database.Read(session => EventStore.Page(session, progress.Position, upTo, Watched, BatchSize));
        long next = events.Count == BatchSize ? events[^1].Position : upTo;
        bool erased = events.Count > 0 && Follow(writer, events);
        progress = progress with { Position = next, At = database.Read(session => At(session, next)) ?? progress.At };
        // What is new comes first.
        if (!progress.IsWhole && next == head)
            progress = Build(writer, progress);
        writer.Save(progress);
        // What came meanwhile waits for others: a message indexed alone costs as much as a batch.
        return (!progress.IsWhole || next < head, erased);
    }

    /// <summary>An index of other data, or of the same as it once was or is not kept any more, is of no use.</summary>
    private static bool IsOfThisData(Session session, SearchProgress progress) => progress.Position == 0
        ? EventStore.First(session) == 1
        : At(session, progress.Position) == progress.At;

    private static long? At(Session session, long position) =>
        EventStore.Page(session, position - 1, position, types: null, 1) is [{ At: var at }] ? at : null;

    private SearchProgress Begin(SearchWriter writer)
    {
        writer.Clear();
        long head = database.Head;
        return database.Read(session => new SearchProgress(head, At(session, head) ?? 0, long.MaxValue, 0, SearchDocuments.Count(session)));
    }

    /// <summary>Answers whether somebody was erased.</summary>
    private bool Follow(SearchWriter writer, List<EventRow> events)
    {
        bool erased = false;
        foreach (EventRow row in events.Where(row => row.Type == (long)EventType.CustomerErased && row.Data is not null))
        {
            writer.Remove(database.Read(session => SearchDocuments.OfPeople(session, ErasedIdentities(row.Data!))));
            erased = true;
        }
        // An account may show another name with every message.
        HashSet<long> changed = [.. events.Select(row => row.MessageId).OfType<long>(), .. events.Select(row => row.IdentityId).OfType<long>()];
        Replace(writer, changed);
        return erased;
    }

    private SearchProgress Build(SearchWriter writer, SearchProgress progress)
    {
        List<long> ids = database.Read(session => SearchDocuments.Below(session, progress.BuiltDownTo, BatchSize));
        Replace(writer, ids);
        return progress with { BuiltDownTo = ids.Count < BatchSize ? 0 : ids[^1], Built = progress.Built + ids.Count };
    }

    private void Replace(SearchWriter writer, IReadOnlyCollection<long> ids)
    {
        List<SearchDocument> documents = database.Read(session => SearchDocuments.Of(session, ids));
        writer.Put(documents);
        writer.Remove([.. ids.Except(documents.Select(d => d.Id))]);
    }

    private static long[] ErasedIdentities(string data) =>
        [.. JsonSerializer.Deserialize(data, ErasureJson.Default.ErasedData)!.Identities.Select(id => HubId.TryParse(IdPrefix.Identity, id, out long number) ? number : 0)];
}
