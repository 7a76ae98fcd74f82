using ChannelHub.Core.Customers.Suggestions;
using ChannelHub.Core.Events;
using ChannelHub.Operation;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Events;

namespace ChannelHub.Customers.Suggestions;

/// <summary>
/// Follows the log and suggests who may be one person. It is behind the messages and costs them nothing; to look at an event again suggests nothing new.
/// </summary>
internal sealed class SuggestionFinder(Database database) : IWorker
{
    internal const string Reader = "suggestions";
    private const int BatchSize = 1_000;

    // A filter never reads further than this in one go, nor is the log's own noise worth a write.
    private const int Window = 20_000;

    private static readonly long[] Watched = [.. new[]
    {
        EventType.MessageReceived, EventType.IdentityAdded, EventType.AliasLearned, EventType.ClaimLearned, EventType.CustomerUpdated, EventType.CustomerUnmerged,
    }.Select(type => (long)type)];

    private long looked;

    public string Name => "suggestions";

    // Also the pace: under load it leaves the machine to the messages and catches up afterwards.
    public TimeSpan Idle => TimeSpan.FromMilliseconds(250);

    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        long position = database.Read(session => EventStore.ReaderPosition(session, Reader));
        looked = Math.Max(looked, position);
        long upTo = Math.Min(database.Head, looked + Window);
        if (upTo == looked)
            return false;
        List<EventRow> events = database.Read(session => EventStore.Page(session, looked, upTo, Watched, BatchSize));
        long next = events.Count == BatchSize ? events[^1].Position : upTo;
        if (events.Count > 0 || next - position >= Window)
            await FollowAsync(events, next);
        looked = next;
        return false;
    }

    private async Task FollowAsync(List<EventRow> events, long next)
    {
        News news = database.Read(session => News.Of(session, events));
        if (news.Traits.Count > 0)
            await database.WriteAsync(session => Note(session, news));
        Findings findings = database.Read(session => Findings.Of(session, news));
        await database.WriteAsync(session =>
        {
            foreach ((Candidate pair, Suggestion suggestion) in findings.Merges)
                SuggestionStore.Propose(session, pair, suggestion);
            foreach ((long identity, Suggestion suggestion) in findings.Closings)
                SuggestionStore.ProposeClosing(session, identity, suggestion);
            EventStore.MoveReader(session, Reader, next);
        });
    }

    private static void Note(WriteSession session, News news)
    {
        foreach (long described in news.Described)
            TraitStore.Keep(session, described, TraitKind.Note, [.. news.Traits.Where(t => t.Identity == described).Select(t => t.Trait)]);
        foreach ((long identity, Trait trait) in news.Traits)
            TraitStore.Add(session, identity, trait);
    }
}
