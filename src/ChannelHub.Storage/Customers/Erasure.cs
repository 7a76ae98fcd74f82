using System.Text.Json;
using System.Text.Json.Serialization;
using ChannelHub.Adapters;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Customers;

/// <summary>
/// Erases a person: a walk from their identities over every table that holds their words, names or addresses. Rows that others refer to stay as numbers
/// without content, so that positions stay dense and what was grouped stays grouped.
/// </summary>
public static class Erasure
{
    /// <summary>Kind of an identity that was erased. Its customer is 0, which nobody finds.</summary>
    public const string Erased = "erased";

    // What they wrote, also on the threads of others.
    private const string Messages = "SELECT id FROM message WHERE identity_id IN @ids OR author_identity_id IN @ids";

    /// <summary>Erases a customer in one transaction; answers what is left to be done outside of the database.</summary>
    public static ErasedPerson Erase(WriteSession session, long customer, string actor)
    {
        List<IdentityRow> identities = IdentityStore.OfCustomer(session, customer);
        long[] ids = [.. identities.Select(i => i.Id)];
        long action = session.NewId();
        ErasedPerson person = null!;
        session.Overwriting(() =>
        {
            session.SettleEvents();
            List<VisitorKey> visitors = [.. identities.Where(i => i.Kind == KeyKinds.Visitor).Select(VisitorKey.Of).OfType<VisitorKey>()];
            person = new ErasedPerson(ids, visitors, Files(session, ids, visitors));
            ErasedContent.Erase(session, ids, Messages);
            EraseVisitors(session, ids, visitors);
            EraseGraph(session, ids, action);
            EraseIdentities(session, ids);
            Record(session, customer, ids, action, actor);
        });
        session.Identities.Clear();
        return person;
    }

    private static List<ErasedFile> Files(WriteSession session, long[] ids, List<VisitorKey> visitors)
    {
        List<ErasedFile> files = session.Query<ErasedFile>($"DELETE FROM attachment WHERE message_id IN ({Messages}) RETURNING id, sha256", new { ids });
        foreach (VisitorKey visitor in visitors)
        {
            files.AddRange(session.Query<ErasedFile>("DELETE FROM attachment WHERE message_id IS NULL AND channel_id = @ChannelId AND reference = @reference RETURNING id, sha256",
                new { visitor.ChannelId, reference = WebChat.VisitorFileStore.OwnerOf(visitor.Value) }));
        }
        return files;
    }

    private static void EraseVisitors(WriteSession session, long[] ids, List<VisitorKey> visitors)
    {
        foreach (VisitorKey visitor in visitors)
        {
            session.Execute("DELETE FROM visitor_session WHERE visitor = @Value AND channel_id = @ChannelId", visitor);
            session.Execute("DELETE FROM visitor_code WHERE visitor = @Value AND channel_id = @ChannelId", visitor);
            // The token stays used until it ends, by nobody.
            session.Execute("UPDATE visitor_token_use SET visitor = '' WHERE channel_id = @ChannelId AND visitor = @Value", visitor);
        }
        session.Execute("DELETE FROM visitor_code WHERE identity_id IN @ids", new { ids });
    }

    /// <summary>
    /// Facts lose their keys and are revoked, or lifting a veto would join somebody to nobody; but those by which an identity held others together before it
    /// was detached go on doing so.
    /// </summary>
    private static void EraseGraph(WriteSession session, long[] ids, long action)
    {
        List<FactRow> facts = session.Query<FactRow>($"SELECT {CustomerGraph.FactColumns} FROM fact WHERE left_id IN @ids OR right_id IN @ids", new { ids });
        Dictionary<long, long> detached = facts.Where(f => f.Kind == FactKind.Detach).GroupBy(f => f.LeftId).ToDictionary(g => g.Key, g => g.Max(f => f.Id));
        // The same key gets the same stand-in everywhere: a bar must go on meeting the evidence it is against.
        var standIns = new Dictionary<Key, string>();
        foreach (FactRow fact in facts)
        {
            if (fact.Id > Math.Max(detached.GetValueOrDefault(fact.LeftId), detached.GetValueOrDefault(fact.RightId)))
                session.Execute("UPDATE fact SET revoked_by = @action WHERE id = @Id AND revoked_by IS NULL", new { action, fact.Id });
            if (fact.KeyKind is null)
                continue;
            var key = new Key(fact.KeyKind, fact.KeyScope!, fact.KeyValue!);
            standIns.TryAdd(key, HubId.Format(Erased, fact.Id));
            session.Execute("UPDATE fact SET key_kind = @Erased, key_scope = '', key_value = @standIn WHERE id = @Id", new { Erased, standIn = standIns[key], fact.Id });
        }
        // Who acted and when stays; their words may name the person. What was done to somebody who is gone cannot be undone.
        session.Execute("""
            UPDATE action SET reason = NULL, undone_by = coalesce(undone_by, @action) WHERE id IN
              (SELECT action_id FROM fact WHERE left_id IN @ids OR right_id IN @ids
               UNION SELECT revoked_by FROM fact WHERE (left_id IN @ids OR right_id IN @ids) AND revoked_by IS NOT NULL)
            """, new { ids, action });
        EraseSuggestions(session, ids);
    }

    /// <summary>The log tells of a suggestion under its left identity, which may be somebody else.</summary>
    private static void EraseSuggestions(WriteSession session, long[] ids)
    {
        foreach (SuggestedTo told in session.Query<SuggestedTo>("DELETE FROM suggestion WHERE left_id IN @ids OR right_id IN @ids RETURNING id, left_id AS LeftId", new { ids }))
        {
            string naming = $"%\"{HubId.Format(IdPrefix.Suggestion, told.Id).Replace("_", "\\_", StringComparison.Ordinal)}\"%";
            session.Execute("UPDATE event SET data = NULL WHERE identity_id = @LeftId AND data IS NOT NULL AND data LIKE @naming ESCAPE '\\'", new { told.LeftId, naming });
        }
    }

    private static void EraseIdentities(WriteSession session, long[] ids)
    {
        foreach (string table in (string[])["profile", "reach", "activity", "alias", "claim", "trait"])
            session.Execute($"DELETE FROM {table} WHERE identity_id IN @ids", new { ids });
        session.Execute("""
            UPDATE identity SET kind = @Erased, scope = '', value = '', original = NULL, name = NULL, former_name = NULL, named_at = NULL, language = NULL, customer_id = 0,
              until = coalesce(until, @Now), blocked_at = NULL WHERE id IN @ids
            """, new { ids, Erased, session.Now });
    }

    private static void Record(WriteSession session, long customer, long[] ids, long action, string actor)
    {
        string data = JsonSerializer.Serialize(new ErasedData(
            HubId.Format(IdPrefix.Customer, customer), [.. ids.Select(id => HubId.Format(IdPrefix.Identity, id))], actor), ErasureJson.Default.ErasedData);
        session.Execute("INSERT INTO action (id, kind, at, actor, detail) VALUES (@action, 'erase', @Now, @actor, @data)", new { action, session.Now, actor, data });
        session.Append(EventType.CustomerErased, session.Now, identityId: null, customer, data: data);
    }
}

/// <summary>What is left to be done outside of the database.</summary>
/// <param name="Identities">Numbers of the identities that were theirs.</param>
/// <param name="Visitors">Browsers of theirs, whose live streams are to end.</param>
/// <param name="Files">Files of theirs; bytes that nobody else has go.</param>
public sealed record ErasedPerson(IReadOnlyList<long> Identities, IReadOnlyList<VisitorKey> Visitors, IReadOnlyList<ErasedFile> Files);

/// <summary>A visitor of a chat.</summary>
public sealed record VisitorKey(long ChannelId, string Value)
{
    internal static VisitorKey? Of(IdentityRow row) => HubId.TryParse(IdPrefix.Channel, row.Scope, out long channelId) ? new VisitorKey(channelId, row.Value) : null;
}

/// <summary>A file's row that is gone.</summary>
public sealed record ErasedFile(long Id, string? Sha256);

internal sealed record SuggestedTo(long Id, long LeftId);

internal sealed record ErasedData(string CustomerId, IReadOnlyList<string> Identities, string Actor);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ErasedData))]
internal sealed partial class ErasureJson : JsonSerializerContext;
