using System.Text.Json;
using System.Text.RegularExpressions;
using static ChannelHub.Adapters.Conformance.Meta.GraphRules;

namespace ChannelHub.Adapters.Conformance.Meta;

/// <summary>What the Cloud API wants of <c>messages</c> and <c>media</c>, and how much of it.</summary>
internal static partial class WhatsAppRules
{
    private const long Megabyte = 1024 * 1024;

    /// <summary>What a message does wrong; null if nothing.</summary>
    public static string? Message(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            return "the body is not a JSON object";
        if (body.TryGetProperty("status", out _))
            return Seen(body);
        string type = body.TryGetProperty("type", out JsonElement given) ? given.ToString() : "";
        return First(
            Only(body, "messaging_product", "recipient_type", "to", "recipient", "type", type, "context", "biz_opaque_callback_data"),
            Is(body, "messaging_product", "whatsapp"), Is(body, "recipient_type", "individual"), Recipient(body),
            Object(body, "context", context => Id(context, "message_id"), required: false), Text(body, "biz_opaque_callback_data", 512, required: false),
            Content(body, type));
    }

    /// <summary>What an upload does wrong; null if nothing.</summary>
    public static string? Upload(GraphCall call)
    {
        if (call.ContentType != "multipart/form-data")
            return $"sent as {call.ContentType} instead of multipart/form-data";
        if (!call.Files.TryGetValue("file", out GraphFile? file) || file.Bytes.Length == 0)
            return "file is missing or empty";
        return First(Is(call.Body, "messaging_product", "whatsapp"), Is(call.Body, "type", file.ContentType));
    }

    /// <summary>What is wrong with sending an uploaded file as this kind; null if nothing.</summary>
    public static string? File(string kind, GraphFile file)
    {
        (string[] types, long most) = kind switch
        {
            "image" => (["image/jpeg", "image/png"], 5 * Megabyte),
            "audio" => (["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"], 16 * Megabyte),
            "video" => (["video/mp4", "video/3gpp"], 16 * Megabyte),
            "sticker" => (["image/webp"], 500 * 1024),
            _ => (Array.Empty<string>(), 100 * Megabyte),
        };
        return types.Length > 0 && !types.Contains(file.ContentType) ? $"{file.ContentType} is no {kind}" : file.Bytes.Length > most ? $"too large for {kind}" : null;
    }

    private static string? Seen(JsonElement body) => First(
        Only(body, "messaging_product", "status", "message_id", "typing_indicator"), Is(body, "messaging_product", "whatsapp"), Is(body, "status", "read"),
        Id(body, "message_id"), Object(body, "typing_indicator", typing => Is(typing, "type", "text"), required: false));

    private static string? Recipient(JsonElement body)
    {
        string? to = body.TryGetProperty("to", out JsonElement number) ? number.ToString() : null;
        string? recipient = body.TryGetProperty("recipient", out JsonElement id) ? id.ToString() : null;
        if ((to is null) == (recipient is null))
            return "exactly one of to and recipient is wanted";
        return to is not null
            ? Digits().IsMatch(to) ? null : "to is not a number without a plus"
            : recipient!.Length > 3 && recipient[2] == '.' ? null : "recipient is not an id within the portfolio";
    }

    private static string? Content(JsonElement body, string type) => type switch
    {
        "text" => Object(body, type, text => First(Only(text, "body", "preview_url"), Text(text, "body", 4096))),
        "image" or "video" => Object(body, type, file => First(Only(file, "id", "link", "caption"), Source(file), Text(file, "caption", 1024, required: false))),
        "document" => Object(body, type, file => First(
            Only(file, "id", "link", "caption", "filename"), Source(file), Text(file, "caption", 1024, required: false), Text(file, "filename", 240, required: false))),
        "audio" or "sticker" => Object(body, type, file => First(Only(file, "id", "link"), Source(file))),
        "location" => Object(body, type, place => First(Only(place, "latitude", "longitude", "name", "address"), Number(place, "latitude", 90), Number(place, "longitude", 180))),
        "contacts" => List(body, type, 1, 257, card => First(
            Object(card, "name", name => First(Text(name, "formatted_name", 256), Text(name, "first_name", 256))),
            List(card, "phones", 1, 20, phone => Text(phone, "phone", 64), required: false), List(card, "emails", 1, 20, email => Text(email, "email", 320), required: false))),
        "reaction" => Object(body, type, reaction => First(Id(reaction, "message_id"), reaction.TryGetProperty("emoji", out _) ? null : "emoji is missing")),
        "interactive" => Object(body, type, Interactive),
        "template" => Object(body, type, Template),
        _ => $"type {type} is not known",
    };

    private static string? Source(JsonElement file) =>
        file.TryGetProperty("id", out _) == file.TryGetProperty("link", out _) ? "exactly one of id and link is wanted" : null;

    private static string? Interactive(JsonElement interactive)
    {
        string? body = Object(interactive, "body", text => Text(text, "text", 1024));
        string type = interactive.TryGetProperty("type", out JsonElement given) ? given.ToString() : "";
        return body ?? Object(interactive, "action", action => type switch
        {
            "button" => First(
                List(action, "buttons", 1, 3, button => First(Is(button, "type", "reply"), Object(button, "reply", reply => First(Text(reply, "id", 256), Text(reply, "title", 20))))),
                Distinct(action, "buttons", button => button.GetProperty("reply").GetProperty("title").GetString()),
                Distinct(action, "buttons", button => button.GetProperty("reply").GetProperty("id").GetString())),
            "list" => First(Text(action, "button", 20), List(action, "sections", 1, 10, section => First(
                List(section, "rows", 1, 10, row => First(Text(row, "id", 200), Text(row, "title", 24), Text(row, "description", 72, required: false))),
                Distinct(section, "rows", row => row.GetProperty("title").GetString()), Distinct(section, "rows", row => row.GetProperty("id").GetString())))),
            "cta_url" => First(Is(action, "name", "cta_url"), Object(action, "parameters", link => First(Text(link, "display_text", 20), Text(link, "url", 2000)))),
            _ => $"interactive of type {type} is not known",
        });
    }

    private static string? Template(JsonElement template) => First(
        Only(template, "name", "language", "components"), Text(template, "name", 512), Object(template, "language", language => Text(language, "code", 16)),
        List(template, "components", 0, 20, component => First(
            Is(component, "type", "header", "body", "button"),
            component.GetProperty("type").GetString() == "button" ? First(Is(component, "sub_type", "quick_reply", "url"), Id(component, "index")) : null,
            List(component, "parameters", 1, 100, Parameter)), required: false));

    private static string? Parameter(JsonElement parameter) => First(
        Is(parameter, "type", "text", "payload"),
        Text(parameter, parameter.GetProperty("type").GetString()!, 1024),
        parameter.TryGetProperty("text", out JsonElement text) && Odd().IsMatch(text.ToString())
            ? "Param text cannot have new-line/tab characters or more than 4 consecutive spaces" : null);

    [GeneratedRegex("^[0-9]{5,20}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Digits();

    [GeneratedRegex(@"[\n\r\t]| {5,}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Odd();
}
