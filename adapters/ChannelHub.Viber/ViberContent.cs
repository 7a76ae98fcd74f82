using System.Globalization;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Viber;

/// <summary>What a message says. Pure.</summary>
internal static class ViberContent
{
    private const int MaxName = 256;
    private const int MaxLink = 2048;

    /// <summary>Null if the message lacks what its type must have.</summary>
    public static IReadOnlyList<Part>? Read(JsonElement message) => message.Text("type", 64) switch
    {
        "text" => message.Text("text") is { } text ? [ViberButtons.Read(text) ?? (Part)new TextPart(text)] : null,
        "picture" => File(message, MediaKind.Image, "image/jpeg"),
        "video" => File(message, MediaKind.Video, "video/mp4"),
        "file" => File(message, MediaKind.File, type: null),
        "sticker" => message.Has("media") ? File(message, MediaKind.Sticker, "image/png") : [new UnsupportedPart("sticker")],
        "url" => message.Id("media", MaxLink) is { } link ? [new TextPart(link)] : null,
        "location" => Place(message.Child("location")),
        "contact" => Card(message.Child("contact")),
        null => null,
        var other => [new UnsupportedPart(other), .. Words(message)],
    };

    public static Dictionary<string, string>? Metadata(JsonElement message)
    {
        Dictionary<string, string>? facts = null;
        string tracking = message.Text("tracking_data", 4096) ?? "";
        if (tracking.StartsWith(ViberWelcome.Mark, StringComparison.Ordinal))
            Add("context", tracking[ViberWelcome.Mark.Length..]);
        else if (!tracking.StartsWith("msg_", StringComparison.Ordinal))
            Add("tracking_data", tracking);
        if (message.Long("sticker_id") is { } sticker)
            Add("sticker_id", sticker.ToString(CultureInfo.InvariantCulture));
        return facts;

        void Add(string name, string value)
        {
            if (value.Length > 0)
                (facts ??= [])[name] = value;
        }
    }

    // What Viber tells of the size is not to be trusted, and a file of another size would be refused, so it is left out.
    private static IReadOnlyList<Part>? File(JsonElement message, MediaKind kind, string? type)
    {
        if (message.Id("media", MaxLink) is not { } link)
            return null;
        string? name = message.Text("file_name", MaxName);
        var file = new MediaReference { Reference = link, FileName = string.IsNullOrWhiteSpace(name) ? null : name, ContentType = type };
        return [new MediaPart(kind, file, message.Text("text") is { Length: > 0 } caption ? caption : null)];
    }

    private static IReadOnlyList<Part>? Place(JsonElement place) =>
        place.Double("lat") is { } latitude && place.Double("lon") is { } longitude && Math.Abs(latitude) <= 90 && Math.Abs(longitude) <= 180
            ? [new LocationPart(latitude, longitude)]
            : null;

    // Whose card it is cannot be told: the answer to "share your number" looks like anybody's card passed on. So it proves nothing.
    private static IReadOnlyList<Part>? Card(JsonElement card)
    {
        string? phone = card.Text("phone_number", 64);
        string? name = card.Text("name", MaxName);
        return string.IsNullOrWhiteSpace(phone) && string.IsNullOrWhiteSpace(name)
            ? null
            : [new ContactPart(string.IsNullOrWhiteSpace(name) ? phone! : name, string.IsNullOrWhiteSpace(phone) ? [] : [phone], [])];
    }

    private static IEnumerable<Part> Words(JsonElement message) => message.Text("text") is { Length: > 0 } text ? [new TextPart(text)] : [];
}
