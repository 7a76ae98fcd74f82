using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Core.Messages;

/// <summary>Reads parts back from the form that <see cref="PartsJson"/> gave them.</summary>
public static class PartsReader
{
    /// <summary>All parts. A file's <see cref="MediaReference.Stored"/> is its attachment id.</summary>
    public static IReadOnlyList<Part> Read(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateArray().Select(Read)];
    }

    /// <summary>One part.</summary>
    public static Part Read(string json, int index)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return Read(document.RootElement[index]);
    }

    private static Part Read(JsonElement part)
    {
        string type = part.GetProperty("type").GetString()!;
        return type switch
        {
            "text" => new TextPart(Text(part, "text")!) { FullText = Text(part, "full_text"), Html = Text(part, "html") },
            "location" => new LocationPart(
                part.GetProperty("latitude").GetDouble(), part.GetProperty("longitude").GetDouble(), Text(part, "name"), Text(part, "address")),
            "contact" => new ContactPart(Text(part, "name")!, List(part, "phones"), List(part, "emails")),
            "buttons" => new ButtonsPart(Text(part, "text")!, [.. part.GetProperty("buttons").EnumerateArray()
                .Select(button => new Button(Text(button, "id")!, Text(button, "label")!, Text(button, "url")))]),
            "reply" => new ReplyPart(Text(part, "button_id")!, Text(part, "label")),
            "order" => Order(part),
            "template" => Template(part),
            "call" => Call(part),
            "unsupported" => new UnsupportedPart(Text(part, "kind")!),
            _ => new MediaPart(KindOf(type), FileOf(part.GetProperty("attachment")), Text(part, "caption")),
        };
    }

    private static OrderPart Order(JsonElement part) => new([.. part.GetProperty("items").EnumerateArray().Select(item =>
        new OrderItem(Text(item, "id")!, item.GetProperty("quantity").GetDecimal(), Number(item, "price"), Text(item, "name")))])
    {
        Total = Number(part, "total"),
        Currency = Text(part, "currency"),
        Raw = part.GetProperty("raw") is { ValueKind: not JsonValueKind.Null } raw ? raw.GetRawText() : null,
    };

    private static TemplatePart Template(JsonElement part) => new(Text(part, "name")!, Text(part, "language"), List(part, "variables"))
    {
        Header = part.TryGetProperty("header", out _) ? List(part, "header") : [],
        Buttons = part.TryGetProperty("button_variables", out JsonElement buttons)
            ? [.. buttons.EnumerateArray().Select(button => new TemplateButton(
                button.GetProperty("index").GetInt32(), Text(button, "value")!, button.GetProperty("link").GetBoolean()))]
            : [],
        Text = Text(part, "text"),
    };

    private static CallPart Call(JsonElement part) => new(CallMerge.StatusOf(Text(part, "status")!))
    {
        Outgoing = Text(part, "direction") == "out",
        DurationSeconds = part.GetProperty("duration_s").GetInt64(),
        Attestation = Text(part, "attestation"),
        Choices = part.TryGetProperty("choices", out _) ? List(part, "choices") : [],
        CallbackWanted = part.TryGetProperty("callback_requested", out _),
        Recording = part.TryGetProperty("recording", out JsonElement file) ? new MediaPart(MediaKind.Audio, FileOf(file)) : null,
        Transcript = Text(part, "transcript"),
    };

    private static decimal? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDecimal() : null;

    private static MediaReference FileOf(JsonElement file) => new()
    {
        Stored = Text(file, "id"),
        FileName = Text(file, "file_name"),
        ContentType = Text(file, "content_type"),
        Size = file.TryGetProperty("size", out JsonElement size) ? size.GetInt64() : null,
    };

    private static MediaKind KindOf(string type) =>
        PartsJson.KindOf(type) ?? throw new ArgumentOutOfRangeException(nameof(type), type, "Stored parts are a closed set.");

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static string[] List(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(item => item.GetString()!)];
}
