using System.Globalization;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Telegram;

/// <summary>One update of the Bot API as an entry. Pure and total.</summary>
internal static class TelegramUpdates
{
    /// <summary>What we ask Telegram for. Leaving the list out would keep what an earlier program asked for.</summary>
    public static readonly string[] Allowed = ["message", "edited_message", "callback_query", "my_chat_member", "message_reaction"];

    private const string Groups = "group chats are not supported";

    public static Received Parse(AuthenticInput input)
    {
        try
        {
            using var document = JsonDocument.Parse(input.Body);
            var shape = new TelegramShape();
            ChannelEvent read = Read(document.RootElement, shape);
            return new(shape.Broken is { } reason ? new Entry.Unreadable(input.Body, reason) : read, input.Method == "PULL" ? null : Answer(document.RootElement));
        }
        catch (JsonException failure)
        {
            return new(new Entry.Unreadable(input.Body, $"not JSON: byte {failure.BytePositionInLine} of line {failure.LineNumber + 1}"));
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair in the name of a field makes JsonElement throw when it compares names.
            return new(new Entry.Unreadable(input.Body, "the name of a field is not text"));
        }
    }

    /// <summary>The id by which the press of a button is answered; null if the update is none.</summary>
    public static string? PressOf(JsonElement update) => update.Child("callback_query"u8).Text("id"u8);

    private static ChannelEvent Read(JsonElement update, TelegramShape shape)
    {
        string key = string.Create(CultureInfo.InvariantCulture, $"u:{shape.Long(update, "update_id"u8):D10}");
        if (shape.Broken is not null)
            return new Ignored(key, "");
        if (update.TryGetProperty("message"u8, out _))
            return Message(shape.Object(update, "message"u8), key, shape);
        if (update.TryGetProperty("edited_message"u8, out _))
            return Edit(shape.Object(update, "edited_message"u8), key, shape);
        if (update.TryGetProperty("callback_query"u8, out _))
            return Press(shape.Object(update, "callback_query"u8), key, shape);
        if (update.TryGetProperty("message_reaction"u8, out _))
            return Reaction(shape.Object(update, "message_reaction"u8), key, shape);
        if (update.TryGetProperty("my_chat_member"u8, out _))
            return Membership(shape.Object(update, "my_chat_member"u8), key, shape);
        string? kind = update.EnumerateObject().Select(TelegramJson.Name).FirstOrDefault(name => name != "update_id");
        return new Ignored(key, kind is null ? "an update without content" : $"updates of kind {kind} are not supported");
    }

    private static ChannelEvent Message(JsonElement message, string key, TelegramShape shape)
    {
        if (NotOurs(message, message.Child("from"u8), shape) is { } reason)
            return new Ignored(key, reason);
        JsonElement from = shape.Object(message, "from"u8);
        long chat = ChatOf(message, shape);
        long id = shape.Long(message, "message_id"u8);
        IReadOnlyList<Part> parts = TelegramContent.Read(message, shape);
        if (parts is [UnsupportedPart { Kind: var kind }, ..] && TelegramContent.IsService(kind))
            return new Ignored(key, $"service message {kind}");
        Sender sender = TelegramSenders.Read(from, chat, shape);
        return new MessageReceived(new TelegramMessageId(id, chat).External, TelegramSenders.WithOwnCard(sender, message), parts)
        {
            At = Time(message, "date"u8),
            ReplyTo = message.Child("reply_to_message"u8).Long("message_id"u8) is { } answered ? new TelegramMessageId(answered, chat).External : null,
            Group = message.Text("media_group_id"u8, 64),
            Sequence = id,
            Metadata = TelegramContent.Metadata(message, parts),
        };
    }

    private static ChannelEvent Edit(JsonElement message, string key, TelegramShape shape) => Message(message, key, shape) switch
    {
        MessageReceived received => new MessageChanged(key, received.Id, received.Parts) { At = Time(message, "edit_date"u8) ?? received.At, AsReceived = received },
        ChannelEvent ignored => ignored,
    };

    // The time of the press is not told; the message's own is that of the question.
    private static ChannelEvent Press(JsonElement press, string key, TelegramShape shape)
    {
        string id = shape.Id(press, "id"u8, 128);
        JsonElement from = shape.Object(press, "from"u8);
        if (!press.Has("message"u8))
            return new Ignored(key, "a button of an inline message, which stands in no chat of ours");
        JsonElement message = shape.Object(press, "message"u8);
        if (NotOurs(message, from, shape) is { } reason)
            return new Ignored(key, reason);
        if (!press.Has("data"u8))
            return new Ignored(key, "a button of a game");
        string data = shape.Text(press, "data"u8, 256);
        long chat = ChatOf(message, shape);
        var part = new ReplyPart(data, Label(message, data));
        return new MessageReceived(new ExternalId($"c:{id}"), TelegramSenders.Read(from, chat, shape), [part])
        {
            ReplyTo = new TelegramMessageId(shape.Long(message, "message_id"u8), chat).External,
        };
    }

    private static ChannelEvent Reaction(JsonElement reaction, string key, TelegramShape shape)
    {
        if (NotOurs(reaction, reaction.Child("user"u8), shape) is { } reason)
            return new Ignored(key, reason);
        if (!reaction.Has("user"u8))
            return new Ignored(key, "a reaction in the name of a chat");
        long chat = ChatOf(reaction, shape);
        ExternalId id = new TelegramMessageId(shape.Long(reaction, "message_id"u8), chat).External;
        string[] reactions = [.. shape.List(reaction, "new_reaction"u8).Select(one => Sign(one, shape))];
        return new ReactionChanged(key, id, TelegramSenders.Read(shape.Object(reaction, "user"u8), chat, shape), reactions) { At = Time(reaction, "date"u8) };
    }

    private static ChannelEvent Membership(JsonElement change, string key, TelegramShape shape)
    {
        JsonElement from = change.Child("from"u8);
        if (NotOurs(change, from, shape) is { } reason)
            return new Ignored(key, reason);
        string status = shape.Text(shape.Object(change, "new_chat_member"u8), "status"u8, 64);
        if (status is not ("kicked" or "member"))
            return new Ignored(key, $"membership {status} says nothing of being blocked");
        Sender sender = TelegramSenders.Read(shape.Object(change, "from"u8), ChatOf(change, shape), shape);
        return new SubscriptionChanged(key, sender, OptedOut: status == "kicked") { At = Time(change, "date"u8) };
    }

    // Null if it is a customer's in a private chat, else why it is ignored.
    private static string? NotOurs(JsonElement happening, JsonElement author, TelegramShape shape) =>
        shape.Text(shape.Object(happening, "chat"u8), "type"u8, 64) switch
        {
            "group" or "supergroup" or "channel" => Groups,
            "private" => author.IsTrue("is_bot"u8) ? "written by a bot" : null,
            string type => $"chats of type {type} are not supported",
        };

    private static long ChatOf(JsonElement happening, TelegramShape shape) => shape.Long(happening.Child("chat"u8), "id"u8);

    private static string Sign(JsonElement reaction, TelegramShape shape) => shape.Text(reaction, "type"u8, 32) switch
    {
        "emoji" => shape.Text(reaction, "emoji"u8, 64),
        "custom_emoji" => $"custom:{shape.Text(reaction, "custom_emoji_id"u8, 64)}",
        string other => $"custom:{other}",
    };

    private static string? Label(JsonElement message, string data) =>
        message.Child("reply_markup"u8).List("inline_keyboard"u8).SelectMany(row => row.List())
            .FirstOrDefault(button => button.Text("callback_data"u8) == data).Text("text"u8, 256);

    // Unix seconds; 0 stands for "not told", and what no calendar holds is not told either.
    private static DateTimeOffset? Time(JsonElement parent, ReadOnlySpan<byte> name) =>
        parent.Long(name) is { } seconds and > 0 and <= 253_402_300_799 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    // Until a press is answered the customer sees a turning wheel; an answer in the acknowledgement costs no call of its own.
    private static HookReply? Answer(JsonElement update) => PressOf(update) is { } id
        ? HookReply.Text($$"""{"method":"answerCallbackQuery","callback_query_id":"{{JsonEncodedText.Encode(id)}}"}""", "application/json")
        : null;
}
