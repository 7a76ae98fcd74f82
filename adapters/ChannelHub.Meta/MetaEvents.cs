using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Meta.Graph;

namespace ChannelHub.Meta;

/// <summary>One thing that happened in a thread, as entries; only a report of deliveries is more than one. Pure.</summary>
internal sealed class MetaEvents(MetaProduct product, string account)
{
    // Of which app has the thread; what the customer says is another event.
    private static readonly string[] Handovers =
        ["pass_thread_control", "take_thread_control", "request_thread_control", "release_thread_control", "extend_thread_control", "app_roles", "thread_owner"];

    public IEnumerable<Entry> Read(JsonElement happening, bool isStandby, string ignoredKey)
    {
        if (happening.ValueKind != JsonValueKind.Object)
            return [GraphShape.Unreadable(happening, "the event is not an object")];
        JsonElement message = happening.Child("message");
        if (happening.Has("delivery") || happening.Has("read"))
            return Receipts(happening, ignoredKey);
        if (message.IsTrue("is_echo"))
            return [Echo(happening, message)];
        if (happening.Child("sender").Text("id") == account)
            return [new Ignored(ignoredKey, "the shop's own doing")];
        if (happening.Child("optin").Has("user_ref") && !happening.Child("sender").Has("id"))
            return [new Ignored(ignoredKey, "an opt-in of somebody who has no id yet")];
        if (Handovers.FirstOrDefault(name => happening.Has(name)) is { } handover)
            return [new Ignored(ignoredKey, $"{handover} says nothing of the customer")];
        var shape = new GraphShape();
        return [shape.Entry(happening, Event(happening, message, isStandby, ignoredKey, shape))];
    }

    private ChannelEvent Event(JsonElement happening, JsonElement message, bool isStandby, string ignoredKey, GraphShape shape)
    {
        Sender sender = Customer(happening, "sender", shape);
        if (happening.Has("message"))
            return Message(happening, message, sender, isStandby, shape);
        if (happening.Has("message_edit"))
            return Edit(happening, sender, shape);
        if (happening.Has("postback"))
            return Postback(happening, sender, isStandby, shape);
        if (happening.Has("reaction"))
            return Reaction(happening, sender, shape);
        foreach (string kind in (string[])["referral", "optin", "order", "appointment_booking"])
        {
            // No words, and yet something that an agent wants to see; it also opens the window.
            if (happening.Child(kind) is { ValueKind: JsonValueKind.Object } said)
                return new MessageReceived(Made(kind, happening), sender, [new UnsupportedPart(kind)]) { At = At(happening), Metadata = MetaContent.Facts(happening, said, isStandby) };
        }
        string? unknown = happening.EnumerateObject().Select(member => member.Name).FirstOrDefault(name => name is not ("sender" or "recipient" or "timestamp"));
        return new Ignored(ignoredKey, unknown is null ? "an event without content" : $"events of kind {CleanText.Truncate(unknown, 64)} are not supported");
    }

    private static ChannelEvent Message(JsonElement happening, JsonElement message, Sender sender, bool isStandby, GraphShape shape)
    {
        string id = shape.Id(shape.Object(happening, "message"), "mid", 240);
        if (message.IsTrue("is_deleted"))
            return new MessageRemoved($"deleted:{id}", new ExternalId(id)) { At = At(happening) };
        return new MessageReceived(new ExternalId(id), sender, MetaContent.Read(message))
        {
            At = At(happening),
            ReplyTo = message.Child("reply_to").Id("mid", 240) is { } quoted ? new ExternalId(quoted) : null,
            Metadata = MetaContent.Facts(happening, message, isStandby),
        };
    }

    private static MessageChanged Edit(JsonElement happening, Sender sender, GraphShape shape)
    {
        JsonElement edit = shape.Object(happening, "message_edit");
        string id = shape.Id(edit, "mid", 220);
        IReadOnlyList<Part> parts = [new TextPart(shape.Text(edit, "text"))];
        string number = (edit.Long("num_edit") ?? happening.Long("timestamp") ?? 0).ToString(CultureInfo.InvariantCulture);
        return new MessageChanged($"edit:{number}:{id}", new ExternalId(id), parts)
        {
            At = At(happening),
            AsReceived = new MessageReceived(new ExternalId(id), sender, parts) { At = At(happening) },
        };
    }

    // In standby a postback has no payload.
    private static MessageReceived Postback(JsonElement happening, Sender sender, bool isStandby, GraphShape shape)
    {
        JsonElement postback = shape.Object(happening, "postback");
        string? title = postback.Text("title", 256);
        return new MessageReceived(postback.Id("mid", 240) is { } id ? new ExternalId(id) : Made("postback", happening), sender,
            [new ReplyPart(postback.Text("payload", 1024) ?? title ?? "", title)])
        {
            At = At(happening),
            Metadata = MetaContent.Facts(happening, postback, isStandby),
        };
    }

    private static ReactionChanged Reaction(JsonElement happening, Sender sender, GraphShape shape)
    {
        JsonElement reaction = shape.Object(happening, "reaction");
        string id = shape.Id(reaction, "mid", 240);
        bool taken = shape.Text(reaction, "action", 32) == "unreact";
        string name = reaction.Text("emoji", 64) is { Length: > 0 } emoji ? emoji : $"custom:{reaction.Text("reaction", 32) ?? "other"}";
        return new ReactionChanged(Made("reaction", happening).Value, new ExternalId(id), sender, taken ? [] : [name]) { At = At(happening) };
    }

    /// <summary>
    /// Whatever is sent from the account comes back, what the hub sent too. That brings its own key, which settles a send that nobody answered and is
    /// no message of its own.
    /// </summary>
    private Entry Echo(JsonElement happening, JsonElement message)
    {
        var shape = new GraphShape();
        string id = shape.Id(message, "mid", 240);
        if (message.Text("metadata", 64) is { } key && key.StartsWith("msg_", StringComparison.Ordinal) && key.Contains('.', StringComparison.Ordinal))
        {
            return shape.Entry(happening, new DeliveryReported($"echo:{id}", new ExternalId(key), DeliveryState.Sent)
            {
                At = At(happening),
                ProviderId = new ExternalId(id),
            });
        }
        Sender recipient = Customer(happening, "recipient", shape);
        if (message.IsTrue("is_deleted"))
            return shape.Entry(happening, new MessageRemoved($"deleted:{id}", new ExternalId(id)) { At = At(happening) });
        return shape.Entry(happening, new MessageEchoed(new ExternalId(id), recipient, MetaContent.Read(message))
        {
            At = At(happening),
            ReplyTo = message.Child("reply_to").Id("mid", 240) is { } quoted ? new ExternalId(quoted) : null,
        });
    }

    // Pages speak of everything up to a time, Instagram of everything up to a message; what is named one by one comes along.
    private IEnumerable<Entry> Receipts(JsonElement happening, string ignoredKey)
    {
        bool isRead = happening.Has("read");
        JsonElement said = happening.Child(isRead ? "read" : "delivery");
        DeliveryState state = isRead ? DeliveryState.Read : DeliveryState.Delivered;
        string word = isRead ? "read" : "delivered";
        var shape = new GraphShape();
        if (happening.Child("sender").Text("id") == account)
            return [new Ignored(ignoredKey, "the shop's own doing")];
        Sender customer = Customer(happening, "sender", shape);
        var entries = new List<Entry>();
        foreach (JsonElement one in said.List("mids"))
        {
            if (one.ValueKind == JsonValueKind.String && one.GetString() is { Length: > 0 and <= 240 } mid)
                entries.Add(shape.Entry(happening, new DeliveryReported($"{word}:{mid}", new ExternalId(mid), state) { At = At(happening) }));
        }
        if (said.Id("mid", 240) is { } last)
            entries.Add(shape.Entry(happening, new ThreadReported($"{word}:up-to:{last}", customer, state) { At = At(happening), LastId = new ExternalId(last) }));
        else if (GraphShape.Time(said, "watermark") is { } upTo)
            entries.Add(shape.Entry(happening, new ThreadReported(
                $"{word}:{customer.Key.Value}:{upTo.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)}", customer, state) { At = At(happening), UpTo = upTo }));
        return entries.Count > 0 ? entries.DistinctBy(entry => entry is Entry.Understood understood ? understood.Event.Key : "") : [GraphShape.Unreadable(happening, $"{word} names nothing")];
    }

    private Sender Customer(JsonElement happening, string side, GraphShape shape) =>
        new(new Key(product.Kind, account, shape.Id(happening.Child(side), "id", 64) is { Length: > 0 } id ? id : "0"));

    private static DateTimeOffset? At(JsonElement happening) => GraphShape.Time(happening, "timestamp");

    // What has no id of its own is recognised by what it says; a redelivery says the same.
    private static ExternalId Made(string kind, JsonElement happening) =>
        new($"{kind}:{Convert.ToHexStringLower(SHA256.HashData(JsonMarshal.GetRawUtf8Value(happening)))}");
}
