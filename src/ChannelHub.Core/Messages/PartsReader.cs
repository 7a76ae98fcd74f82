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
            "text" => new TextPart(Text(part, "text")!),
            "location" => new LocationPart(
                part.GetProperty("latitude").GetDouble(), part.GetProperty("longitude").GetDouble(), Text(part, "name"), Text(part, "address")),
            "contact" => new ContactPart(Text(part, "name")!, List(part, "phones"), List(part, "emails")),
            "buttons" => new ButtonsPart(Text(part, "text")!, [.. part.GetProperty("buttons").EnumerateArray()
                .Select(button => new Button(Text(button, "id")!, Text(button, "label")!, Text(button, "url")))]),
            "reply" => new ReplyPart(Text(part, "button_id")!, Text(part, "label")),
            "unsupported" => new UnsupportedPart(Text(part, "kind")!),
            _ => new MediaPart(KindOf(type), FileOf(part.GetProperty("attachment")), Text(part, "caption")),
        };
    }

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
