using System.Collections.Frozen;
using System.Text;
using System.Text.Json;

namespace ChannelHub.Adapters.Conformance.Telegram;

/// <summary>Which methods the Bot API has, what they must be given, and how much of it.</summary>
internal static class BotApiRules
{
    private const long MaxUpload = 50 * 1024 * 1024;
    private const long MaxPhoto = 10 * 1024 * 1024;

    private static readonly Rule Chat = new("chat_id", Kind.Chat, Required: true);
    private static readonly Rule MessageId = new("message_id", Kind.Integer, Required: true, Min: 1);
    private static readonly Rule Caption = new("caption", Kind.Text, Max: 1024);
    private static readonly Rule Text = new("text", Kind.Text, Required: true, Min: 1, Max: 4096);
    private static readonly Rule Markup = new("reply_markup", Kind.Keyboard);
    private static readonly Rule ParseMode = new("parse_mode", Kind.Text);
    private static readonly Rule Entities = new("entities", Kind.List);
    private static readonly Rule Preview = new("link_preview_options", Kind.Object);
    private static readonly Rule[] Sending =
        [Chat, Markup, new("reply_parameters", Kind.Reply), new("disable_notification", Kind.Flag), new("protect_content", Kind.Flag)];
    private static readonly Rule[] Point =
    [
        new("latitude", Kind.Number, Required: true, Min: -90, Max: 90), new("longitude", Kind.Number, Required: true, Min: -180, Max: 180),
    ];
    private static readonly Rule Kinds = new("allowed_updates", Kind.List);

    private static readonly FrozenDictionary<string, Rule[]> Methods = new Dictionary<string, Rule[]>
    {
        ["getMe"] = [],
        ["getWebhookInfo"] = [],
        ["deleteWebhook"] = [new("drop_pending_updates", Kind.Flag)],
        ["setWebhook"] =
        [
            new("url", Kind.Hook, Required: true), new("secret_token", Kind.Secret), Kinds, new("max_connections", Kind.Integer, Min: 1, Max: 100),
            new("ip_address", Kind.Text), new("drop_pending_updates", Kind.Flag),
        ],
        ["getUpdates"] =
        [
            new("offset", Kind.Integer), new("limit", Kind.Integer, Min: 1, Max: 100), new("timeout", Kind.Integer, Min: 0, Max: 50), Kinds,
        ],
        ["sendMessage"] = [.. Sending, Text, ParseMode, Entities, Preview],
        ["sendPhoto"] = [.. Sending, Caption, ParseMode, new("photo", Kind.File, Required: true, Max: MaxPhoto)],
        ["sendDocument"] = [.. Sending, Caption, ParseMode, new("document", Kind.File, Required: true, Max: MaxUpload)],
        ["sendAudio"] = [.. Sending, Caption, ParseMode, new("audio", Kind.File, Required: true, Max: MaxUpload)],
        ["sendVoice"] = [.. Sending, Caption, ParseMode, new("voice", Kind.File, Required: true, Max: MaxUpload)],
        ["sendVideo"] = [.. Sending, Caption, ParseMode, new("video", Kind.File, Required: true, Max: MaxUpload)],
        ["sendAnimation"] = [.. Sending, Caption, ParseMode, new("animation", Kind.File, Required: true, Max: MaxUpload)],
        ["sendSticker"] = [.. Sending, new("sticker", Kind.File, Required: true, Max: MaxUpload)],
        ["sendLocation"] = [.. Sending, .. Point],
        ["sendVenue"] = [.. Sending, .. Point, new("title", Kind.Text, Required: true, Min: 1), new("address", Kind.Text, Required: true, Min: 1)],
        ["sendContact"] =
        [
            .. Sending, new("phone_number", Kind.Text, Required: true, Min: 1), new("first_name", Kind.Text, Required: true, Min: 1),
            new("last_name", Kind.Text), new("vcard", Kind.Text, Max: 2048),
        ],
        ["sendChatAction"] = [Chat, new("action", Kind.Text, Required: true, Min: 1)],
        ["setMessageReaction"] = [Chat, MessageId, new("reaction", Kind.List, Max: 1)],
        ["editMessageText"] = [Chat, MessageId, Text, ParseMode, Entities, Preview, Markup],
        ["editMessageCaption"] = [Chat, MessageId, Caption, ParseMode, Markup],
        ["editMessageReplyMarkup"] = [Chat, MessageId, Markup],
        ["deleteMessage"] = [Chat, MessageId],
        ["answerCallbackQuery"] =
        [
            new("callback_query_id", Kind.Text, Required: true, Min: 1), new("text", Kind.Text, Max: 200), new("show_alert", Kind.Flag),
        ],
        ["getFile"] = [new("file_id", Kind.Text, Required: true, Min: 1)],
        ["getChat"] = [Chat],
    }.ToFrozenDictionary();

    private enum Kind { Text, Integer, Number, Flag, Chat, File, Object, List, Keyboard, Reply, Hook, Secret }

    public static bool Has(string method) => Methods.ContainsKey(method);

    /// <summary>What a call does wrong; null if nothing.</summary>
    public static string? Judge(BotApiCall call)
    {
        Rule[] rules = Methods[call.Method];
        string form = call.Files.Count > 0 ? "multipart/form-data" : "application/json";
        if (call.Parameters.Count > 0 && call.ContentType != form)
            return $"sent as {call.ContentType} instead of {form}";
        string? unknown = call.Parameters.Keys.Concat(call.Files.Keys).FirstOrDefault(name => !rules.Any(rule => rule.Name == name));
        return unknown is null ? rules.Select(rule => Judge(call, rule)).FirstOrDefault(wrong => wrong is not null) : $"unknown parameter {unknown}";
    }

    private static string? Judge(BotApiCall call, Rule rule)
    {
        if (rule.Kind is Kind.File && call.Files.TryGetValue(rule.Name, out BotApiFile? file))
            return file.Bytes.Length == 0 ? "file must be non-empty" : file.Bytes.Length > rule.Max ? $"{rule.Name} is too big" : null;
        if (call.Files.ContainsKey(rule.Name))
            return $"{rule.Name} is a file";
        if (!call.Parameters.TryGetValue(rule.Name, out JsonElement value))
            return rule.Required ? $"parameter {rule.Name} is missing" : null;
        bool form = call.Files.Count > 0;
        bool fits = rule.Kind switch
        {
            Kind.Integer or Kind.Number or Kind.Chat when Number(value, form) is { } number => number >= rule.Min && number <= rule.Max,
            Kind.Chat => value.ValueKind is JsonValueKind.String,
            Kind.Text or Kind.File => value.ValueKind is JsonValueKind.String && value.GetString()!.Length is var length && length >= rule.Min && length <= rule.Max,
            Kind.Flag => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            Kind.Object => value.ValueKind is JsonValueKind.Object,
            Kind.List => value.ValueKind is JsonValueKind.Array && value.GetArrayLength() <= rule.Max,
            Kind.Keyboard => IsKeyboard(value),
            Kind.Reply => value.ValueKind is JsonValueKind.Object && value.TryGetProperty("message_id", out _)
                && value.TryGetProperty("allow_sending_without_reply", out JsonElement allowed) && allowed.ValueKind is JsonValueKind.True,
            Kind.Hook => IsHook(value.ToString()),
            Kind.Secret => value.ToString() is { Length: >= 1 and <= 256 } secret && secret.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-'),
            _ => false,
        };
        return fits ? null : $"parameter {rule.Name} is not as it must be";
    }

    private static double? Number(JsonElement value, bool form) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String when form && double.TryParse(value.GetString(), out double number) => number,
        _ => null,
    };

    private static bool IsKeyboard(JsonElement markup)
    {
        if (markup.ValueKind is not JsonValueKind.Object || !markup.TryGetProperty("inline_keyboard", out JsonElement rows) || rows.ValueKind is not JsonValueKind.Array)
            return false;
        JsonElement[] buttons = [.. rows.EnumerateArray().SelectMany(row => row.EnumerateArray())];
        return buttons.Length <= 100 && buttons.All(IsButton);
    }

    private static bool IsButton(JsonElement button)
    {
        string? text = button.TryGetProperty("text", out JsonElement label) ? label.GetString() : null;
        string? data = button.TryGetProperty("callback_data", out JsonElement given) ? given.GetString() : null;
        string? url = button.TryGetProperty("url", out JsonElement address) ? address.GetString() : null;
        return !string.IsNullOrEmpty(text) && (data is null) != (url is null) && (data is null || Encoding.UTF8.GetByteCount(data) is >= 1 and <= 64);
    }

    // The hosted service takes https on four ports; a server of one's own also takes plain http, as tests on loopback need.
    private static bool IsHook(string url) => url.Length == 0 || (Uri.TryCreate(url, UriKind.Absolute, out Uri? hook)
        && (hook.IsLoopback || (hook.Scheme == Uri.UriSchemeHttps && hook.Port is 443 or 80 or 88 or 8443)));

    private sealed record Rule(string Name, Kind Kind, bool Required = false, double Min = double.MinValue, double Max = double.MaxValue);
}
