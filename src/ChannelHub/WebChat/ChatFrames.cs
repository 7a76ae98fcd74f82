using System.Text.Json;
using ChannelHub.Api;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Messages;
using ChannelHub.Events;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Events;
using ChannelHub.Storage.Messages;
using ChannelHub.Storage.WebChat;

namespace ChannelHub.WebChat;

/// <summary>Makes frames of a visitor's live stream. Those that carry an id move the visitor's position on; the others are of the moment.</summary>
internal sealed class ChatFrames(StreamCursor cursors)
{
    /// <summary>What an event of the log is to a visitor; null if it is nothing.</summary>
    public ChatFrame? Of(Session session, VisitorView view, EventRow row) => (EventType)row.Type switch
    {
        EventType.MessageReceived or EventType.MessageUpdated or EventType.MessageDeleted or EventType.MessageSent or EventType.MessageUnconfirmed
            or EventType.AttachmentReady or EventType.AttachmentFailed => Message(session, view, row),
        EventType.MessageDelivered or EventType.MessageRead => Progress(session, view, row),
        EventType.MessageFailed => State(session, view, row),
        EventType.ConversationRead => Read(session, view, row),
        _ => null,
    };

    /// <summary>What the visitor has is not all there is: load it again.</summary>
    public ChatFrame Reset(Visitor visitor, long position) => Frame(visitor, position, "reset", new { });

    /// <summary>The session has ended; no position, since nobody goes on from here.</summary>
    public static ChatFrame Ended(string reason) => Moment("session", new { reason });

    /// <summary>The shop is writing.</summary>
    public static ChatFrame Typing { get; } = Moment("typing", new { typing = true });

    /// <summary>What the shop has read when a stream begins.</summary>
    public static ChatFrame? ReadBefore(Session session, VisitorView view) =>
        view.Identity is { } identity && VisitorThreadStore.ReadByShop(session, identity.Id) is { } id
            ? Moment("read", new { up_to = HubId.Format(IdPrefix.Message, id) })
            : null;

    /// <summary>A sign of life that moves the position on, so that a visitor who hears nothing for long need not load everything again.</summary>
    public byte[] Heartbeat(Visitor visitor, long position) =>
        System.Text.Encoding.ASCII.GetBytes($":\nid: {cursors.Encode(visitor.Channel.Id, position)}\n\n");

    private ChatFrame? Message(Session session, VisitorView view, EventRow row)
    {
        if (MessageIdOf(row) is not { } id || MessageStore.Find(session, id) is not { } message || !view.Shows(message))
            return null;
        bool news = message.Direction == 1 && message.ChannelId == view.Visitor.Channel.Id
            && (MessageState)message.State is MessageState.Sent or MessageState.Unconfirmed;
        ChatFrame frame = Frame(view.Visitor, row.Position, "message", view.Render(session, [message])[0]);
        return news ? frame with { Delivers = message.Id } : frame;
    }

    // On another channel the first that is heard of a message may be that it has arrived.
    private ChatFrame? Progress(Session session, VisitorView view, EventRow row) =>
        MessageIdOf(row) is { } id && MessageStore.Find(session, id) is { } message && message.ChannelId == view.Visitor.Channel.Id
            ? State(session, view, row)
            : Message(session, view, row);

    private ChatFrame? State(Session session, VisitorView view, EventRow row)
    {
        if (MessageIdOf(row) is not { } id || MessageStore.Find(session, id) is not { Direction: 1 } message || !view.Identities.Contains(message.IdentityId))
            return null;
        string state = ((EventType)row.Type switch
        {
            EventType.MessageDelivered => MessageState.Delivered,
            EventType.MessageRead => MessageState.Read,
            _ => MessageState.Failed,
        }).Name();
        return Frame(view.Visitor, row.Position, "state", new { message_id = HubId.Format(IdPrefix.Message, id), state });
    }

    // The shop may have read up to a message on a thread that this visitor does not see.
    private ChatFrame? Read(Session session, VisitorView view, EventRow row) =>
        MessageIdOf(row) is { } id && MessageStore.Find(session, id) is { } message && view.NewestUpTo(session, VisitorView.PositionOf(message)) is { } seen
            ? Frame(view.Visitor, row.Position, "read", new { up_to = HubId.Format(IdPrefix.Message, seen.Id) })
            : null;

    private static long? MessageIdOf(EventRow row)
    {
        if (row.MessageId is not null || row.Data is null)
            return row.MessageId;
        using JsonDocument data = JsonDocument.Parse(row.Data);
        foreach (string name in (ReadOnlySpan<string>)["up_to", "message_id"])
        {
            if (data.RootElement.ValueKind == JsonValueKind.Object && data.RootElement.TryGetProperty(name, out JsonElement value)
                && value.ValueKind == JsonValueKind.String && HubId.TryParse(IdPrefix.Message, value.GetString(), out long id))
                return id;
        }
        return null;
    }

    private ChatFrame Frame(Visitor visitor, long position, string type, object data) =>
        new(Sse.Frame(cursors.Encode(visitor.Channel.Id, position), type, Json(data)));

    private static ChatFrame Moment(string type, object data) => new(Sse.Frame(id: null, type, Json(data)));

    private static byte[] Json(object data) => JsonSerializer.SerializeToUtf8Bytes(data, ApiJson.Options);
}
