using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;

namespace ChannelHub.Storage.Outbox;

/// <summary>The units of outgoing messages: their provider ids and states, which only move up within an attempt.</summary>
public static class SentParts
{
    private const string Columns = "message_id AS MessageId, idx, channel_id AS ChannelId, provider_id AS ProviderId, state, attempt, error, updated_at AS UpdatedAt";

    public static List<PartRow> Of(Session session, IReadOnlyCollection<long> messageIds) =>
        session.Prepared($"SELECT {Columns} FROM part WHERE message_id {Session.In} ORDER BY message_id, idx").BindAll(messageIds).All(c => new PartRow(
            c.Number(0), c.Number(1), c.Number(2), c.TextOrNull(3), c.Number(4), c.Number(5), c.TextOrNull(6), c.Number(7)));

    public static PartRow? Find(Session session, long messageId, long index) =>
        session.Find<PartRow>($"SELECT {Columns} FROM part WHERE message_id = @messageId AND idx = @index", new { messageId, index });

    /// <summary>A provider's report. One that speaks of a unit whose send has not been answered yet is parked until it is.</summary>
    public static void Report(WriteSession session, long channelId, DeliveryReported report)
    {
        MessageState state = StateOf(report.State);
        string? error = report.Fault is { } fault ? Json(fault) : null;
        if (Reported(session, channelId, report.Id.Value) is { } part)
            Advance(session, part, state, error, report.ProviderId?.Value);
        else if (OfEarlierAttempt(session, channelId, report.Id.Value) is { } repeated)
            Advance(session, repeated, DeliveryProgress.AcrossAttempts((MessageState)repeated.State, [state]), error: null, providerId: null);
        else
            Park(session, channelId, report.Id.Value, state, error);
    }

    /// <summary>To whom the unit went that a report speaks of; null if it is not known.</summary>
    internal static long? RecipientOf(Session session, long channelId, DeliveryReported report) =>
        (Reported(session, channelId, report.Id.Value) ?? OfEarlierAttempt(session, channelId, report.Id.Value))
            is { } part ? MessageStore.Find(session, part.MessageId)?.IdentityId : null;

    /// <summary>
    /// A provider's report of everything that was sent to one customer up to a time. The time of a message is when it was queued, which is never after
    /// the provider had it. True, whether or not there was anything to move.
    /// </summary>
    public static bool ReportUpTo(WriteSession session, long channelId, long identityId, DeliveryState state, long upTo)
    {
        MessageState reached = StateOf(state);
        List<PartRow> parts = session.Query<PartRow>($"""
            SELECT {Columns} FROM part WHERE state IN (@sent, @delivered) AND state < @reached AND channel_id = @channelId AND message_id IN
              (SELECT id FROM message WHERE identity_id = @identityId AND occurred_at <= @upTo AND occurred_at > @from AND direction = 1)
            ORDER BY message_id, idx
            """, new
        {
            channelId,
            identityId,
            upTo,
            // Older ones have had their reports.
            from = upTo - (long)TimeSpan.FromDays(30).TotalMilliseconds,
            reached = (long)reached,
            sent = (long)MessageState.Sent,
            delivered = (long)MessageState.Delivered,
        });
        foreach (PartRow part in parts)
            Advance(session, part, reached, error: null, providerId: null);
        return true;
    }

    /// <summary>The unit that a report speaks of, by the hub's id or the provider's.</summary>
    public static PartRow? Reported(Session session, long channelId, string id) => ByHubId(session, channelId, id) ?? ByProviderId(session, channelId, id);

    /// <summary>A unit reached a state. A lower one changes nothing; a provider id is kept whenever it becomes known.</summary>
    public static void Advance(WriteSession session, PartRow part, MessageState reported, string? error, string? providerId)
    {
        MessageState next = DeliveryProgress.Advance((MessageState)part.State, reported);
        foreach (ParkedRow parked in providerId is null || !session.Units.HasParked(part.ChannelId, providerId) ? [] : TakeParked(session, part.ChannelId, providerId))
        {
            next = DeliveryProgress.Advance(next, (MessageState)parked.State);
            error ??= parked.Error;
        }
        if (next == (MessageState)part.State && (providerId is null || providerId == part.ProviderId))
            return;
        Set(session, part, next, next is MessageState.Failed or MessageState.Unconfirmed ? error ?? part.Error : null, providerId);
    }

    /// <summary>Sets a unit's state as decided, and the message's with it. What is left of a message of which a unit failed is not sent.</summary>
    public static void Set(WriteSession session, PartRow part, MessageState state, string? error, string? providerId = null)
    {
        if (providerId is not null && part.ProviderId is not null && providerId != part.ProviderId)
            RememberEarlier(session, part);
        session.Units.Set(part, state, error, providerId);
        Count(session, part, state);
        if (state == MessageState.Failed && part.State != (long)MessageState.Failed)
            FailRest(session, part);
        Summarise(session, part, state, error);
    }

    /// <summary>Takes back what is still queued of a message. False if nothing is.</summary>
    public static bool Cancel(WriteSession session, MessageRow message)
    {
        List<OutboxRow> waiting = [.. OutboxStore.OfMessage(session, message.Id).Where(row => row.LeaseUntil is null && row.Aside == 0)];
        if (message.State != (long)MessageState.Queued || waiting.Count == 0)
            return false;
        foreach (OutboxRow unit in waiting)
        {
            OutboxStore.Remove(session, unit, session.Now);
            if (Find(session, unit.MessageId, unit.Idx) is { } part)
                Advance(session, part, MessageState.Cancelled, error: null, providerId: null);
        }
        MessageStore.Append(session, EventType.MessageUpdated, message);
        return true;
    }

    /// <summary>A person says what became of the units that nobody knows about. False if there are none.</summary>
    public static bool Settle(WriteSession session, MessageRow message, SettledAs settled)
    {
        List<PartRow> open = [.. Of(session, [message.Id]).Where(part => part.State == (long)MessageState.Unconfirmed)];
        foreach (PartRow part in open)
        {
            foreach (OutboxRow repeated in OutboxStore.OfMessage(session, message.Id).Where(row => row.Idx == part.Idx))
                OutboxStore.Remove(session, repeated, session.Now);
            if (settled == SettledAs.Sent)
                Advance(session, part, MessageState.Sent, error: null, providerId: null);
            else if (settled == SettledAs.Failed)
                Advance(session, part, MessageState.Failed, Json("settled", "A person settled it as failed."), providerId: null);
            else
                Resend(session, part, message.IdentityId);
        }
        if (open.Count > 0 && settled == SettledAs.Resend)
            MessageStore.Append(session, EventType.MessageQueued, message);
        return open.Count > 0;
    }

    public static string Json(Fault fault) =>
        JsonSerializer.Serialize(new StoredFault(JsonNamingPolicy.SnakeCaseLower.ConvertName(fault.Kind.ToString()), fault.Detail), StoredJson.Default.StoredFault);

    /// <summary>What every fault of a kind looks like where it is stored, for LIKE.</summary>
    internal static string LikeJson(FaultKind kind) => Json(new Fault(kind, "")).Replace("\"\"}", "%", StringComparison.Ordinal);

    public static string Json(string kind, string detail) => JsonSerializer.Serialize(new StoredFault(kind, detail), StoredJson.Default.StoredFault);

    /// <summary>A message shows its least advanced unit, and failed if any failed; each change of that is an event.</summary>
    private static void Summarise(WriteSession session, PartRow changed, MessageState state, string? error)
    {
        // Nearly every message is one unit, and then there is nothing to compare.
        if (session.Units.Count(changed.MessageId) > 1)
        {
            List<PartRow> parts = Of(session, [changed.MessageId]);
            state = MessageStates.OfParts(parts.Select(p => (MessageState)p.State));
            error = parts.Find(p => p.State == (long)state && p.Error is not null)?.Error;
        }
        if (session.Units.Summarise(changed.MessageId, state, error) is { } message && EventOf(state) is { } type)
            session.Append(type, session.Now, message.IdentityId, message.CustomerId, changed.MessageId, message.Revision, error);
    }

    private static void Count(WriteSession session, PartRow part, MessageState state)
    {
        bool sent = state is MessageState.Sent or MessageState.Delivered or MessageState.Read && part.State < (long)MessageState.Sent;
        bool failed = state == MessageState.Failed && part.State != (long)MessageState.Failed;
        bool unconfirmed = state == MessageState.Unconfirmed && part.State != (long)MessageState.Unconfirmed;
        if (sent || failed || unconfirmed)
            session.Units.Tally(part.ChannelId, sent ? 1 : 0, failed ? 1 : 0, unconfirmed ? 1 : 0);
    }

    /// <summary>Opens a new attempt. Good news of the earlier one still counts.</summary>
    private static void Resend(WriteSession session, PartRow part, long identityId)
    {
        session.Units.AddRow(part.MessageId, part.Idx, part.ChannelId, identityId);
        session.Units.Promote(part.ChannelId, identityId, session.Now);
        session.Execute("UPDATE part SET attempt = attempt + 1 WHERE message_id = @MessageId AND idx = @Idx", new { part.MessageId, part.Idx });
        Set(session, part, MessageState.Queued, error: null);
    }

    private static void FailRest(WriteSession session, PartRow failed)
    {
        string error = Json("previous_part_failed", $"Part {failed.Idx} failed, so this one was not sent.");
        foreach (OutboxRow waiting in OutboxStore.OfMessage(session, failed.MessageId))
        {
            if (waiting.Idx <= failed.Idx || waiting.LeaseUntil is not null || waiting.Aside != 0 || !OutboxStore.Remove(session, waiting, session.Now))
                continue;
            session.Execute("UPDATE part SET state = @state, error = @error, updated_at = @Now WHERE message_id = @MessageId AND idx = @Idx",
                new { waiting.MessageId, waiting.Idx, state = (long)MessageState.Failed, error, session.Now });
            session.Units.Tally(waiting.ChannelId, sent: 0, failed: 1, unconfirmed: 0);
        }
    }

    private static void RememberEarlier(WriteSession session, PartRow part) => session.Execute("""
        INSERT INTO earlier_unit (channel_id, provider_id, message_id, idx) VALUES (@ChannelId, @ProviderId, @MessageId, @Idx) ON CONFLICT DO NOTHING
        """, new { part.ChannelId, part.ProviderId, part.MessageId, part.Idx });

    private static void Park(WriteSession session, long channelId, string providerId, MessageState state, string? error) => session.Execute(
        "INSERT INTO parked_report (channel_id, provider_id, state, error, at) VALUES (@channelId, @providerId, @state, @error, @Now) ON CONFLICT DO NOTHING",
        new { channelId, providerId, state = (long)state, error, session.Now });

    private static List<ParkedRow> TakeParked(WriteSession session, long channelId, string providerId) => session.Query<ParkedRow>(
        "DELETE FROM parked_report WHERE channel_id = @channelId AND provider_id = @providerId RETURNING state, error", new { channelId, providerId });

    private static PartRow? ByProviderId(Session session, long channelId, string providerId) => session.Find<PartRow>(
        $"SELECT {Columns} FROM part WHERE channel_id = @channelId AND provider_id = @providerId", new { channelId, providerId });

    private static PartRow? OfEarlierAttempt(Session session, long channelId, string providerId) => session.Find<PartRow>($"""
        SELECT {Columns} FROM part WHERE (message_id, idx) IN
          (SELECT message_id, idx FROM earlier_unit WHERE channel_id = @channelId AND provider_id = @providerId)
        """, new { channelId, providerId });

    private static PartRow? ByHubId(Session session, long channelId, string id)
    {
        int dot = id.LastIndexOf('.');
        return dot > 0 && HubId.TryParse(IdPrefix.Message, id[..dot], out long messageId) && int.TryParse(id.AsSpan(dot + 1), out int index)
            && Find(session, messageId, index) is { } part && part.ChannelId == channelId
                ? part
                : null;
    }

    private static MessageState StateOf(DeliveryState state) => state switch
    {
        DeliveryState.Sent => MessageState.Sent,
        DeliveryState.Failed => MessageState.Failed,
        DeliveryState.Delivered => MessageState.Delivered,
        _ => MessageState.Read,
    };

    private static EventType? EventOf(MessageState state) => state switch
    {
        MessageState.Sent => EventType.MessageSent,
        MessageState.Delivered => EventType.MessageDelivered,
        MessageState.Read => EventType.MessageRead,
        MessageState.Failed => EventType.MessageFailed,
        MessageState.Unconfirmed => EventType.MessageUnconfirmed,
        _ => null,
    };
}

/// <summary>What a person says of a unit that nobody knows about.</summary>
public enum SettledAs
{
    /// <summary>It arrived.</summary>
    Sent,

    /// <summary>It did not.</summary>
    Failed,

    /// <summary>It is to be sent again, even if it may then arrive twice.</summary>
    Resend,
}

/// <summary>A row of <c>part</c>.</summary>
public sealed record PartRow(long MessageId, long Idx, long ChannelId, string? ProviderId, long State, long Attempt, string? Error, long UpdatedAt);

internal sealed record ParkedRow(long State, string? Error);
