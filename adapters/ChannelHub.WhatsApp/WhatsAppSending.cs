using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Meta.Graph;

namespace ChannelHub.WhatsApp;

/// <summary>What the hub sends, as bodies of the one call that takes them. Marks of formatting in an agent's words go out as they are: nothing escapes them.</summary>
internal static class WhatsAppSending
{
    /// <summary>Null for what WhatsApp has no message for.</summary>
    public static HttpContent? Body(OutboundMessage message, WhatsAppAddress to, string? mediaId) => message.Part switch
    {
        TextPart text => Message(message, to, "text", writer => Text(writer, text)),
        MediaPart part when mediaId is not null && message.Media is { } media && KindOf(part, media) is var kind =>
            Message(message, to, kind, writer => Media(writer, kind, mediaId, part, media)),
        LocationPart place => Message(message, to, "location", writer => WhatsAppShapes.Place(writer, place)),
        ContactPart card => Message(message, to, "contacts", writer => WhatsAppShapes.Card(writer, card)),
        ButtonsPart { Buttons.Count: > 0 } buttons => Message(message, to, "interactive", writer => WhatsAppShapes.Question(writer, buttons)),
        TemplatePart template => Message(message, to, "template", writer => WhatsAppShapes.Template(writer, template)),
        _ => null,
    };

    public static HttpContent Reaction(WhatsAppAddress to, ExternalId id, string? reaction) => GraphBody.Json(writer =>
    {
        Head(writer, to, "reaction");
        writer.WriteStartObject("reaction");
        writer.WriteString("message_id", id.Value);
        // An empty one takes it back.
        writer.WriteString("emoji", reaction ?? "");
        writer.WriteEndObject();
    });

    public static HttpContent Seen(ExternalId id, bool typing) => GraphBody.Json(writer =>
    {
        writer.WriteString("messaging_product", "whatsapp");
        writer.WriteString("status", "read");
        writer.WriteString("message_id", id.Value);
        if (!typing)
            return;
        writer.WriteStartObject("typing_indicator");
        writer.WriteString("type", "text");
        writer.WriteEndObject();
    });

    /// <summary>What is shown as such only in these forms and sizes; everything else arrives whole as a document.</summary>
    public static string KindOf(MediaPart part, OutboundMedia media)
    {
        const long Megabyte = 1024 * 1024;
        return (part.Kind, GraphBody.TypeOf(media)) switch
        {
            (MediaKind.Image, "image/jpeg" or "image/png") when media.Size <= 5 * Megabyte => "image",
            (MediaKind.Audio, "audio/aac" or "audio/amr" or "audio/mpeg" or "audio/mp4" or "audio/ogg")
                when media.Size <= 16 * Megabyte && string.IsNullOrEmpty(part.Caption) => "audio",
            (MediaKind.Video, "video/mp4" or "video/3gpp") when media.Size <= 16 * Megabyte => "video",
            (MediaKind.Sticker, "image/webp") when media.Size <= 500 * 1024 && string.IsNullOrEmpty(part.Caption) => "sticker",
            _ => "document",
        };
    }

    private static HttpContent Message(OutboundMessage message, WhatsAppAddress to, string type, Action<Utf8JsonWriter> content) => GraphBody.Json(writer =>
    {
        Head(writer, to, type);
        writer.WritePropertyName(type);
        content(writer);
        if (message.ReplyTo is { } quoted)
        {
            writer.WriteStartObject("context");
            writer.WriteString("message_id", quoted.Value);
            writer.WriteEndObject();
        }
        // It comes back in every report, and is all there is to recognise a send by that nobody answered.
        writer.WriteString("biz_opaque_callback_data", message.Key);
    });

    private static void Head(Utf8JsonWriter writer, WhatsAppAddress to, string type)
    {
        writer.WriteString("messaging_product", "whatsapp");
        writer.WriteString("recipient_type", "individual");
        to.Write(writer);
        writer.WriteString("type", type);
    }

    private static void Text(Utf8JsonWriter writer, TextPart text)
    {
        writer.WriteStartObject();
        writer.WriteString("body", text.Text);
        writer.WriteBoolean("preview_url", false);
        writer.WriteEndObject();
    }

    private static void Media(Utf8JsonWriter writer, string kind, string mediaId, MediaPart part, OutboundMedia media)
    {
        writer.WriteStartObject();
        writer.WriteString("id", mediaId);
        if (!string.IsNullOrEmpty(part.Caption))
            writer.WriteString("caption", part.Caption);
        if (kind == "document")
            writer.WriteString("filename", media.FileName);
        writer.WriteEndObject();
    }
}
