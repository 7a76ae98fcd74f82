using ChannelHub.Core.Search;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Search;

/// <summary>
/// Finds by words, the newest hit first. The index knows messages and identities only; whose they are is looked up when somebody asks, so a merge changes nothing
/// in it.
/// </summary>
public sealed class FullText(Database database, SearchIndex index)
{
    // So many hits are looked through for one page: somebody may have written thousands in a row.
    private const int MostHits = 2_000;

    /// <summary>How far the index has come; null if there is none yet.</summary>
    public SearchProgress? Progress => index.Progress();

    /// <summary>Conversations of which a message, a name or an address matches, each once, at its newest hit.</summary>
    public SearchPage Conversations(SearchQuery query, ConversationFilter filter, long below, int limit) => Customers(query, SearchScope.Everything, filter, below, limit);

    /// <summary>Customers of whom a name or an address matches, each once, at its newest.</summary>
    public SearchPage Customers(SearchQuery query, long below, int limit) => Customers(query, SearchScope.People, filter: null, below, limit);

    /// <summary>Messages that match.</summary>
    public SearchPage Messages(SearchQuery query, long below, int limit) =>
        Walk(query, SearchScope.Messages, below, limit, (hits, page) => page.AddRange(database.Read(session => OwnersOf(session, hits)).Keys.Select(id => (id, id))));

    private SearchPage Customers(SearchQuery query, SearchScope scope, ConversationFilter? filter, long below, int limit)
    {
        var seen = new HashSet<long>();
        return Walk(query, scope, below, limit, (hits, page) =>
        {
            Dictionary<long, long> owners = database.Read(session => OwnersOf(session, hits));
            List<(long Found, long Hit)> fresh = [.. hits.Where(owners.ContainsKey).Select(hit => (owners[hit], hit)).Where(found => seen.Add(found.Item1))];
            if (fresh.Count == 0)
                return;
            HashSet<long> wanted = [.. filter is null ? fresh.Select(f => f.Found)
                : database.Read(session => ConversationStore.Among(session, filter with { Customers = fresh.Select(f => f.Found).ToArray() }))];
            page.AddRange(fresh.Where(f => wanted.Contains(f.Found) && (below == long.MaxValue || !WasShown(query, scope, f.Found, below))).Take(limit + 1 - page.Count));
        });
    }

    /// <summary>Whether a customer has a newer hit, on a page before.</summary>
    private bool WasShown(SearchQuery query, SearchScope scope, long customer, long below)
    {
        long[] identities = [.. database.Read(session => IdentityStore.OfCustomer(session, customer)).Select(i => i.Id)];
        List<long> newer = index.Find(query, new SearchRange(scope, below - 1, long.MaxValue, identities), limit: 20);
        return newer.Count > 0 && database.Read(session => OwnersOf(session, newer)).Count > 0;
    }

    private SearchPage Walk(SearchQuery query, SearchScope scope, long below, int limit, Action<List<long>, List<(long Found, long Hit)>> take)
    {
        SearchProgress? progress = index.Progress();
        // Below what has been built nothing is known, so nothing is said.
        long floor = progress is null ? long.MaxValue : Math.Max(progress.BuiltDownTo - 1, 0);
        var page = new List<(long Found, long Hit)>();
        long at = below;
        int gulp = Math.Max(limit + 1, 100);
        for (int walked = 0; walked < MostHits && floor < at; walked += gulp)
        {
            List<long> hits = index.Find(query, new SearchRange(scope, floor, at), gulp);
            take(hits, page);
            if (page.Count > limit)
                return new SearchPage([.. page.Take(limit).Select(p => p.Found)], page[limit - 1].Hit, null);
            if (hits.Count < gulp)
            {
                at = floor;
                break;
            }
            at = hits[^1];
        }
        bool isOver = at <= floor;
        SearchProgress? building = isOver && progress is not { IsWhole: true } && database.Head > 0 ? progress ?? new SearchProgress(0, 0, long.MaxValue, 0, 0) : null;
        return new SearchPage([.. page.Select(p => p.Found)], isOver && building is null ? null : isOver ? floor + 1 : at, building);
    }

    /// <summary>To whom messages and identities belong; those that are gone are left out. In the order given.</summary>
    private static Dictionary<long, long> OwnersOf(Session session, List<long> ids)
    {
        Dictionary<long, long> owners = ids.Count == 0 ? [] : session.Prepared($"""
            SELECT m.id, i.customer_id FROM message m JOIN identity i ON i.id = m.identity_id WHERE m.id {Session.In} AND m.deleted_at IS NULL AND i.customer_id <> 0
            """).BindAll(ids).All(c => (c.Number(0), c.Number(1))).Concat(
            session.Prepared($"SELECT id, customer_id FROM identity WHERE id {Session.In} AND customer_id <> 0").BindAll(ids).All(c => (c.Number(0), c.Number(1))))
            .ToDictionary();
        return ids.Where(owners.ContainsKey).ToDictionary(id => id, id => owners[id]);
    }
}

/// <summary>A page of what was found.</summary>
/// <param name="Found">Numbers of messages or customers.</param>
/// <param name="Next">From where to go on; null if that is all.</param>
/// <param name="Building">Set if older hits cannot be told yet, since the index is being built.</param>
public sealed record SearchPage(IReadOnlyList<long> Found, long? Next, SearchProgress? Building);
