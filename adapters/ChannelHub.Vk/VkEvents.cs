using System.Security.Cryptography;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Vk;

/// <summary>One event of VK, pushed or polled. Pure and total.</summary>
internal static class VkEvents
{
    /// <summary>What we ask VK for.</summary>
    public static readonly string[] Asked =
    [
        "message_new", "message_reply", "message_edit", "message_allow", "message_deny", "message_event", "message_read", "message_typing_state",
        "message_reaction_event", "market_order_new", "market_order_edit",
    ];

    public static Received Parse(AuthenticInput input, VkSettings settings, string? confirmation)
    {
        using JsonDocument? document = ProviderJson.TryParse(input.Body);
        if (document is null)
            return new(new Entry.Unreadable(input.Body, "not JSON"));
        JsonElement body = document.RootElement;
        if (body.Id("type", 64) is not { } type)
            return new(new Entry.Unreadable(input.Body, "type is not a word"));
        bool ours = settings.GroupId is not { } group || body.Long("group_id") == group;
        if (type == "confirmation" && ours)
            return new([], Confirm(confirmation));
        string key = KeyOf(body, type, input);
        if (!ours)
            return new(new Ignored(key, "an event of another community"));
        VkRead read = Read(new VkHappening(body, body.Child("object"), type, key, input.ReceivedAt));
        return new(read.Event is { } happened ? happened : new Entry.Unreadable(input.Body, read.Broken));
    }

    /// <summary>Answers nothing but the code, and nothing that VK could take for another word.</summary>
    private static HookReply Confirm(string? code) => string.IsNullOrEmpty(code)
        ? HookReply.Text("no code yet", status: 503)
        : HookReply.Text(code);

    private static VkRead Read(VkHappening happening) => happening.Type switch
    {
        "message_new" => VkMessages.New(happening),
        "message_reply" => VkMessages.Echo(happening),
        "message_edit" => VkMessages.Edit(happening),
        "message_allow" => Subscription(happening, optedOut: false),
        "message_deny" => Subscription(happening, optedOut: true),
        "message_event" => Press(happening),
        "message_read" => Seen(happening),
        "message_typing_state" => Typing(happening),
        "message_reaction_event" => Reaction(happening),
        "market_order_new" or "market_order_edit" => VkOrders.Read(happening),
        var other => new Ignored(happening.Key, $"events of kind {CleanText.Truncate(other, 64)} are not supported"),
    };

    private static VkRead Subscription(VkHappening happening, bool optedOut) =>
        User(happening.Object, "user_id") is { } user
            ? new SubscriptionChanged(happening.Key, VkMessageId.SenderOf(user), optedOut)
            : new VkRead("user_id is not the id of a user");

    // A button of the kind that reports to the program instead of writing; other programs of the community send such.
    private static VkRead Press(VkHappening happening)
    {
        if (User(happening.Object, "user_id") is not { } user || happening.Object.Id("event_id", 200) is not { } id)
            return new VkRead("user_id or event_id is missing");
        if (happening.Object.Long("peer_id") is { } peer && !VkMessageId.IsUser(peer))
            return new Ignored(happening.Key, VkMessages.Groups);
        JsonElement payload = happening.Object.Get("payload");
        string press = payload.ValueKind == JsonValueKind.Undefined ? "" : VkPayload.ButtonOf(payload) ?? CleanText.Truncate(payload.GetRawText(), 256);
        return new MessageReceived(new ExternalId($"c:{id}"), VkMessageId.SenderOf(user), [new ReplyPart(press.Length == 0 ? "empty" : press, Label: null)])
        {
            ReplyTo = happening.Object.Long("conversation_message_id") is { } number and > 0 ? new VkMessageId(user, number).External : null,
        };
    }

    private static VkRead Seen(VkHappening happening)
    {
        if (User(happening.Object, "peer_id") is not { } peer)
            return new Ignored(happening.Key, VkMessages.Groups);
        if (happening.Object.Long("from_id") is not { } from)
            return new VkRead("from_id is not a number");
        if (from != peer)
            return new Ignored(happening.Key, "an administrator of the community has read the dialogue");
        return happening.Object.Long("conversation_message_id") is { } number and > 0
            ? new ThreadReported(happening.Key, VkMessageId.SenderOf(peer), DeliveryState.Read) { LastId = new VkMessageId(peer, number).External }
            : new Ignored(happening.Key, "a read mark that does not say in the dialogue's own numbers how far");
    }

    private static VkRead Typing(VkHappening happening) =>
        happening.Object.Long("from_id") is not { } from ? new VkRead("from_id is not a number")
        : VkMessageId.IsUser(from) ? new TypingChanged(happening.Key, VkMessageId.SenderOf(from), happening.Object.Text("state", 16) == "typing")
        : new Ignored(happening.Key, "the community itself is typing");

    private static VkRead Reaction(VkHappening happening)
    {
        if (happening.Object.Long("cmid") is not { } number || happening.Object.Long("peer_id") is not { } peer || happening.Object.Long("reacted_id") is not { } from)
            return new VkRead("cmid, peer_id or reacted_id is not a number");
        if (!VkMessageId.IsUser(peer))
            return new Ignored(happening.Key, VkMessages.Groups);
        if (!VkMessageId.IsUser(from))
            return new Ignored(happening.Key, "the community's own reaction");
        string[] reactions = happening.Object.Long("reaction_id") is { } reaction ? [VkReactions.SignOf(reaction)] : [];
        return new ReactionChanged(happening.Key, new VkMessageId(peer, number).External, VkMessageId.SenderOf(from), reactions);
    }

    internal static long? User(JsonElement parent, string name) => parent.Long(name) is { } user && VkMessageId.IsUser(user) ? user : null;

    // Older events carry no id of their own; then what they say is what tells them apart.
    private static string KeyOf(JsonElement body, string type, AuthenticInput input) =>
        body.Id("event_id", 128) is { } id ? $"e:{id}" : $"{type}:{Convert.ToHexStringLower(SHA256.HashData(input.Body.Span).AsSpan(0, 16))}";
}

/// <summary>One event on its way through the adapter.</summary>
/// <param name="Body">The whole event.</param>
/// <param name="Object">What it speaks of.</param>
/// <param name="Type">Its kind.</param>
/// <param name="Key">Its key, where it is not a message.</param>
/// <param name="ReceivedAt">When it came.</param>
internal sealed record VkHappening(JsonElement Body, JsonElement Object, string Type, string Key, DateTimeOffset ReceivedAt);

/// <summary>What reading gave: an event, or what was wrong.</summary>
internal sealed record VkRead(ChannelEvent? Event, string Broken)
{
    public VkRead(string broken) : this(null, broken) { }

    public static implicit operator VkRead(ChannelEvent happened) => new(happened, "");
}
