using System.Text.Json;

namespace ChannelHub.Telegram;

/// <summary>What <c>getWebhookInfo</c> says, in words for the operator.</summary>
internal static class TelegramHealth
{
    public static string Words(JsonElement info, TelegramMode mode, Uri? registered)
    {
        // Only the host: who knows the whole address of a hook knows half of what it takes to call it.
        string? host = Uri.TryCreate(info.Text("url"u8), UriKind.Absolute, out Uri? url) ? url.Host : null;
        long waiting = info.Long("pending_update_count"u8) ?? 0;
        string words = (mode, host) switch
        {
            (TelegramMode.Polling, null) => $"polling, {waiting} updates wait",
            (TelegramMode.Polling, _) => $"this channel polls, but a webhook is registered at {host}: polling fails until deleteWebhook is called",
            (_, null) => $"no webhook is registered, {waiting} updates wait: register it",
            _ when registered is not null && registered != url => $"another program has taken the webhook for {host}, {waiting} updates wait: register it again",
            _ => $"webhook at {host}, {waiting} updates wait",
        };
        if (mode is TelegramMode.Webhook && host is not null && Unasked(info) is { Length: > 0 } unasked)
            words += $"; not asked for: {unasked}, register again";
        if (info.Text("last_error_message"u8, 200) is { } error)
            words += info.Long("last_error_date"u8) is { } at and > 0 and < 253_402_300_799
                ? $"; last error {DateTimeOffset.FromUnixTimeSeconds(at):u}: {error}" : $"; last error: {error}";
        return words;
    }

    private static string Unasked(JsonElement info)
    {
        string?[] asked = [.. info.List("allowed_updates"u8).Select(kind => kind.Text())];
        return string.Join(", ", TelegramUpdates.Allowed.Except(asked));
    }
}
