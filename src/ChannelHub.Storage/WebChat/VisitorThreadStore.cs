using ChannelHub.Core.Messages;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Events;
using ChannelHub.Storage.Messages;
using ChannelHub.Storage.Outbox;

namespace ChannelHub.Storage.WebChat;

/// <summary>What the live chat asks of threads and of the log beside what the API asks.</summary>
public static class VisitorThreadStore
{
    // Read marks only move on: older messages than the newest read one are read. This is how far back a first mark reaches.
    private const int MostMarked = 500;

    /// <summary>The message that a channel's event key made.</summary>
    public static long? MessageOf(Session session, long channelId, string key) =>
        session.Find<long?>("SELECT message_id FROM event_key WHERE channel_id = @channelId AND key = @key", new { channelId, key });

    /// <summary>How many messages stand at the end of an identity's thread without an answer, counted up to a limit.</summary>
    public static int Unanswered(Session session, long identityId, long since, int limit)
    {
        List<long> directions = session.Query<long>("""
            SELECT direction FROM message WHERE identity_id = @identityId AND occurred_at > @since ORDER BY occurred_at DESC, sequence DESC, id DESC LIMIT @limit
            """, new { identityId, since, limit });
        int answered = directions.IndexOf((long)Ingest.Direction.Out);
        return answered < 0 ? directions.Count : answered;
    }

    /// <summary>What was sent to some identities by one channel up to a place in the thread and has not been read yet, newest first.</summary>
    public static List<long> UnreadUpTo(Session session, long channelId, IEnumerable<long> identityIds, ThreadPosition upTo)
    {
        var unread = new List<long>();
        foreach (long identityId in identityIds)
        {
            List<StateRow> sent = session.Query<StateRow>("""
                SELECT id, state FROM message WHERE identity_id = @identityId AND channel_id = @channelId AND direction = 1
                  AND (occurred_at, sequence, id) <= (@OccurredAt, @Sequence, @Id) ORDER BY occurred_at DESC, sequence DESC, id DESC LIMIT @MostMarked
                """, new { identityId, channelId, upTo.OccurredAt, upTo.Sequence, upTo.Id, MostMarked });
            unread.AddRange(sent.TakeWhile(row => row.State != (long)MessageState.Read).Where(row => WasSent(row.State)).Select(row => row.Id));
        }
        return unread;
    }

    /// <summary>The visitor has, or has seen, what was sent in some messages.</summary>
    public static void Advance(WriteSession session, IReadOnlyCollection<long> messageIds, MessageState reached)
    {
        foreach (PartRow part in SentParts.Of(session, messageIds).Where(part => WasSent(part.State)))
            SentParts.Advance(session, part, reached, error: null, providerId: null);
    }

    /// <summary>The newest message of an identity's own thread that the customer wrote, if the shop has read everything there; else null.</summary>
    public static long? ReadByShop(Session session, long identityId) => session.Find<long?>("""
        SELECT id FROM message WHERE identity_id = @identityId AND direction = 0
          AND EXISTS (SELECT 1 FROM activity WHERE identity_id = @identityId AND unread = 0)
        ORDER BY occurred_at DESC, sequence DESC, id DESC LIMIT 1
        """, new { identityId });

    /// <summary>What the log says of some identities and of their customer between two positions, oldest first.</summary>
    public static List<EventRow> Events(Session session, long after, long upTo, IReadOnlyCollection<long> identityIds, long customerId) => session.Prepared($"""
        SELECT {EventStore.Columns} FROM event WHERE position > ? AND position <= ? AND (identity_id {Session.In} OR customer_id = ?) ORDER BY position
        """).Bind(after).Bind(upTo).BindAll(identityIds).Bind(customerId).All(EventRow.Read);

    // Whatever a send is doing, a report that is not about it must not touch it.
    private static bool WasSent(long state) => (MessageState)state is MessageState.Unconfirmed or MessageState.Sent or MessageState.Delivered;
}

internal sealed record StateRow(long Id, long State);
