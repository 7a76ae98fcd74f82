using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChannelHub.Adapters.Conformance.Telegram;

/// <summary>The bot behind a <see cref="FakeBotApi"/>: what calls that keep the rules do and answer.</summary>
internal sealed class BotApiBot(TimeProvider clock)
{
    private const long MaxDownload = 20 * 1024 * 1024;

    private readonly BotApiChats chats = new(clock);
    private int polls;

    public IReadOnlyList<BotApiSent> Shown => chats.Shown;

    public BotApiUpdates Updates { get; } = new();

    public ConcurrentDictionary<string, byte[]> Files { get; } = new();

    public ConcurrentDictionary<long, BotApiAnswer> Refusing { get; } = new();

    public BotApiWebhook? Webhook { get; private set; }

    public string? LastError { get; set; }

    public BotApiAnswer Do(BotApiCall call, long bot)
    {
        if (Number(call["chat_id"]) is { } chat && Refusing.TryGetValue(chat, out BotApiAnswer? refusal))
            return refusal;
        switch (call.Method)
        {
            case "getMe":
                return Ok(BotApiChats.Me(bot));
            case "getFile":
                return File(call["file_id"]!);
            case "answerCallbackQuery":
                return Ok(true);
            case "getChat":
                return Ok(new JsonObject { ["id"] = Number(call["chat_id"]), ["type"] = "private", ["first_name"] = "Ada" });
            case "setWebhook" or "deleteWebhook":
                Register(call);
                return Ok(true);
            case "getWebhookInfo":
                return Ok(WebhookInfo());
            default:
                (JsonNode? result, string? error) = chats.Do(call);
                return error is null ? Ok(result!) : BotApiAnswer.Error(400, error);
        }
    }

    public async Task<BotApiAnswer> PollAsync(BotApiCall call, CancellationToken aborted)
    {
        if (Webhook is not null)
            return BotApiAnswer.Error(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first");
        Allow(call);
        int mine = Interlocked.Increment(ref polls);
        Updates.Wake();
        Task end = Task.Delay(TimeSpan.FromSeconds(Number(call["timeout"]) ?? 0), clock, aborted);
        while (true)
        {
            (byte[][] found, Task arrived) = Updates.From(Number(call["offset"]), (int)(Number(call["limit"]) ?? 100));
            if (mine != Volatile.Read(ref polls))
                return BotApiAnswer.Error(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running");
            if (found.Length > 0 || end.IsCompleted)
                return BotApiAnswer.Raw(200, $"{{\"ok\":true,\"result\":[{string.Join(',', found.Select(Encoding.UTF8.GetString))}]}}");
            await Task.WhenAny(arrived, end);
        }
    }

    private void Register(BotApiCall call)
    {
        if (call.Parameters.TryGetValue("drop_pending_updates", out JsonElement drop) && drop.ValueKind is JsonValueKind.True)
            Updates.Clear();
        Allow(call);
        string url = call["url"] ?? "";
        Webhook = url.Length == 0 ? null : new(new Uri(url), call["secret_token"], Updates.Allowed, (int)(Number(call["max_connections"]) ?? 40));
    }

    // Leaving the list out keeps the one given before.
    private void Allow(BotApiCall call)
    {
        if (call.Parameters.TryGetValue("allowed_updates", out JsonElement kinds))
            Updates.Allowed = [.. kinds.EnumerateArray().Select(kind => kind.GetString()!)];
    }

    private JsonObject WebhookInfo()
    {
        var info = new JsonObject { ["url"] = Webhook?.Url.AbsoluteUri ?? "", ["has_custom_certificate"] = false, ["pending_update_count"] = Updates.Count };
        if (Webhook is not null && Updates.Allowed is { } allowed)
            info["allowed_updates"] = new JsonArray([.. allowed.Select(kind => JsonValue.Create(kind))]);
        if (LastError is not null)
        {
            info["last_error_date"] = clock.GetUtcNow().ToUnixTimeSeconds();
            info["last_error_message"] = LastError;
        }
        return info;
    }

    private BotApiAnswer File(string fileId)
    {
        if (!Files.TryGetValue(fileId, out byte[]? bytes))
            return BotApiAnswer.Error(400, "Bad Request: invalid file_id");
        return bytes.Length > MaxDownload
            ? BotApiAnswer.Error(400, "Bad Request: file is too big")
            : Ok(new JsonObject { ["file_id"] = fileId, ["file_unique_id"] = $"u{fileId}", ["file_size"] = bytes.Length, ["file_path"] = $"documents/{fileId}" });
    }

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static BotApiAnswer Ok(JsonNode? result) => BotApiAnswer.Raw(200, new JsonObject { ["ok"] = true, ["result"] = result }.ToJsonString());
}
