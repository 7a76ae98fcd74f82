using ChannelHub.Adapters;
using ChannelHub.Core.Keys;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Ingest;

/// <summary>
/// Does for many messages at once what would otherwise be asked of the store for each: claims their event keys, reads who their senders are, and who has
/// the aliases they bring. It spares a server's round trips, so only PostgreSQL gets it, and the statements are in its SQL.
/// </summary>
internal sealed class Lookahead(WriteSession session, EventKeys keys)
{
    private readonly Statement claim = session.Prepare("""
        INSERT INTO event_key (channel_id, key, message_id) SELECT * FROM unnest(?, ?, ?) ON CONFLICT DO NOTHING RETURNING channel_id, key
        """);

    // An index is of use only to who compares as its column does.
    private readonly Statement know = session.Prepare("""
        SELECT k.n, i.id, i.customer_id, i.generation, i.assurance, i.blocked_at, i.name, r.channel_id, r.address,
          CASE WHEN i.id IS NULL THEN (SELECT count(*) FROM identity f WHERE f.kind = k.kind COLLATE "C" AND f.scope = k.scope COLLATE "C" AND f.value = k.value COLLATE "C" AND f.until IS NOT NULL) END,
          CASE WHEN i.id IS NULL THEN (SELECT count(*) FROM alias a WHERE a.kind = k.kind COLLATE "C" AND a.scope = k.scope COLLATE "C" AND a.value = k.value COLLATE "C" AND a.until IS NULL) END
        FROM unnest(?, ?, ?) WITH ORDINALITY AS k (kind, scope, value, n)
        LEFT JOIN LATERAL (SELECT * FROM identity
          WHERE kind = k.kind COLLATE "C" AND scope = k.scope COLLATE "C" AND value = k.value COLLATE "C" AND until IS NULL LIMIT 1) i ON true
        LEFT JOIN reach r ON r.identity_id = i.id AND r.unreachable_at IS NULL
        ORDER BY k.n
        """);

    private readonly Statement hold = session.Prepare("""
        SELECT k.n, a.id, a.identity_id FROM unnest(?, ?, ?) WITH ORDINALITY AS k (kind, scope, value, n)
        LEFT JOIN LATERAL (SELECT min(id) AS id, min(identity_id) AS identity_id, count(*) AS holders FROM alias
          WHERE kind = k.kind COLLATE "C" AND scope = k.scope COLLATE "C" AND value = k.value COLLATE "C" AND until IS NULL) a ON true
        WHERE a.holders < 2
        """);

    /// <summary>Whether an input brings nothing but messages. What else there is may speak of messages beside it, and is committed one by one.</summary>
    public static bool IsFor(Intake intake) => intake.Entries.All(entry => entry is IntakeEntry.Understood { Event: MessageReceived, Sender: not null });

    public void At(IReadOnlyList<Intake> intakes)
    {
        List<(long ChannelId, IntakeEntry.Understood Entry)> entries =
            [.. intakes.SelectMany(intake => intake.Entries.OfType<IntakeEntry.Understood>(), (intake, entry) => (intake.ChannelId, entry))];
        if (entries.Count == 0)
            return;
        List<KeyedSender> senders = entries.ConvertAll(e => e.Entry.Sender!);
        List<Key> revealed = [.. senders.Where(sender => !session.Identities.HasLearned(sender.Key))
            .SelectMany(sender => sender.Learned).Where(learned => learned.As == LearnedAs.Alias).Select(learned => learned.Key).Distinct()];
        Claim(entries);
        Know([.. senders.Select(sender => sender.Key).Concat(revealed.Where(key => !AliasKinds.MayChangeHands(key.Kind))).Distinct()]);
        if (revealed.Count > 0)
            Hold(revealed);
        session.Settle();
    }

    private static Statement Bind(Statement statement, List<Key> sought) =>
        statement.BindAll(sought.Select(k => k.Kind)).BindAll(sought.Select(k => k.Scope)).BindAll(sought.Select(k => k.Value));

    private void Claim(List<(long ChannelId, IntakeEntry.Understood Entry)> entries)
    {
        foreach ((long channelId, IntakeEntry.Understood entry) in entries)
            keys.Claimed(channelId, entry.Event.Key, isNew: false);
        claim.BindAll(entries.Select(e => e.ChannelId)).BindAll(entries.Select(e => e.Entry.Event.Key)).BindAll(entries.Select(e => e.Entry.MessageId))
            .Ask(columns => keys.Claimed(columns.Number(0), columns.Text(1), isNew: true));
    }

    private void Know(List<Key> sought) => Bind(know, sought).Ask(columns =>
    {
        Key key = sought[(int)columns.Number(0) - 1];
        if (columns.NumberOrNull(1) is { } id)
            Known(key, id, columns);
        else if (columns.Number(10) == 0 && key.Kind != KeyKinds.Phone) // whose other spellings are looked for, too
            session.Identities.AddAbsent(key, 1 + columns.Number(9));
    });

    // One row for each channel it is reached through.
    private void Known(Key key, long id, Columns columns)
    {
        KnownIdentity known = session.Identities.Find(key) ?? session.Identities.Add(key, new KnownIdentity
        {
            Id = id,
            Key = key,
            CustomerId = columns.Number(2),
            Generation = columns.Number(3),
            Assurance = (Assurance)columns.Number(4),
            Blocked = !columns.IsNull(5),
            Name = columns.TextOrNull(6),
        });
        if (columns.NumberOrNull(7) is { } channelId)
            known.Reaches = [.. known.Reaches, new KnownReach(channelId, columns.TextOrNull(8))];
    }

    private void Hold(List<Key> sought) => Bind(hold, sought).Ask(columns => session.Identities.AddAlias(
        sought[(int)columns.Number(0) - 1], columns.NumberOrNull(1) is { } id ? new HeldAlias(id, columns.Number(2)) : null));
}
