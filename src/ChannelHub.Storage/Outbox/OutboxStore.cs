using ChannelHub.Adapters;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Outbox;

/// <summary>
/// What is still to be sent. A lane is (channel, identity): only its first unit has a time at which it is due, and settling it gives the next one its
/// time. So what is due is found without looking at what waits behind.
/// </summary>
public static class OutboxStore
{
    /// <summary>The time of a unit that waits for another, or is being sent.</summary>
    public const long Never = long.MaxValue;

    internal const string EndLeasesOfTheGone = "UPDATE outbox SET lease_until = 0 WHERE lease_until > 0 AND leased_by NOT IN (SELECT run FROM node)";

    private const string Columns =
        "id, message_id AS MessageId, idx, channel_id AS ChannelId, identity_id AS IdentityId, due_at AS DueAt, lease_until AS LeaseUntil, attempt, tried_since AS TriedSince, aside";

    /// <summary>Gives the first unit of a lane its time, unless it has one or is being sent.</summary>
    public static void Promote(WriteSession session, long channelId, long identityId, long dueAt) => session.Units.Promote(channelId, identityId, dueAt);

    /// <summary>The units of a channel that have a time, the earliest first.</summary>
    public static List<OutboxRow> Due(Session session, long channelId, int limit) => session.Query<OutboxRow>(
        $"SELECT {Columns} FROM outbox WHERE channel_id = @channelId AND due_at < @Never ORDER BY due_at, id LIMIT @limit", new { channelId, Never, limit });

    /// <summary>
    /// Marks units as being sent, before their first byte leaves. What is no longer there, or was settled by a report meanwhile, is left out of the answer.
    /// </summary>
    public static List<OutboxRow> Lease(WriteSession session, IReadOnlyCollection<long> ids, long until)
    {
        List<OutboxRow> rows = session.Query<OutboxRow>(
            $"""
            UPDATE outbox SET lease_until = @until, leased_by = @Run, due_at = @Never, attempt = attempt + 1, tried_since = coalesce(tried_since, @Now)
            WHERE id IN @ids AND lease_until IS NULL AND due_at < @Never RETURNING {Columns}
            """, new { ids, until, Never, session.Now, session.Run });
        long[] leased = [.. rows.Select(row => row.Id)];
        HashSet<(long, long)> sendable = [.. session.Query<UnitKey>("""
            UPDATE part SET state = CASE WHEN state = @queued THEN @sending ELSE state END, updated_at = @Now
            WHERE (message_id, idx) IN (SELECT message_id, idx FROM outbox WHERE id IN @leased) AND state IN (@queued, @unconfirmed)
            RETURNING message_id AS MessageId, idx
            """, new { leased, session.Now, queued = (long)MessageState.Queued, sending = (long)MessageState.Sending, unconfirmed = (long)MessageState.Unconfirmed })
            .Select(unit => (unit.MessageId, unit.Idx))];
        session.Execute("""
            UPDATE message SET state = @sending WHERE state = @queued AND id IN (SELECT message_id FROM outbox WHERE id IN @leased)
              AND NOT EXISTS (SELECT 1 FROM part WHERE part.message_id = message.id AND part.state = @queued)
            """, new { leased, queued = (long)MessageState.Queued, sending = (long)MessageState.Sending });
        foreach (OutboxRow settled in rows.Where(row => !sendable.Contains((row.MessageId, row.Idx))))
            Remove(session, settled, session.Now);
        return [.. rows.Where(row => sendable.Contains((row.MessageId, row.Idx)))];
    }

    /// <summary>Moves the time of units that may not go yet.</summary>
    public static void Postpone(WriteSession session, IEnumerable<(long Id, long DueAt)> units)
    {
        foreach ((long id, long dueAt) in units)
            session.Execute("UPDATE outbox SET due_at = @dueAt WHERE id = @id AND lease_until IS NULL AND due_at < @Never", new { id, dueAt, Never });
    }

    /// <summary>
    /// A provider that did not answer does so again: what waits only for that may go now. What was told that it goes too fast still waits.
    /// </summary>
    public static void Release(WriteSession session, long channelId) => session.Execute(
        """
        UPDATE outbox SET due_at = @Now WHERE channel_id = @channelId AND due_at > @Now AND due_at < @Never AND lease_until IS NULL AND attempt > 0
          AND (aside = 1 OR EXISTS (SELECT 1 FROM part WHERE part.message_id = outbox.message_id AND part.idx = outbox.idx AND part.error LIKE @down))
        """, new { session.Now, channelId, Never, down = SentParts.LikeJson(FaultKind.ProviderDown) });

    /// <summary>Units whose lease has ended: nobody knows what became of them.</summary>
    public static List<OutboxRow> Expired(Session session, long now, int limit) =>
        session.Query<OutboxRow>($"SELECT {Columns} FROM outbox WHERE lease_until <= @now ORDER BY lease_until LIMIT @limit", new { now, limit });

    /// <summary>Ends the leases of nodes that are no more.</summary>
    public static int EndLeases(WriteSession session) => session.Execute(EndLeasesOfTheGone);

    /// <summary>The channels for which anything waits.</summary>
    public static List<long> Channels(Session session) => session.Query<long>("SELECT DISTINCT channel_id FROM outbox");

    /// <summary>Units of one channel that are not being sent.</summary>
    public static List<OutboxRow> Waiting(Session session, long channelId, int limit) => session.Query<OutboxRow>(
        $"SELECT {Columns} FROM outbox WHERE channel_id = @channelId AND lease_until IS NULL LIMIT @limit", new { channelId, limit });

    /// <summary>Units for one identity that are not being sent.</summary>
    public static List<OutboxRow> WaitingFor(Session session, long identityId) => session.Query<OutboxRow>($"""
        SELECT {Columns} FROM outbox WHERE identity_id = @identityId AND lease_until IS NULL AND channel_id IN (SELECT channel_id FROM reach WHERE identity_id = @identityId)
        ORDER BY id
        """, new { identityId });

    /// <summary>The units of a message that are still here.</summary>
    public static List<OutboxRow> OfMessage(Session session, long messageId) =>
        session.Query<OutboxRow>($"SELECT {Columns} FROM outbox WHERE message_id = @messageId ORDER BY idx", new { messageId });

    /// <summary>Takes a unit out of its lane, which goes on with the next one. False if it was not there, or is not as the caller saw it.</summary>
    internal static bool Remove(WriteSession session, OutboxRow unit, long nextDueAt)
    {
        if (!session.Units.Remove(unit.Id, unit.Attempt))
            return false;
        if (unit.Aside == 0)
            Promote(session, unit.ChannelId, unit.IdentityId, nextDueAt);
        return true;
    }

    /// <summary>Ends a unit's lease and gives it another time. False if the lease was no longer the caller's.</summary>
    internal static bool PutBack(WriteSession session, OutboxRow unit, long dueAt, long tries) => session.Execute(
        """
        UPDATE outbox SET lease_until = NULL, due_at = @dueAt, attempt = @tries, tried_since = CASE WHEN @tries = 0 THEN NULL ELSE tried_since END
        WHERE id = @Id AND attempt = @Attempt AND lease_until IS NOT NULL
        """, new { unit.Id, unit.Attempt, dueAt, tries }) == 1;

    /// <summary>Lets the lane go on without a unit that will be repeated beside it. False if the lease was no longer the caller's.</summary>
    internal static bool PutAside(WriteSession session, OutboxRow unit, long dueAt, long nextDueAt)
    {
        if (session.Execute(
            "UPDATE outbox SET lease_until = NULL, due_at = @dueAt, aside = 1 WHERE id = @Id AND attempt = @Attempt AND lease_until IS NOT NULL",
            new { unit.Id, unit.Attempt, dueAt }) == 0)
            return false;
        if (unit.Aside == 0)
            Promote(session, unit.ChannelId, unit.IdentityId, nextDueAt);
        return true;
    }
}

/// <summary>A row of <c>outbox</c>.</summary>
public sealed record OutboxRow(
    long Id, long MessageId, long Idx, long ChannelId, long IdentityId, long DueAt, long? LeaseUntil, long Attempt, long? TriedSince, long Aside);

internal sealed record UnitKey(long MessageId, long Idx);
