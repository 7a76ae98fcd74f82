using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance.Telegram;

namespace ChannelHub.Adapters.Conformance.Simulation;

/// <summary>A bot. Telegram gives no receipts.</summary>
internal sealed class SimulatedTelegram(FakeBotApi bot) : SimulatedChat, ISimulatedEditing
{
    private const string WebhookSecret = "simulated-telegram-secret";

    // Beyond the numbers of what the bot sends.
    private long lastMessage = 1_000_000;
    private long lastPress;

    public override string Type => "telegram";

    public override string Title => "Telegram";

    public override IReadOnlyList<string> Receipts => [];

    public override IReadOnlyList<string> Secrets => [bot.Token, WebhookSecret];

    public override IReadOnlyList<string> Violations => bot.Violations;

    public override string AddressOf(SimulatedPerson person) => Number(person.Telegram);

    public override void SlowMedia(TimeSpan delay) => bot.MediaDelay = delay;

    public override void ReportBeforeAnswers(bool reports) { }

    public override void Throttle(int calls, int retryAfterSeconds)
    {
        for (int call = 0; call < calls; call++)
            bot.Script("*", BotApiAnswer.Error(429, $"Too Many Requests: retry after {Number(retryAfterSeconds)}", retryAfterSeconds));
    }

    public override void Report(SimulatedPerson person, ShownMessage message, string state) { }

    public void Edit(SimulatedPerson person, string id, string text)
    {
        JsonObject message = Message(person, long.Parse(id, CultureInfo.InvariantCulture));
        message["text"] = text;
        message["edit_date"] = DateTimeOffset.UtcNow.AddSeconds(1).ToUnixTimeSeconds();
        bot.Add("edited_message", message);
    }

    public override IReadOnlyList<ShownMessage> Shown(SimulatedPerson person) =>
        [.. bot.Sent.Where(one => one.Chat == person.Telegram).Select(Shown)];

    public override Task<FakeFile?> FileAsync(ShownMessage message, CancellationToken cancellation = default) => Task.FromResult(
        bot.Sent.FirstOrDefault(one => Number(one.Id) == message.Id)?.Call.Files.Values.FirstOrDefault() is { } file
            ? new FakeFile(file.FileName, file.ContentType, file.Bytes)
            : null);

    internal override JsonObject Settings(Uri hub) => new() { ["bot_token"] = bot.Token, ["secret_token"] = WebhookSecret, ["api_base_url"] = bot.Url.AbsoluteUri };

    internal override IEnumerable<SimulatedDelivery> Take() =>
        bot.Take().Select(update => new SimulatedDelivery(Type, cancellation => bot.PushAsync(update, cancellation)));

    private protected override void Refuse(SimulatedPerson person, bool refuses)
    {
        bot.Refuse(person.Telegram, refuses ? BotApiAnswer.Error(403, "Forbidden: bot was blocked by the user") : null);
        if (refuses)
            return;
        JsonObject change = Message(person, 0);
        change.Remove("message_id");
        (change["old_chat_member"], change["new_chat_member"]) = (new JsonObject { ["status"] = "kicked" }, new JsonObject { ["status"] = "member" });
        bot.Add("my_chat_member", change);
    }

    private protected override string Write(SimulatedPerson person, string text) => Write(person, new JsonObject { ["text"] = text });

    private protected override string Write(SimulatedPerson person, FakeFile file)
    {
        string id = $"file{Number(Interlocked.Increment(ref lastMessage))}";
        bot.AddFile(id, file.Bytes.ToArray());
        var told = new JsonObject { ["file_id"] = id, ["file_unique_id"] = id, ["file_size"] = file.Bytes.Length };
        if (file.ContentType.StartsWith("image/", StringComparison.Ordinal))
        {
            (told["width"], told["height"]) = (640, 480);
            return Write(person, new JsonObject { ["photo"] = new JsonArray(told) });
        }
        (told["file_name"], told["mime_type"]) = (file.FileName, file.ContentType);
        return Write(person, new JsonObject { ["document"] = told });
    }

    private protected override string Write(SimulatedPerson person, ShownMessage message, ShownButton button)
    {
        string id = $"press{Number(Interlocked.Increment(ref lastPress))}";
        JsonObject pressed = Message(person, long.Parse(message.Id, CultureInfo.InvariantCulture));
        if (bot.Sent.FirstOrDefault(one => Number(one.Id) == message.Id)?.Call.Parameters.TryGetValue("reply_markup", out JsonElement markup) == true)
            pressed["reply_markup"] = JsonNode.Parse(markup.GetRawText());
        JsonNode from = pressed["from"]!;
        pressed.Remove("from");
        bot.Add("callback_query", new JsonObject { ["id"] = id, ["from"] = from, ["message"] = pressed, ["chat_instance"] = "-55", ["data"] = button.Data });
        return id;
    }

    private string Write(SimulatedPerson person, JsonObject content)
    {
        long id = Interlocked.Increment(ref lastMessage);
        JsonObject message = Message(person, id);
        foreach ((string name, JsonNode? value) in content)
            message[name] = value?.DeepClone();
        bot.Add("message", message);
        return Number(id);
    }

    private static JsonObject Message(SimulatedPerson person, long id) => new()
    {
        ["message_id"] = id,
        ["from"] = new JsonObject { ["id"] = person.Telegram, ["is_bot"] = false, ["first_name"] = person.Name, ["language_code"] = "en" },
        ["chat"] = new JsonObject { ["id"] = person.Telegram, ["type"] = "private", ["first_name"] = person.Name },
        ["date"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
    };

    private static ShownMessage Shown(BotApiSent sent) =>
        new(Number(sent.Id), sent.Call["text"] ?? sent.Call["caption"] ?? Other(sent.Call))
        {
            Buttons = sent.Call.Parameters.TryGetValue("reply_markup", out JsonElement markup) && markup.TryGetProperty("inline_keyboard", out JsonElement rows)
                ? [.. rows.EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(Button)]
                : [],
            File = sent.Call.Files.Count > 0 ? Number(sent.Id) : null,
        };

    private static string Other(BotApiCall call) => call.Method switch
    {
        "sendLocation" or "sendVenue" => $"{call["title"]} {call["latitude"]}, {call["longitude"]}".Trim(),
        "sendContact" => $"{call["first_name"]} {call["phone_number"]}",
        _ => "",
    };

    private static ShownButton Button(JsonElement button) => new(
        button.GetProperty("text").GetString()!,
        button.TryGetProperty("callback_data", out JsonElement data) ? data.GetString() : null,
        button.TryGetProperty("url", out JsonElement url) ? url.GetString() : null);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
