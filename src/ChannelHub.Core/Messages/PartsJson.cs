using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Core.Ids;

namespace ChannelHub.Core.Messages;

/// <summary>A file that a message names: a new one to fetch, or one that was uploaded before.</summary>
/// <param name="Id">Its attachment id.</param>
/// <param name="Media">What the sender says of it.</param>
/// <param name="FileName">Name to show.</param>
/// <param name="ContentType">Claimed type.</param>
/// <param name="Size">Claimed size in bytes.</param>
/// <param name="Ready">Whether the bytes are there already.</param>
public sealed record PartFile(long Id, MediaReference Media, string? FileName, string ContentType, long? Size, bool Ready);

/// <summary>
/// The stored form of a message's content: the JSON array of parts as the API shows it. Written once, when the message is, so that reading a thread
/// copies bytes.
/// </summary>
public static class PartsJson
{
    // Quotes and controls are always escaped; letters of any script stay readable and short.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Renders parts. <paramref name="fileOf"/> answers the file of each media part.</summary>
    public static byte[] Render(IReadOnlyList<Part> parts, Func<MediaPart, PartFile> fileOf)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartArray();
        for (int i = 0; i < parts.Count; i++)
        {
            json.WriteStartObject();
            json.WriteNumber("index"u8, i);
            Write(json, parts[i], fileOf);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The name of a kind of file in the API.</summary>
    public static string Name(MediaKind kind) => kind switch
    {
        MediaKind.Image => "image",
        MediaKind.Audio => "audio",
        MediaKind.Video => "video",
        MediaKind.Sticker => "sticker",
        _ => "file",
    };

    /// <summary>The kind of file of a name; null if it is not one.</summary>
    public static MediaKind? KindOf(string name) => name switch
    {
        "image" => MediaKind.Image,
        "audio" => MediaKind.Audio,
        "video" => MediaKind.Video,
        "sticker" => MediaKind.Sticker,
        "file" => MediaKind.File,
        _ => null,
    };

    private static void Write(Utf8JsonWriter json, Part part, Func<MediaPart, PartFile> fileOf)
    {
        switch (part)
        {
            case TextPart text:
                json.WriteString("type"u8, "text"u8);
                json.WriteString("text"u8, text.Text);
                WriteOptional(json, "full_text", text.FullText);
                WriteOptional(json, "html", text.Html);
                break;
            case MediaPart media:
                json.WriteString("type"u8, Name(media.Kind));
                WriteAttachment(json, fileOf(media));
                WriteOptional(json, "caption", media.Caption);
                break;
            case LocationPart location:
                json.WriteString("type"u8, "location"u8);
                json.WriteNumber("latitude"u8, Finite(location.Latitude));
                json.WriteNumber("longitude"u8, Finite(location.Longitude));
                WriteOptional(json, "name", location.Name);
                WriteOptional(json, "address", location.Address);
                break;
            case ContactPart contact:
                json.WriteString("type"u8, "contact"u8);
                json.WriteString("name"u8, contact.Name);
                WriteList(json, "phones", contact.Phones);
                WriteList(json, "emails", contact.Emails);
                break;
            case ButtonsPart buttons:
                json.WriteString("type"u8, "buttons"u8);
                json.WriteString("text"u8, buttons.Text);
                WriteButtons(json, buttons.Buttons);
                break;
            case ReplyPart reply:
                json.WriteString("type"u8, "reply"u8);
                json.WriteString("button_id"u8, reply.ButtonId);
                json.WriteString("label"u8, reply.Label);
                break;
            case OrderPart order:
                json.WriteString("type"u8, "order"u8);
                WriteOrder(json, order);
                break;
            case TemplatePart template:
                json.WriteString("type"u8, "template"u8);
                WriteTemplate(json, template);
                break;
            case CallPart call:
                json.WriteString("type"u8, "call"u8);
                WriteCall(json, call, fileOf);
                break;
            case UnsupportedPart unsupported:
                json.WriteString("type"u8, "unsupported"u8);
                json.WriteString("kind"u8, unsupported.Kind);
                break;
        }
    }

    // What a report leaves open is left out, so that it can be laid over what is known: see CallMerge.
    private static void WriteCall(Utf8JsonWriter json, CallPart call, Func<MediaPart, PartFile> fileOf)
    {
        json.WriteString("direction"u8, call.Outgoing ? "out"u8 : "in"u8);
        json.WriteString("status"u8, CallMerge.NameOf(call.Status));
        json.WriteNumber("duration_s"u8, call.DurationSeconds ?? 0);
        WriteOptional(json, "attestation", call.Attestation);
        if (call.Choices.Count > 0)
            WriteList(json, "choices", call.Choices);
        if (call.CallbackWanted)
            json.WriteBoolean("callback_requested"u8, true);
        if (call.Recording is { } recording)
            WriteAttachment(json, fileOf(recording), "recording");
        WriteOptional(json, "transcript", call.Transcript);
    }

    private static void WriteAttachment(Utf8JsonWriter json, PartFile file, string name = "attachment")
    {
        string id = HubId.Format(IdPrefix.Attachment, file.Id);
        json.WriteStartObject(name);
        json.WriteString("id"u8, id);
        json.WriteString("file_name"u8, file.FileName);
        json.WriteString("content_type"u8, file.ContentType);
        if (file.Size is { } size)
            json.WriteNumber("size"u8, size);
        json.WriteString("state"u8, file.Ready ? "ready"u8 : "pending"u8);
        json.WriteString("url"u8, "/v1/attachments/" + id);
        json.WriteEndObject();
    }

    private static void WriteButtons(Utf8JsonWriter json, IReadOnlyList<Button> buttons)
    {
        json.WriteStartArray("buttons"u8);
        foreach (Button button in buttons)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, button.Id);
            json.WriteString("label"u8, button.Label);
            WriteOptional(json, "url", button.Url);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteOrder(Utf8JsonWriter json, OrderPart order)
    {
        json.WriteStartArray("items"u8);
        foreach (OrderItem item in order.Items)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, item.Id);
            WriteOptional(json, "name", item.Name);
            json.WriteNumber("quantity"u8, item.Quantity);
            if (item.Price is { } price)
                json.WriteNumber("price"u8, price);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (order.Total is { } total)
            json.WriteNumber("total"u8, total);
        else
            json.WriteNull("total"u8);
        json.WriteString("currency"u8, order.Currency);
        json.WritePropertyName("raw"u8);
        // It is checked, since the whole content could not be read any more if it were no JSON.
        json.WriteRawValue(order.Raw ?? "null", skipInputValidation: false);
    }

    private static void WriteTemplate(Utf8JsonWriter json, TemplatePart template)
    {
        json.WriteString("name"u8, template.Name);
        WriteOptional(json, "language", template.Language);
        WriteList(json, "variables", template.Variables);
        if (template.Header.Count > 0)
            WriteList(json, "header", template.Header);
        if (template.Buttons.Count > 0)
        {
            json.WriteStartArray("button_variables"u8);
            foreach (TemplateButton button in template.Buttons)
            {
                json.WriteStartObject();
                json.WriteNumber("index"u8, button.Index);
                json.WriteString("value"u8, button.Value);
                json.WriteBoolean("link"u8, button.IsLink);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        WriteOptional(json, "text", template.Text);
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }

    // JSON has no infinity; a place that is nowhere is shown at zero rather than losing the message.
    private static double Finite(double value) => double.IsFinite(value) ? value : 0;
}
