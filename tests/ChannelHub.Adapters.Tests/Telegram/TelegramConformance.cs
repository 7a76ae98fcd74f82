using System.Text.Json;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Telegram;

namespace ChannelHub.Adapters.Tests.Telegram;

public sealed class TelegramWebhookConformance() : ChannelConformance(TelegramFacts.For(TelegramMode.Webhook));

// Parsing does not know the mode but for presses, which a polled channel answers by a call: all recordings are tried by the webhook's suite.
public sealed class TelegramPollingConformance() : ChannelConformance(TelegramFacts.For(TelegramMode.Polling) with
{
    PullBatches = 3,
    Webhooks = [.. TelegramFacts.Recordings.Where(recording => recording.Name is "text" or "press").SelectMany(recording => (Recording[])
        [recording, recording with { Method = "PULL", ApprovedPath = null }])],
})
{
    public override Task A_webhook_is_registered_as_often_as_one_likes() =>
        Deviates("Telegram refuses polling as soon as a webhook is registered, so a channel that polls refuses to register one");
}

internal static class TelegramFacts
{
    private static readonly Key Ada = new(KeyKinds.Telegram, "700100200");

    public static IReadOnlyList<Recording> Recordings { get; } = Recording.LoadFolder("tests/ChannelHub.Adapters.Tests/Fixtures/telegram");

    private static readonly byte[] Picture = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3];

    public static ConformanceFacts For(TelegramMode mode) => new(new TelegramChannelType(), api => new TelegramSettings
    {
        BotToken = "110201543:recorded+secret/of=a bot",
        SecretToken = "recorded-secret_1",
        Mode = mode,
        ApiBaseUrl = api.AbsoluteUri,
    })
    {
        Webhooks = Recordings,
        Tamper = recording => recording.WithHeader("X-Telegram-Bot-Api-Secret-Token", "recorded-secret_"),
        Outbound =
        [
            SampleMessages.Text(Ada), SampleMessages.Picture(Ada), SampleMessages.Buttons(Ada), SampleMessages.Location(Ada), SampleMessages.Contact(Ada),
        ],
        Success = Answer,
        MediaReference = _ => "AgACAgIAAxkBAAI-x",
        MediaBytes = Picture,
    };

    private static ScriptedReply Answer(ProviderCall call) => call.Path[(call.Path.LastIndexOf('/') + 1)..] switch
    {
        "getMe" => Ok("""{"id":110201543,"is_bot":true,"first_name":"Shop","username":"shop_test_bot"}"""),
        "getWebhookInfo" => Ok("""{"url":"","has_custom_certificate":false,"pending_update_count":0}"""),
        "getFile" => Ok("""{"file_id":"AgACAgIAAxkBAAI-x","file_unique_id":"u","file_size":7,"file_path":"photos/file_1.jpg"}"""),
        "file_1.jpg" => ScriptedReply.Bytes(Picture, "application/octet-stream"),
        "getUpdates" => Updates(call),
        "setWebhook" or "deleteMessage" or "setMessageReaction" or "sendChatAction" or "answerCallbackQuery" => Ok("true"),
        _ => Ok("""{"message_id":1001,"date":1790000000,"chat":{"id":700100200,"type":"private"}}"""),
    };

    // Updates 1 to 5, two at a time, as a server answers that is asked for no more.
    private static ScriptedReply Updates(ProviderCall call)
    {
        int from = JsonElement.Parse(call.Body.Span).TryGetProperty("offset", out JsonElement offset) ? offset.GetInt32() : 1;
        return Ok($"[{string.Join(',', Enumerable.Range(from, Math.Clamp(6 - from, 0, 2)).Select(Update))}]");
    }

    private static string Update(int id) =>
        $$"""{"update_id":{{id}},"message":{"message_id":{{id}},"from":{"id":7,"is_bot":false,"first_name":"B"},"chat":{"id":7,"type":"private"},"date":1790000000,"text":"{{id}}"} }""";

    private static ScriptedReply Ok(string result) => ScriptedReply.Json($$"""{"ok":true,"result":{{result}}}""");
}
