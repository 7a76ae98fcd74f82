using System.Text.Json;
using static ChannelHub.Adapters.Conformance.Meta.GraphRules;

namespace ChannelHub.Adapters.Conformance.Meta;

/// <summary>What the Send API of Pages and of Instagram accounts wants, and how much of it.</summary>
internal static class MessengerRules
{
    private const long Megabyte = 1024 * 1024;

    /// <summary>What a send does wrong; null if nothing.</summary>
    public static string? Send(JsonElement body, bool isInstagram)
    {
        if (body.ValueKind != JsonValueKind.Object)
            return "the body is not a JSON object";
        string? recipient = Object(body, "recipient", to => First(Only(to, "id"), Id(to, "id")));
        bool acts = body.TryGetProperty("sender_action", out JsonElement action);
        if (acts == body.TryGetProperty("message", out _))
            return "exactly one of message and sender_action is wanted";
        if (acts)
        {
            return First(recipient, Only(body, "recipient", "sender_action", "payload"), Is(body, "sender_action", "typing_on", "typing_off", "mark_seen", "react", "unreact"),
                action.ToString() is "react" or "unreact" ? Object(body, "payload", payload => First(
                    Id(payload, "message_id"), action.ToString() == "react" ? Text(payload, "reaction", 32) : null)) : null);
        }
        return First(recipient, Only(body, "recipient", "messaging_type", "tag", "message", "reply_to"), Is(body, "messaging_type", "RESPONSE", "UPDATE", "MESSAGE_TAG"),
            body.GetProperty("messaging_type").GetString() == "MESSAGE_TAG" ? Is(body, "tag", "HUMAN_AGENT") : body.TryGetProperty("tag", out _) ? "tag without MESSAGE_TAG" : null,
            Object(body, "reply_to", reply => Id(reply, "mid"), required: false),
            Object(body, "message", message => Message(message, isInstagram)));
    }

    /// <summary>What an upload does wrong; null if nothing.</summary>
    public static string? Upload(GraphCall call, bool isInstagram)
    {
        if (call.ContentType != "multipart/form-data")
            return $"sent as {call.ContentType} instead of multipart/form-data";
        if (!call.Files.TryGetValue("filedata", out GraphFile? file) || file.Bytes.Length == 0)
            return "filedata is missing or empty";
        if (file.Bytes.Length > 25 * Megabyte)
            return "the file is larger than 25 MB";
        if (call["message"] is not { } told)
            return "message is missing";
        JsonElement message = JsonElement.Parse(told);
        return Object(message, "attachment", attachment => First(Is(attachment, "type", "image", "audio", "video", "file"),
            isInstagram && attachment.GetProperty("type").GetString() == "file" && file.ContentType != "application/pdf" ? "only PDF is taken as a file" : null));
    }

    private static string? Message(JsonElement message, bool isInstagram)
    {
        bool hasText = message.TryGetProperty("text", out _);
        if (hasText == message.TryGetProperty("attachment", out _))
            return "exactly one of text and attachment is wanted";
        return First(Only(message, "text", "attachment", "quick_replies", "metadata"), Text(message, "metadata", 1000, required: false),
            hasText ? Text(message, "text", isInstagram ? 1000 : 2000, inBytes: isInstagram) : Object(message, "attachment", Attachment),
            List(message, "quick_replies", 1, 13, reply => First(Is(reply, "content_type", "text"), Text(reply, "title", 20), Text(reply, "payload", 1000)), required: false));
    }

    private static string? Attachment(JsonElement attachment) => First(
        Is(attachment, "type", "image", "audio", "video", "file", "template"),
        Object(attachment, "payload", payload => attachment.GetProperty("type").GetString() == "template"
            ? First(Is(payload, "template_type", "button"), Text(payload, "text", 640), List(payload, "buttons", 1, 3, Button))
            : payload.TryGetProperty("url", out _) == payload.TryGetProperty("attachment_id", out _) ? "exactly one of url and attachment_id is wanted" : null));

    private static string? Button(JsonElement button) => First(
        Is(button, "type", "postback", "web_url"), Text(button, "title", 20),
        button.GetProperty("type").GetString() == "postback" ? Text(button, "payload", 1000) : Text(button, "url", 2000));
}
