using ChannelHub.Core.Search;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;

namespace ChannelHub.Storage.Search;

/// <summary>What there is to find, read from the data.</summary>
internal static class SearchDocuments
{
    /// <summary>Numbers of messages and identities below one, greatest first.</summary>
    public static List<long> Below(Session session, long id, int limit) => session.Query<long>("""
        SELECT id FROM (
          SELECT * FROM (SELECT id FROM message WHERE id < @id ORDER BY id DESC LIMIT @limit) m
          UNION ALL SELECT * FROM (SELECT id FROM identity WHERE id < @id ORDER BY id DESC LIMIT @limit) i) numbered
        ORDER BY id DESC LIMIT @limit
        """, new { id, limit });

    public static long Count(Session session) => session.Find<long>("SELECT (SELECT count(*) FROM message) + (SELECT count(*) FROM identity)");

    /// <summary>Everything by which these messages and identities are to be found; those of which nothing is to be found are left out.</summary>
    public static List<SearchDocument> Of(Session session, IReadOnlyCollection<long> ids) =>
        [.. ids.Count == 0 ? [] : OfMessages(session, ids).Concat(OfIdentities(session, ids))];

    /// <summary>Everything that is found by people's words or addresses.</summary>
    public static List<long> OfPeople(Session session, IReadOnlyCollection<long> identities) =>
    [
        .. identities,
        .. session.Query<long>("SELECT id FROM message WHERE identity_id IN @identities OR author_identity_id IN @identities", new { identities = identities.ToArray() }),
    ];

    private static IEnumerable<SearchDocument> OfMessages(Session session, IReadOnlyCollection<long> ids)
    {
        List<MessageRow> rows = MessageStore.FindAll(session, ids);
        long[] edited = [.. rows.Where(row => row.Revision > 1).Select(row => row.Id)];
        Dictionary<(long, long), string> revisions = (edited.Length == 0 ? [] : MessageStore.Revisions(session, edited)).ToDictionary(r => (r.MessageId, r.Revision), r => r.Content);
        foreach (MessageRow row in rows.Where(row => row.DeletedAt is null))
        {
            string content = revisions.GetValueOrDefault((row.Id, row.Revision), row.Content);
            HashSet<string> words = SearchWords.Of(MessageText.In(content).Prepend(row.Subject));
            if (words.Count > 0)
                yield return new SearchDocument(row.Id, row.IdentityId, words);
        }
    }

    private static IEnumerable<SearchDocument> OfIdentities(Session session, IReadOnlyCollection<long> ids)
    {
        List<IdentityRow> rows = [.. IdentityStore.FindAll(session, ids).Where(row => row.CustomerId != 0)];
        if (rows.Count == 0)
            yield break;
        long[] found = [.. rows.Select(row => row.Id)];
        ILookup<long, string> aliases = CustomerStore.Aliases(session, found).Where(alias => alias.Until is null).ToLookup(alias => alias.IdentityId, alias => alias.Value);
        ILookup<long, string?> names = CustomerStore.Profiles(session, found).ToLookup(profile => profile.IdentityId, profile => profile.Name);
        foreach (IdentityRow row in rows)
            yield return new SearchDocument(row.Id, row.Id, SearchWords.Of([row.Name, row.Value, row.Original, .. aliases[row.Id], .. names[row.Id]]));
    }
}
