using ChannelHub.Adapters;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Ingest;

/// <summary>
/// Does for many messages at once what would otherwise be asked of the store for each: claims their event keys, and reads who their senders are. It spares
/// a server's round trips, so only PostgreSQL gets it, and the statements are in its SQL.
/// </summary>
internal sealed class Lookahead(WriteSession session, EventKeys keys)
{
    /// <summary>Whether an input brings nothing but messages. What else there is may speak of messages beside it, and is committed one by one.</summary>
    public static bool IsFor(Intake intake) => intake.Entries.All(entry => entry is IntakeEntry.Understood { Event: MessageReceived, Sender: not null });

    public void At(IReadOnlyList<Intake> intakes)
    {
        if (intakes.Count == 0)
            return;
        Claim([.. intakes.SelectMany(intake => intake.Entries.OfType<IntakeEntry.Understood>(), (intake, entry) => (intake.ChannelId, entry))]);
        Know([.. intakes.SelectMany(intake => intake.Entries.OfType<IntakeEntry.Understood>()).Select(entry => entry.Sender!.Key).Distinct()]);
    }

    private void Claim(List<(long ChannelId, IntakeEntry.Understood Entry)> entries)
    {
        List<(long, string)> won = session.Query<(long, string)>("""
            INSERT INTO event_key (channel_id, key, message_id) SELECT * FROM unnest(@channels, @keys, @messages) ON CONFLICT DO NOTHING RETURNING channel_id, key
            """, new
        {
            channels = entries.ConvertAll(e => e.ChannelId),
            keys = entries.ConvertAll(e => e.Entry.Event.Key),
            messages = entries.ConvertAll(e => e.Entry.MessageId),
        });
        keys.Claimed(entries.Select(e => (e.ChannelId, e.Entry.Event.Key)), won);
    }

    // An index is of use only to who compares as its column does.
    private void Know(List<Key> sought)
    {
        List<SoughtRow> rows = session.Query<SoughtRow>("""
            SELECT k.n AS Place, i.id, i.customer_id AS CustomerId, i.generation, i.assurance, i.blocked_at AS BlockedAt, i.name, r.channel_id AS ChannelId, r.address,
              CASE WHEN i.id IS NULL THEN (SELECT count(*) FROM identity f WHERE f.kind = k.kind COLLATE "C" AND f.scope = k.scope COLLATE "C" AND f.value = k.value COLLATE "C" AND f.until IS NOT NULL) END AS Former,
              CASE WHEN i.id IS NULL THEN (SELECT count(*) FROM alias a WHERE a.kind = k.kind COLLATE "C" AND a.scope = k.scope COLLATE "C" AND a.value = k.value COLLATE "C" AND a.until IS NULL) END AS Aliases
            FROM unnest(@kinds, @scopes, @values) WITH ORDINALITY AS k (kind, scope, value, n)
            LEFT JOIN LATERAL (SELECT * FROM identity
              WHERE kind = k.kind COLLATE "C" AND scope = k.scope COLLATE "C" AND value = k.value COLLATE "C" AND until IS NULL LIMIT 1) i ON true
            LEFT JOIN reach r ON r.identity_id = i.id AND r.unreachable_at IS NULL
            """, new { kinds = sought.ConvertAll(k => k.Kind), scopes = sought.ConvertAll(k => k.Scope), values = sought.ConvertAll(k => k.Value) });
        foreach (IGrouping<long, SoughtRow> found in rows.GroupBy(row => row.Place))
        {
            Key key = sought[(int)found.Key - 1];
            SoughtRow row = found.First();
            if (row.Id is { } id)
                session.Identities.Add(key, Known(key, id, row, found));
            else if (row.Aliases == 0 && key.Kind != KeyKinds.Phone) // whose other spellings are looked for, too
                session.Identities.AddAbsent(key, 1 + row.Former!.Value);
        }
    }

    private static KnownIdentity Known(Key key, long id, SoughtRow row, IEnumerable<SoughtRow> reaches) => new()
    {
        Id = id,
        Key = key,
        CustomerId = row.CustomerId!.Value,
        Generation = row.Generation!.Value,
        Assurance = (Assurance)row.Assurance!.Value,
        Blocked = row.BlockedAt is not null,
        Name = row.Name,
        Reaches = [.. reaches.Where(reach => reach.ChannelId is not null).Select(reach => new KnownReach(reach.ChannelId!.Value, reach.Address))],
    };

    private sealed record SoughtRow(
        long Place, long? Id, long? CustomerId, long? Generation, long? Assurance, long? BlockedAt, string? Name, long? ChannelId, string? Address, long? Former, long? Aliases);
}
