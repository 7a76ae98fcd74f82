using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChannelHub.Adapters.Conformance.Telegram;

/// <summary>What a bot has sent, and what the methods that write and change messages answer.</summary>
internal sealed class BotApiChats(TimeProvider clock)
{
    private readonly Lock gate = new();
    private readonly Dictionary<(long Chat, long Id), string> sent = [];
    private readonly List<BotApiSent> shown = [];
    private long lastId = 1000;

    /// <summary>What stands in the chats, in the order in which it was sent: edited as it is now, deleted no longer.</summary>
    public IReadOnlyList<BotApiSent> Shown
    {
        get { lock (gate) return [.. shown]; }
    }

    /// <summary>The result of a call that keeps the rules, or the API's words against it.</summary>
    public (JsonNode? Result, string? Error) Do(BotApiCall call)
    {
        long chat = long.TryParse(call["chat_id"], out long number) ? number : 0;
        long id = long.TryParse(call["message_id"], out long message) ? message : 0;
        lock (gate)
        {
            return call.Method switch
            {
                "sendChatAction" or "setMessageReaction" => (true, null),
                "deleteMessage" => Delete(chat, id) ? (true, null) : (null, "Bad Request: message to delete not found"),
                _ when call.Method.StartsWith("send", StringComparison.Ordinal) => (Sent(call, chat), null),
                _ => Edit(call, chat, id),
            };
        }
    }

    public static JsonObject Me(long id) => new()
    {
        ["id"] = id, ["is_bot"] = true, ["first_name"] = "Shop", ["username"] = "shop_test_bot", ["can_join_groups"] = true, ["can_read_all_group_messages"] = false,
    };

    private JsonObject Sent(BotApiCall call, long chat)
    {
        sent[(chat, ++lastId)] = Content(call);
        shown.Add(new BotApiSent(chat, lastId, call));
        return Message(call, chat, lastId);
    }

    private (JsonNode? Result, string? Error) Edit(BotApiCall call, long chat, long id)
    {
        if (!sent.TryGetValue((chat, id), out string? old))
            return (null, "Bad Request: message to edit not found");
        string content = Content(call);
        if (old == content)
            return (null, "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message");
        sent[(chat, id)] = content;
        int at = shown.FindIndex(one => one.Chat == chat && one.Id == id);
        // An edit does not bring the file again.
        shown[at] = shown[at] with { Call = call with { Files = call.Files.Count > 0 ? call.Files : shown[at].Call.Files } };
        return (Message(call, chat, id), null);
    }

    private bool Delete(long chat, long id)
    {
        shown.RemoveAll(one => one.Chat == chat && one.Id == id);
        return sent.Remove((chat, id));
    }

    private static string Content(BotApiCall call) => $"{call["text"]}\n{call["caption"]}\n{call["reply_markup"]}";

    private JsonObject Message(BotApiCall call, long chat, long id)
    {
        var message = new JsonObject
        {
            ["message_id"] = id,
            ["from"] = Me(110201543),
            ["chat"] = new JsonObject { ["id"] = chat, ["type"] = "private", ["first_name"] = "Ada" },
            ["date"] = clock.GetUtcNow().ToUnixTimeSeconds(),
        };
        foreach (string name in (string[])["text", "caption"])
        {
            if (call[name] is { } words)
                message[name] = words;
        }
        foreach ((string name, BotApiFile file) in call.Files)
        {
            var kept = new JsonObject { ["file_id"] = $"sent-{id}", ["file_unique_id"] = $"u{id}", ["file_size"] = file.Bytes.Length, ["file_name"] = file.FileName };
            message[name] = name == "photo" ? new JsonArray(kept) : kept;
        }
        if (call.Parameters.TryGetValue("reply_markup", out JsonElement markup))
            message["reply_markup"] = JsonNode.Parse(markup.GetRawText());
        return message;
    }
}
