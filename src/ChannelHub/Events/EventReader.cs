using ChannelHub.Api;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Messages;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Events;
using ChannelHub.Storage.Messages;

namespace ChannelHub.Events;

/// <summary>Renders events. A message event shows the revision, the state and the customer of its own time, whatever came after.</summary>
public sealed class EventReader(MessageReader messages)
{
    /// <summary>A filter never reads further than this in one go.</summary>
    public const int Window = 50_000;

    /// <summary>Events beyond a position up to the head, and where to go on.</summary>
    public EventPage Page(Session session, long after, long head, IReadOnlyList<long>? types, int limit)
    {
        long upTo = types is null ? head : Math.Min(head, after + Window);
        List<EventRow> rows = EventStore.Page(session, after, upTo, types, limit);
        return new EventPage(Render(session, rows), rows.Count == limit ? rows[^1].Position : Math.Max(after, upTo));
    }

    private List<EventShape> Render(Session session, List<EventRow> rows)
    {
        long[] ids = [.. rows.Where(r => EventTypes.IsMessage((EventType)r.Type)).Select(r => r.MessageId!.Value).Distinct()];
        List<MessageRow> found = ids.Length == 0 ? [] : MessageStore.FindAll(session, ids);
        Dictionary<long, MessageRow> byId = found.ToDictionary(m => m.Id);
        var around = Surroundings.Load(session, found);
        var shapes = new List<EventShape>(rows.Count);
        foreach (EventRow row in rows)
            shapes.Add(Render(session, row, byId, around));
        return shapes;
    }

    private EventShape Render(Session session, EventRow row, Dictionary<long, MessageRow> found, Surroundings around)
    {
        var type = (EventType)row.Type;
        return new EventShape
        {
            Position = row.Position,
            Id = HubId.Format(IdPrefix.Event, row.Position),
            Type = EventTypes.Name(type),
            At = ApiJson.Time(row.At),
            CustomerId = HubId.Format(IdPrefix.Customer, row.CustomerId),
            ConversationId = HubId.Format(IdPrefix.Conversation, row.CustomerId),
            Data = EventTypes.IsMessage(type) ? default : new RawJson(row.Data ?? "{}"),
            Message = EventTypes.IsMessage(type) ? Message(session, row, type, found[row.MessageId!.Value], around) : null,
        };
    }

    private MessageShape Message(Session session, EventRow row, EventType type, MessageRow message, Surroundings around)
    {
        long revision = row.Revision ?? 1;
        MessageRow then = message with
        {
            Revision = revision,
            EditedAt = revision > 1 ? message.EditedAt : null,
            DeletedAt = type == EventType.MessageDeleted ? message.DeletedAt : null,
            Reactions = 0,
        };
        return messages.Render(session, then, around, PartsRenderer.AtRevision(message, around, revision), StateThen(type), row.Data, row.CustomerId);
    }

    private static string? StateThen(EventType type) => type switch
    {
        EventType.MessageReceived => "received",
        EventType.MessageQueued => "queued",
        EventType.MessageSent => "sent",
        EventType.MessageDelivered => "delivered",
        EventType.MessageRead => "read",
        EventType.MessageFailed => "failed",
        EventType.MessageUnconfirmed => "unconfirmed",
        _ => null,
    };
}
