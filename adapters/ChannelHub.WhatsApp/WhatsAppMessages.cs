using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Meta.Graph;

namespace ChannelHub.WhatsApp;

/// <summary>Messages, echoes, calls and wishes of customers, each as one entry. Pure.</summary>
internal sealed class WhatsAppMessages(WhatsAppSenders senders)
{
    private const string Groups = "group chats are not supported";

    public Entry Read(JsonElement message, JsonElement value, bool isStandby, string ignoredKey)
    {
        var shape = new GraphShape();
        if (message.Has("group_id"))
            return new Ignored(ignoredKey, Groups);
        string id = shape.Id(message, "id", 200);
        string type = shape.Text(message, "type", 64);
        if (type == "request_welcome")
            return new Ignored(ignoredKey, "the customer opened an empty chat");
        if (type == "system")
            return System(message, id, ignoredKey, shape);
        Sender sender = senders.Read(message, value, shape);
        ChannelEvent read = type switch
        {
            "edit" => Edit(message, id, original => Received(original, message.Child("edit").Child("message"), sender, message, shape), shape),
            "revoke" => new MessageRemoved(id, Original(message, "revoke", shape)) { At = GraphShape.Time(message, "timestamp") },
            "reaction" => Reaction(message, id, sender, shape),
            _ => WithMetadata(Received(new ExternalId(id), message, sender, message, shape), message, isStandby),
        };
        return shape.Entry(message, read);
    }

    /// <summary>What the shop's owner wrote in the phone's own app. The direction is the field's, whatever <c>from</c> and <c>to</c> say.</summary>
    public Entry Echo(JsonElement message, string ignoredKey)
    {
        var shape = new GraphShape();
        if (message.Has("group_id"))
            return new Ignored(ignoredKey, Groups);
        string id = shape.Id(message, "id", 200);
        string type = shape.Text(message, "type", 64);
        if (type == "revoke")
            return shape.Entry(message, new MessageRemoved(id, Original(message, "revoke", shape)) { At = GraphShape.Time(message, "timestamp") });
        if (type == "edit")
            return shape.Entry(message, Edit(message, id, asReceived: null, shape));
        if (type == "reaction")
            return new Ignored(ignoredKey, "a reaction of the shop's own");
        Sender recipient = senders.Read(message.Text("to", 160), message.Text("to_user_id", 160), default, shape);
        return shape.Entry(message, new MessageEchoed(new ExternalId(id), recipient, WhatsAppContent.Read(message, shape))
        {
            At = GraphShape.Time(message, "timestamp"),
            ReplyTo = WhatsAppContent.Quoted(message),
        });
    }

    /// <summary>A customer's call is shown when it is over; answering needs a telephone, which the hub is not.</summary>
    public Entry Call(JsonElement call, JsonElement value, string ignoredKey)
    {
        var shape = new GraphShape();
        if (call.Text("event", 32) is not "terminate")
            return new Ignored(ignoredKey, "a call that is not over");
        if (call.Text("direction", 32) == "BUSINESS_INITIATED")
            return new Ignored(ignoredKey, "a call of the shop's own");
        string id = shape.Id(call, "id", 200);
        Sender sender = senders.Read(call.Text("from", 160), call.Text("from_user_id", 160), value, shape);
        long? seconds = call.Long("duration") is { } told and >= 0 ? told : null;
        var part = new CallPart(seconds > 0 || call.Text("status", 64) == "COMPLETED" ? CallStatus.Completed : CallStatus.Missed) { DurationSeconds = seconds };
        return shape.Entry(call, new MessageReceived(new ExternalId(id), sender, [part])
        {
            At = GraphShape.Time(call, "timestamp") ?? GraphShape.Time(call, "end_time"),
        });
    }

    /// <summary>Marketing is all that a customer can switch off by itself; answers to what they ask still go out.</summary>
    public Entry Preference(JsonElement preference, JsonElement value, string ignoredKey)
    {
        var shape = new GraphShape();
        string wish = shape.Text(preference, "value", 32);
        string category = shape.Text(preference, "category", 32);
        if (wish is not ("stop" or "resume" or "signup") && shape.Broken is null)
            return new Ignored(ignoredKey, $"preferences of value {wish} are not supported");
        Sender sender = senders.Read(preference.Text("wa_id", 160), preference.Text("user_id", 160), value, shape);
        DateTimeOffset? at = GraphShape.Time(preference, "timestamp");
        string key = $"preference:{sender.Key.Value}:{category}:{wish}:{at?.ToUnixTimeSeconds()}";
        return shape.Entry(preference, new SubscriptionChanged(key, sender, wish == "stop") { At = at, Only = category == "marketing_messages" ? "marketing" : category });
    }

    private static MessageReceived Received(ExternalId id, JsonElement content, Sender sender, JsonElement message, GraphShape shape) =>
        new(id, sender, WhatsAppContent.Read(content, shape)) { At = GraphShape.Time(message, "timestamp"), ReplyTo = WhatsAppContent.Quoted(content) };

    private static MessageReceived WithMetadata(MessageReceived received, JsonElement message, bool isStandby)
    {
        Dictionary<string, string>? facts = WhatsAppContent.Metadata(message);
        // Another program owns the thread: what comes is shown, and nobody should answer by themselves.
        GraphShape.Note(ref facts, "standby", isStandby ? "true" : null);
        return received with { Metadata = facts };
    }

    private static MessageChanged Edit(JsonElement message, string id, Func<ExternalId, MessageReceived>? asReceived, GraphShape shape)
    {
        ExternalId original = Original(message, "edit", shape);
        MessageReceived? received = asReceived?.Invoke(original);
        IReadOnlyList<Part> parts = received?.Parts ?? WhatsAppContent.Read(shape.Object(message.Child("edit"), "message"), shape);
        return new MessageChanged(id, original, parts) { At = GraphShape.Time(message, "timestamp"), AsReceived = received };
    }

    private static ReactionChanged Reaction(JsonElement message, string id, Sender sender, GraphShape shape)
    {
        JsonElement reaction = shape.Object(message, "reaction");
        // Taken back: the emoji is empty or not there at all.
        string[] reactions = reaction.Text("emoji", 64) is { Length: > 0 } emoji ? [emoji] : [];
        return new ReactionChanged(id, new ExternalId(shape.Id(reaction, "message_id")), sender, reactions) { At = GraphShape.Time(message, "timestamp") };
    }

    private Entry System(JsonElement message, string id, string ignoredKey, GraphShape shape)
    {
        JsonElement system = shape.Object(message, "system");
        string type = system.Text("type", 64) ?? "unknown";
        if (type is not ("user_changed_number" or "user_changed_user_id"))
            return shape.Broken is null ? new Ignored(ignoredKey, $"system message {type}") : GraphShape.Unreadable(message, shape.Broken);
        Sender sender = senders.Renamed(message, system, shape);
        return shape.Entry(message, new AliasLearned(id, sender)
        {
            At = GraphShape.Time(message, "timestamp"),
            // Numbers are given out again: whoever gets the old one next is somebody else.
            GivenUp = type == "user_changed_number" && sender is { Key.Kind: KeyKinds.Phone, Learned: [{ Key.Kind: KeyKinds.Phone }, ..] } ? sender.Key : null,
        });
    }

    private static ExternalId Original(JsonElement message, string type, GraphShape shape) =>
        new(shape.Id(shape.Object(message, type), "original_message_id"));
}
