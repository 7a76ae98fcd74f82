using ChannelHub.Adapters;
using ChannelHub.Core.Customers;
using ChannelHub.Core.Customers.Suggestions;
using ChannelHub.Core.Events;
using ChannelHub.Operation;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Events;
using ChannelHub.Storage.Messages;

namespace ChannelHub.Customers.Suggestions;

/// <summary>
/// Follows the log and suggests who may be one person. It is behind the messages and costs them nothing; to look at an event again suggests nothing new.
/// </summary>
internal sealed class SuggestionFinder(Database database) : IWorker
{
    private const string Reader = "suggestions";
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

/// <summary>What is new in a stretch of the log.</summary>
/// <param name="Identities">Identities of which more is known than before.</param>
/// <param name="Writers">Identities that wrote.</param>
/// <param name="Since">When the stretch begins.</param>
internal sealed record News(HashSet<long> Identities, HashSet<long> Writers, long Since)
{
    // Clocks of messages and events are not the same.
    private static readonly long Slack = (long)TimeSpan.FromHours(1).TotalMilliseconds;

    /// <summary>Traits to keep.</summary>
    public List<(long Identity, Trait Trait)> Traits { get; } = [];

    /// <summary>Identities whose notes were written anew.</summary>
    public HashSet<long> Described { get; } = [];

    public static News Of(Session session, List<EventRow> events)
    {
        var news = new News([], [], events.Count > 0 ? events[0].At - Slack : 0);
        foreach (EventRow row in events.Where(row => row.IdentityId is not null || row.CustomerId is not null))
            news.Add(session, row);
        news.ReadMessages(session, [.. events.Where(row => row.Type == (long)EventType.MessageReceived).Select(row => row.MessageId!.Value)]);
        news.ReadKeys(session);
        news.Identities.UnionWith(news.Traits.Select(trait => trait.Identity));
        return news;
    }

    private void Add(Session session, EventRow row)
    {
        long identity = row.IdentityId ?? row.CustomerId!.Value;
        switch ((EventType)row.Type)
        {
            case EventType.MessageReceived:
                Writers.Add(identity);
                break;
            case EventType.CustomerUnmerged:
                // They may be each other's again.
                Identities.UnionWith(IdentityStore.OfCustomer(session, identity).Select(member => member.Id));
                break;
            case EventType.CustomerUpdated:
                Identities.Add(identity);
                Described.Add(identity);
                Traits.RemoveAll(trait => trait.Identity == identity);
                Traits.AddRange(CustomerStore.Profiles(session, [identity]).SelectMany(profile => TraitReader.OfAttributes(profile.Attributes)).Select(trait => (identity, trait)));
                break;
            default:
                Identities.Add(identity);
                break;
        }
    }

    private void ReadMessages(Session session, IReadOnlyList<long> ids)
    {
        foreach (MessageRow message in ids.Count == 0 ? [] : MessageStore.FindAll(session, ids))
            Traits.AddRange(OrderNumbers.In(message.Content, message.Metadata).Select(number => (message.IdentityId, new Trait(TraitKind.Order, number))));
    }

    private void ReadKeys(Session session)
    {
        if (Identities.Count == 0)
            return;
        foreach (IdentityRow identity in IdentityStore.FindAll(session, Identities))
            Traits.AddRange(TraitReader.OfKey(identity.Key).Select(trait => (identity.Id, trait)));
        foreach (AliasRow alias in CustomerStore.Aliases(session, Identities).Where(alias => alias.Until is null))
            Traits.AddRange(TraitReader.OfAlias(new Key(alias.Kind, alias.Scope, alias.Value)).Select(trait => (alias.IdentityId, trait)));
    }
}

/// <summary>What the rules say of the news.</summary>
internal sealed record Findings(List<(Candidate Pair, Suggestion Suggestion)> Merges, List<(long Identity, Suggestion Suggestion)> Closings)
{
    public static Findings Of(Session session, News news)
    {
        var findings = new Findings([], []);
        long[] everybody = [.. news.Identities.Union(news.Writers)];
        if (everybody.Length == 0)
            return findings;
        HashSet<Candidate> refused = CandidateStore.Refused(session, everybody);
        HashSet<Candidate> candidates = news.Identities.Count == 0 ? [] : CandidateStore.Of(session, news.Identities);
        candidates.UnionWith(refused);
        Dictionary<long, Subject> subjects = Subjects(session, [.. candidates.SelectMany(pair => new[] { pair.Left, pair.Right }).Distinct()]);
        foreach (Candidate pair in candidates.Where(pair => subjects.ContainsKey(pair.Left) && subjects.ContainsKey(pair.Right)))
        {
            if (Judge(session, pair, subjects, refused.Contains(pair)) is { } suggestion)
                findings.Merges.Add((pair, suggestion));
        }
        foreach (RenamedRow renamed in CandidateStore.Renamed(session, everybody, news.Since).Where(renamed => renamed.SilentSince is not null))
        {
            if (SuggestionRules.ChangedHands(Subjects(session, [renamed.Id])[renamed.Id], renamed.FormerName, TimeSpan.FromMilliseconds(renamed.NamedAt - renamed.SilentSince!.Value)) is { } closing)
                findings.Closings.Add((renamed.Id, closing));
        }
        return findings;
    }

    private static Suggestion? Judge(Session session, Candidate pair, Dictionary<long, Subject> subjects, bool isRefused)
    {
        if (IdentityStore.CustomerOf(session, pair.Left) is not { } left || IdentityStore.CustomerOf(session, pair.Right) is not { } right || left == right)
            return null;
        List<RefusedEvidence> refused = isRefused
            ? [.. Grouping.Partition(CustomerGraph.Load(session, pair.Left, pair.Right)).Refused.Where(r => Candidate.Of(r.Evidence.Left, r.Evidence.Right) == pair)]
            : [];
        return SuggestionRules.Between(subjects[pair.Left], subjects[pair.Right], refused, ActionStore.AreVetoed(session, left, right));
    }

    private static Dictionary<long, Subject> Subjects(Session session, IReadOnlyCollection<long> ids)
    {
        if (ids.Count == 0)
            return [];
        ILookup<long, ClaimRow> claims = CustomerStore.Claims(session, ids).ToLookup(claim => claim.IdentityId);
        ILookup<long, Trait> traits = TraitStore.Of(session, ids);
        Dictionary<long, string?> names = CustomerStore.Profiles(session, ids).ToDictionary(profile => profile.IdentityId, profile => profile.Name);
        return IdentityStore.FindAll(session, ids).ToDictionary(row => row.Id, row => new Subject(row.Id, row.Key, (Assurance)row.Assurance)
        {
            Name = names.GetValueOrDefault(row.Id) ?? row.Name,
            Claims = [.. claims[row.Id].Select(c => new Claim(new Key(c.Kind, c.Scope, c.Value), (Assurance)c.Assurance))],
            Traits = [.. traits[row.Id]],
        });
    }
}
