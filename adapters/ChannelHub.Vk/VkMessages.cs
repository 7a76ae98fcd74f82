using System.Globalization;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Vk;

/// <summary>Events that are messages. Pure.</summary>
internal static class VkMessages
{
    public const string Groups = "group chats are not supported";

    public static VkRead New(VkHappening happening)
    {
        // Before 5.103 the message was the object itself.
        JsonElement message = happening.Object.Child("message") is { ValueKind: JsonValueKind.Object } wrapped ? wrapped : happening.Object;
        bool old = !happening.Object.Has("message");
        return message.Long("out") == 1 ? Echo(happening with { Object = message }) : Received(happening, message, old);
    }

    /// <summary>Whatever the community wrote: by this hub, by another program, or by an administrator in VK.</summary>
    public static VkRead Echo(VkHappening happening)
    {
        JsonElement message = happening.Object;
        if (NotOurs(message) is { } reason)
            return new Ignored(happening.Key, reason);
        if (IdOf(message) is not { } id)
            return new VkRead("peer_id or conversation_message_id is not a number");
        // Our own send, told from others by what we gave it. It may come before the send's own answer, or instead of a lost one.
        if (VkPayload.SendOf(message) is { } sent)
            return new DeliveryReported($"sent:{id.External}", new ExternalId(sent), DeliveryState.Sent) { ProviderId = id.External, At = Time(message, "date") };
        if (VkRandomId.IsOurs(message.Long("random_id") ?? 0))
            return new Ignored(happening.Key, "the echo of a message that this hub sent");
        return VkContent.Read(message, old: false) is { } parts
            ? new MessageEchoed(id.External, VkMessageId.SenderOf(id.Peer), parts) { At = Time(message, "date"), ReplyTo = Answered(message, id), Sequence = id.Number }
            : new VkRead("an attachment lacks what it must have");
    }

    public static VkRead Edit(VkHappening happening)
    {
        JsonElement message = happening.Object;
        bool outgoing = message.Long("out") == 1 || message.Long("from_id") < 0;
        if (outgoing && !message.Has("admin_author_id"))
            return new Ignored(happening.Key, "the echo of a change that a program made");
        string key = string.Create(CultureInfo.InvariantCulture, $"edit:{message.Long("peer_id")}:{message.Long("conversation_message_id")}:{message.Long("update_time")}");
        DateTimeOffset? at = Time(message, "update_time");
        if (outgoing)
            return NotOurs(message) is { } reason ? new Ignored(happening.Key, reason) : Outgoing(message, key, at);
        VkRead read = Received(happening, message, old: false);
        return read.Event is MessageReceived received
            ? new MessageChanged(key, received.Id, received.Parts) { At = at ?? received.At, AsReceived = received }
            : read;
    }

    private static VkRead Outgoing(JsonElement message, string key, DateTimeOffset? at) =>
        IdOf(message) is not { } id ? new VkRead("peer_id or conversation_message_id is not a number")
        : VkContent.Read(message, old: false) is { } parts ? new MessageChanged(key, id.External, parts) { At = at }
        : new VkRead("an attachment lacks what it must have");

    private static VkRead Received(VkHappening happening, JsonElement message, bool old)
    {
        if (NotOurs(message) is { } reason)
            return new Ignored(happening.Key, reason);
        if (message.Long("from_id") is not { } from)
            return new VkRead("from_id is not a number");
        if (!VkMessageId.IsUser(from))
            return new Ignored(happening.Key, "written by another community");
        if (message.Child("action").Text("type", 64) is { } action)
            return new Ignored(happening.Key, $"service message {action}");
        if (IdOf(message) is not { } id)
            return new VkRead("peer_id or conversation_message_id is not a number");
        if (VkContent.Read(message, old) is not { } parts)
            return new VkRead("an attachment lacks what it must have");
        return new MessageReceived(id.External, VkMessageId.SenderOf(from) with { Address = from == id.Peer ? null : id.Peer.ToString(CultureInfo.InvariantCulture) }, parts)
        {
            At = Time(message, "date"),
            ReplyTo = Answered(message, id),
            Sequence = id.Number,
            Metadata = VkContent.Metadata(message),
        };
    }

    private static string? NotOurs(JsonElement message) => message.Long("peer_id") switch
    {
        null => null,
        { } peer when VkMessageId.IsUser(peer) => null,
        < 0 => "a dialogue with another community",
        _ => Groups,
    };

    private static VkMessageId? IdOf(JsonElement message) =>
        VkEvents.User(message, "peer_id") is { } peer && message.Long("conversation_message_id") is { } number and > 0 ? new(peer, number) : null;

    private static ExternalId? Answered(JsonElement message, VkMessageId id) =>
        message.Child("reply_message").Long("conversation_message_id") is { } number and > 0 ? new VkMessageId(id.Peer, number).External : null;

    private static DateTimeOffset? Time(JsonElement message, string name) =>
        message.Long(name) is { } seconds and > 0 and <= 253_402_300_799 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
}
