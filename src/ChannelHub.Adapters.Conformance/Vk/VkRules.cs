using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;

namespace ChannelHub.Adapters.Conformance.Vk;

/// <summary>Which methods the API has and what they must be given.</summary>
internal static class VkRules
{
    private const int MaxText = 4096;

    private static readonly Rule Group = new("group_id", Kind.Integer, Required: true);
    private static readonly Rule Peer = new("peer_id", Kind.Integer, Required: true);
    private static readonly Rule Number = new("cmid", Kind.Integer, Required: true);
    private static readonly Rule Server = new("server_id", Kind.Integer, Required: true);
    private static readonly Rule[] CallbackServer =
        [Group, new("url", Kind.Link, Required: true), new("title", Kind.Text, Required: true, Max: 14), new("secret_key", Kind.Text, Max: 50)];
    private static readonly Rule[] Content =
    [
        new("message", Kind.Text, Max: MaxText), new("attachment", Kind.Attachments), new("keyboard", Kind.Keyboard), new("lat", Kind.Degrees), new("long", Kind.Degrees),
        new("payload", Kind.Json, Max: 1000), new("forward", Kind.Json), new("disable_mentions", Kind.Integer), new("dont_parse_links", Kind.Integer),
    ];

    private static readonly FrozenDictionary<string, Rule[]> Methods = new Dictionary<string, Rule[]>
    {
        ["messages.send"] = [new("peer_ids", Kind.Integer, Required: true), new("random_id", Kind.Integer, Required: true), .. Content],
        ["messages.edit"] = [Peer, Number, .. Content, new("keep_snippets", Kind.Integer), new("keep_forward_messages", Kind.Integer)],
        ["messages.delete"] = [Peer, new("cmids", Kind.Integer, Required: true), new("delete_for_all", Kind.Integer)],
        ["messages.sendReaction"] = [Peer, Number, new("reaction_id", Kind.Integer, Required: true)],
        ["messages.deleteReaction"] = [Peer, Number],
        ["messages.setActivity"] = [Peer, new("type", Kind.Text, Required: true)],
        ["messages.markAsRead"] = [Peer, new("up_to_cmid", Kind.Integer), new("start_message_id", Kind.Integer), new("mark_conversation_as_read", Kind.Integer)],
        ["users.get"] = [new("user_ids", Kind.Integer, Required: true), new("fields", Kind.Text)],
        ["groups.getById"] = [new("group_id", Kind.Integer)],
        ["groups.getCallbackConfirmationCode"] = [Group],
        ["groups.getCallbackServers"] = [Group],
        ["groups.addCallbackServer"] = CallbackServer,
        ["groups.editCallbackServer"] = [.. CallbackServer, Server],
        ["groups.setCallbackSettings"] = [Group, Server, new("api_version", Kind.Text, Required: true), new("*", Kind.Integer)],
        ["groups.getLongPollServer"] = [Group],
        ["photos.getMessagesUploadServer"] = [Peer],
        ["photos.saveMessagesPhoto"] = [new("server", Kind.Integer, Required: true), new("photo", Kind.Text, Required: true), new("hash", Kind.Text, Required: true)],
        ["docs.getMessagesUploadServer"] = [Peer, new("type", Kind.Text, Required: true)],
        ["docs.save"] = [new("file", Kind.Text, Required: true), new("title", Kind.Text)],
    }.ToFrozenDictionary();

    private enum Kind { Text, Integer, Degrees, Link, Json, Keyboard, Attachments }

    public static bool Has(string method) => Methods.ContainsKey(method);

    /// <summary>What a call does wrong; null if nothing.</summary>
    public static string? Judge(string method, IReadOnlyDictionary<string, string> form)
    {
        Rule[] rules = Methods[method];
        if (form.GetValueOrDefault("v") != "5.199")
            return "v is not 5.199";
        string? unknown = form.Keys.FirstOrDefault(name => name != "v" && !rules.Any(rule => rule.Name == name || rule.Name == "*"));
        if (unknown is not null)
            return $"unknown parameter {unknown}";
        if (method == "messages.send" && form.GetValueOrDefault("random_id") == "0")
            return "random_id 0 switches off what guards against doubles";
        if (method is "messages.send" && !form.ContainsKey("message") && !form.ContainsKey("attachment") && !form.ContainsKey("lat"))
            return "nothing to send";
        return rules.Where(rule => rule.Name != "*").Select(rule => Judge(form, rule)).FirstOrDefault(wrong => wrong is not null);
    }

    private static string? Judge(IReadOnlyDictionary<string, string> form, Rule rule)
    {
        if (!form.TryGetValue(rule.Name, out string? value))
            return rule.Required ? $"parameter {rule.Name} is missing" : null;
        bool fits = value.Length <= rule.Max && rule.Kind switch
        {
            Kind.Integer => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
            Kind.Degrees => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double degrees) && Math.Abs(degrees) <= 180,
            Kind.Link => Uri.TryCreate(value, UriKind.Absolute, out _),
            Kind.Json => Parse(value).ValueKind == JsonValueKind.Object,
            Kind.Keyboard => IsKeyboard(Parse(value)),
            Kind.Attachments => value.Split(',') is { Length: <= 10 } names && names.All(name => name.StartsWith("photo", StringComparison.Ordinal) || name.StartsWith("doc", StringComparison.Ordinal)),
            _ => value.Length > 0,
        };
        return fits ? null : $"parameter {rule.Name} is not as it must be";
    }

    private static bool IsKeyboard(JsonElement keyboard)
    {
        if (keyboard.ValueKind != JsonValueKind.Object || !keyboard.TryGetProperty("buttons", out JsonElement rows) || rows.ValueKind != JsonValueKind.Array)
            return false;
        bool inline = keyboard.TryGetProperty("inline", out JsonElement flag) && flag.ValueKind == JsonValueKind.True;
        JsonElement[] buttons = [.. rows.EnumerateArray().SelectMany(row => row.EnumerateArray())];
        return rows.GetArrayLength() <= (inline ? 6 : 10) && buttons.Length <= (inline ? 10 : 40)
            && rows.EnumerateArray().All(row => row.GetArrayLength() is >= 1 and <= 5) && buttons.All(IsButton);
    }

    private static bool IsButton(JsonElement button)
    {
        JsonElement action = button.GetProperty("action");
        string type = action.GetProperty("type").GetString()!;
        string? payload = action.TryGetProperty("payload", out JsonElement given) ? given.GetString() : null;
        return type is "text" or "open_link" or "location" or "vkpay" or "open_app" or "callback"
            && action.GetProperty("label").GetString() is { Length: >= 1 and <= 40 }
            && (payload is null || (payload.Length <= 255 && Parse(payload).ValueKind == JsonValueKind.Object))
            && (type == "open_link") == action.TryGetProperty("link", out _)
            && (type is "text" or "callback" || !button.TryGetProperty("color", out _));
    }

    private static JsonElement Parse(string json)
    {
        try
        {
            return JsonElement.Parse(json);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private sealed record Rule(string Name, Kind Kind, bool Required = false, int Max = int.MaxValue);
}
