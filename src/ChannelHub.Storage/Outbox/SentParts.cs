using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;

namespace ChannelHub.Storage.Outbox;

/// <summary>The units of outgoing messages: their provider ids and states, which only move up within an attempt.</summary>
public static class SentParts
{
    private const string Columns = "message_id AS MessageId, idx, channel_id AS ChannelId, provider_id AS ProviderId, state, attempt, error";

    public static List<PartRow> Of(Session session, IReadOnlyCollection<long> messageIds) =>
        session.Query<PartRow>($"SELECT {Columns} FROM part WHERE message_id IN @messageIds ORDER BY message_id, idx", new { messageIds });

    public static PartRow? Find(Session session, long messageId, long index) =>
        session.Find<PartRow>($"SELECT {Columns} FROM part WHERE message_id = @messageId AND idx = @index", new { messageId, index });

    /// <summary>A provider's report. One that speaks of a unit whose send has not been answered yet is parked until it is.</summary>
    public static void Report(WriteSession session, long channelId, DeliveryReported report)
    {
        PartRow? part = ByHubId(session, channelId, report.Id.Value)
            ?? session.Find<PartRow>($"SELECT {Columns} FROM part WHERE channel_id = @channelId AND provider_id = @Value", new { channelId, report.Id.Value });
        string? error = report.Fault is { } fault ? Json(fault) : null;
        if (part is null)
        {
            session.Execute("INSERT INTO parked_report (channel_id, provider_id, state, error, at) VALUES (@channelId, @Value, @state, @error, @Now) ON CONFLICT DO NOTHING",
                new { channelId, report.Id.Value, state = (long)StateOf(report.State), error, session.Now });
            return;
        }
        Advance(session, part, StateOf(report.State), error, report.ProviderId?.Value);
    }

    /// <summary>A unit reached a state. A lower one changes nothing; a provider id is kept whenever it becomes known.</summary>
    public static void Advance(WriteSession session, PartRow part, MessageState reported, string? error, string? providerId)
    {
        MessageState next = DeliveryProgress.Advance((MessageState)part.State, reported);
        foreach (ParkedRow parked in providerId is null ? [] : TakeParked(session, part.ChannelId, providerId))
        {
            next = DeliveryProgress.Advance(next, (MessageState)parked.State);
            error ??= parked.Error;
        }
        if (next == (MessageState)part.State && (providerId is null || providerId == part.ProviderId))
            return;
        Set(session, part, next, next is MessageState.Failed or MessageState.Unconfirmed ? error ?? part.Error : null, providerId);
    }

    /// <summary>Sets a unit's state as decided, and the message's with it.</summary>
    public static void Set(WriteSession session, PartRow part, MessageState state, string? error, string? providerId = null)
    {
        session.Execute("""
            UPDATE part SET state = @state, error = @error, provider_id = coalesce(@providerId, provider_id), updated_at = @Now
            WHERE message_id = @MessageId AND idx = @Idx
            """, new { part.MessageId, part.Idx, state = (long)state, error, providerId, session.Now });
        ChannelStore.Count(session, part.ChannelId,
            sent: state == MessageState.Sent && part.State < (long)MessageState.Sent ? 1 : 0,
            failed: state == MessageState.Failed && part.State != (long)MessageState.Failed ? 1 : 0,
            unconfirmed: state == MessageState.Unconfirmed && part.State != (long)MessageState.Unconfirmed ? 1 : 0);
        Summarise(session, part.MessageId);
    }

    public static string Json(Fault fault) =>
        JsonSerializer.Serialize(new StoredFault(JsonNamingPolicy.SnakeCaseLower.ConvertName(fault.Kind.ToString()), fault.Detail), StoredJson.Default.StoredFault);

    public static string Json(string kind, string detail) => JsonSerializer.Serialize(new StoredFault(kind, detail), StoredJson.Default.StoredFault);

    /// <summary>A message shows its least advanced unit, and failed if any failed; each change of that is an event.</summary>
    private static void Summarise(WriteSession session, long messageId)
    {
        List<PartRow> parts = Of(session, [messageId]);
        MessageState state = MessageStates.OfParts(parts.Select(p => (MessageState)p.State));
        string? error = parts.Find(p => p.State == (long)state && p.Error is not null)?.Error;
        if (session.Execute("UPDATE message SET state = @state, error = @error WHERE id = @messageId AND (state <> @state OR coalesce(error, '') <> coalesce(@error, ''))",
            new { messageId, state = (long)state, error }) == 0)
            return;
        if (EventOf(state) is { } type)
            MessageStore.Append(session, type, MessageStore.Find(session, messageId)!, data: error);
    }

    private static List<ParkedRow> TakeParked(WriteSession session, long channelId, string providerId) => session.Query<ParkedRow>(
        "DELETE FROM parked_report WHERE channel_id = @channelId AND provider_id = @providerId RETURNING state, error", new { channelId, providerId });

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

/// <summary>A row of <c>part</c>.</summary>
public sealed record PartRow(long MessageId, long Idx, long ChannelId, string? ProviderId, long State, long Attempt, string? Error);

internal sealed record ParkedRow(long State, string? Error);
