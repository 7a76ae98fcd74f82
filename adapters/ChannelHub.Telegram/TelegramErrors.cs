using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Telegram;

/// <summary>
/// What the Bot API's answers mean. Codes are the contract; descriptions are not, so they only tell apart what one code holds.
/// </summary>
internal static class TelegramErrors
{
    /// <summary>
    /// <see cref="SendResult.Sent"/> (without an id) when the call succeeded and has a result; null leaves the judgement to the status.
    /// </summary>
    public static SendResult? Read(ProviderAnswer answer, Func<string, string> redact, out JsonElement result)
    {
        result = default;
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            JsonElement body = document.RootElement;
            if (body.IsTrue("ok"u8) && answer.IsSuccess && body.Has("result"u8, out JsonElement given))
            {
                result = given.Clone();
                return new SendResult.Sent(default);
            }
            if (body.Has("ok"u8, out JsonElement ok) && ok.ValueKind == JsonValueKind.False)
                return Failure((int)Math.Clamp(body.Long("error_code"u8) ?? answer.Status, 0, 999), body, answer, redact);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // Not the Bot API's words: a gateway's page, or half an answer.
        }
        return answer.Status == 404 ? NoSuchBot("HTTP 404") : null;
    }

    /// <summary>Why <c>getUpdates</c> was refused.</summary>
    public static Exception Refusal(int status) => status switch
    {
        401 or 404 => new PullRefusedException(new Fault(FaultKind.NotAuthorized, $"HTTP {status}: the bot token is wrong or was revoked") { WholeChannel = true }),
        409 => new IOException("getUpdates: another program polls this bot, or a webhook is registered for it (deleteWebhook ends that)"),
        _ => new IOException($"getUpdates: HTTP {status}"),
    };

    private static SendResult? Failure(int code, JsonElement body, ProviderAnswer answer, Func<string, string> redact)
    {
        string words = CleanText.Truncate(redact(body.Text("description"u8) ?? $"error {code}"), 300);
        JsonElement parameters = body.Child("parameters"u8);
        return code switch
        {
            400 when parameters.Has("migrate_to_chat_id"u8) => Rejected(FaultKind.UnknownRecipient, "the chat became a group with another id"),
            400 when Says(words, "chat not found", "peer_id_invalid", "user not found") => Rejected(FaultKind.UnknownRecipient, words),
            401 or 404 => NoSuchBot(words),
            403 when Says(words, "blocked by the user", "user is deactivated", "was kicked", "not a member") => Rejected(FaultKind.OptedOut, words),
            403 when Says(words, "can't initiate conversation") => Rejected(FaultKind.WindowClosed, words),
            409 => new SendResult.Deferred(new Fault(FaultKind.NotAuthorized, words) { WholeChannel = true }),
            // Telegram does not say whether the chat or the bot was too fast; the hub pauses the channel when several chats get it.
            429 => new SendResult.Deferred(new Fault(FaultKind.RateLimited, words), Wait(parameters) ?? answer.RetryAfter),
            >= 400 and < 500 => Rejected(FaultKind.ContentRefused, words),
            _ => null,
        };
    }

    private static TimeSpan? Wait(JsonElement parameters) =>
        parameters.Long("retry_after"u8) is { } seconds and >= 0 ? TimeSpan.FromSeconds(Math.Min(seconds, 86_400)) : null;

    // Every method answers 404 when the token is not a bot's, and so does a wrong api_base_url: nothing is wrong with the message.
    private static SendResult.Deferred NoSuchBot(string words) => new(new Fault(FaultKind.NotAuthorized, words) { WholeChannel = true });

    private static SendResult.Rejected Rejected(FaultKind kind, string words) => new(new Fault(kind, words));

    private static bool Says(string words, params ReadOnlySpan<string> phrases)
    {
        foreach (string phrase in phrases)
        {
            if (words.Contains(phrase, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }
}
