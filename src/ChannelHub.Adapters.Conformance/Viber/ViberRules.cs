using System.Text.Json;

namespace ChannelHub.Adapters.Conformance.Viber;

/// <summary>What each method of the bot API must be given, and how much of it.</summary>
internal static class ViberRules
{
    private const int MaxBytes = 30 * 1024;

    private static readonly string[] Methods = ["set_webhook", "get_account_info", "send_message", "get_user_details", "get_online"];

    public static bool Has(string method) => Methods.Contains(method);

    /// <summary>What a call does wrong; null if nothing.</summary>
    public static string? Judge(string method, JsonElement body, int length) => method switch
    {
        "set_webhook" => Hook(body),
        "send_message" => length > MaxBytes ? $"{length} bytes, more than 30 kB" : Text(body, "receiver", 512) ?? Message(body),
        "get_user_details" => Text(body, "id", 512),
        _ => null,
    };

    /// <summary>What is wrong with a message, wherever it stands.</summary>
    public static string? Message(JsonElement body)
    {
        if (body.TryGetProperty("sender", out JsonElement sender) ? Text(sender, "name", 28) is not null : body.TryGetProperty("receiver", out _))
            return "sender.name is not 1 to 28 characters";
        if (body.TryGetProperty("tracking_data", out JsonElement tracking) && (tracking.ValueKind != JsonValueKind.String || tracking.GetString()!.Length > 4000))
            return "tracking_data is longer than 4000";
        string? wrong = body.TryGetProperty("type", out JsonElement type) ? Content(type.GetString()!, body) : "type is missing";
        return wrong ?? (body.TryGetProperty("keyboard", out JsonElement keyboard) ? Keyboard(keyboard) : null);
    }

    private static string? Hook(JsonElement body)
    {
        string url = body.TryGetProperty("url", out JsonElement given) ? given.GetString() ?? "" : "-";
        if (url.Length == 0)
            return null;
        // Only https is taken; loopback is let through, where tests listen.
        return Uri.TryCreate(url, UriKind.Absolute, out Uri? hook) && (hook.IsLoopback || hook.Scheme == "https") ? null : "url is not https";
    }

    private static string? Content(string type, JsonElement body) => type switch
    {
        "text" => Text(body, "text", 7000),
        "picture" => Link(body) ?? Ends(body, ".jpg", ".jpeg", ".png", ".gif") ?? Text(body, "text", 512, least: 0),
        "video" => Link(body) ?? Ends(body, ".mp4") ?? Size(body, 26 * 1024 * 1024),
        "file" => Link(body) ?? Size(body, 50 * 1024 * 1024) ?? Text(body, "file_name", 256),
        "url" => Text(body, "media", 2000),
        "location" => body.TryGetProperty("location", out JsonElement place) ? Angle(place, "lat", 90) ?? Angle(place, "lon", 180) : "location is missing",
        "contact" => body.TryGetProperty("contact", out JsonElement card) ? Text(card, "name", 28) ?? Text(card, "phone_number", 18) : "contact is missing",
        "sticker" => body.TryGetProperty("sticker_id", out _) ? null : "sticker_id is missing",
        _ => $"there is no message of type {type}",
    };

    private static string? Keyboard(JsonElement keyboard)
    {
        if (keyboard.ValueKind != JsonValueKind.Object || Text(keyboard, "Type", 16) is not null
            || !keyboard.TryGetProperty("Buttons", out JsonElement buttons) || buttons.ValueKind != JsonValueKind.Array || buttons.GetArrayLength() == 0)
            return "keyboard is not a keyboard";
        return buttons.EnumerateArray().Select(Button).FirstOrDefault(wrong => wrong is not null);
    }

    private static string? Button(JsonElement button)
    {
        if (Text(button, "ActionBody", 4000) is { } wrong)
            return wrong;
        if (button.GetProperty("ActionType").GetString() is not ("reply" or "open-url" or "location-picker" or "share-phone" or "none"))
            return "ActionType is none of Viber's";
        if (button.GetProperty("Columns").GetInt32() is < 1 or > 6 || button.GetProperty("Rows").GetInt32() is < 1 or > 2)
            return "a button is 1 to 6 columns wide and 1 or 2 rows high";
        return button.GetProperty("Text").GetString()!.Contains('<', StringComparison.Ordinal) ? "Text is HTML and holds a bare <" : null;
    }

    private static string? Link(JsonElement body) =>
        body.TryGetProperty("media", out JsonElement media) && Uri.TryCreate(media.GetString(), UriKind.Absolute, out Uri? link) && (link.Scheme == "https" || link.IsLoopback)
            ? null
            : "media is not an https address";

    // The path must end so; whether Viber's apps mind a query behind it is not known.
    private static string? Ends(JsonElement body, params string[] extensions) =>
        extensions.Any(new Uri(body.GetProperty("media").GetString()!).AbsolutePath.ToLowerInvariant().EndsWith) ? null : "media does not end with a matching extension";

    private static string? Size(JsonElement body, long most) =>
        body.TryGetProperty("size", out JsonElement size) && size.TryGetInt64(out long bytes) && bytes > 0 && bytes <= most ? null : $"size is not 1 to {most}";

    private static string? Angle(JsonElement place, string name, double most) =>
        place.TryGetProperty(name, out JsonElement angle) && angle.TryGetDouble(out double degrees) && Math.Abs(degrees) <= most ? null : $"{name} is not an angle";

    private static string? Text(JsonElement parent, string name, int most, int least = 1) =>
        parent.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString()!.Length is var length
        && length >= least && length <= most ? null : $"{name} is not {least} to {most} characters";
}
