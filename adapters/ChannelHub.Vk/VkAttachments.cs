using System.Globalization;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Vk;

/// <summary>What hangs on a message. Pure.</summary>
internal static class VkAttachments
{
    private const int MaxName = 256;
    private const int MaxLink = 2048;

    /// <summary>Null if the attachment lacks what it must have. <paramref name="text"/> is the message's own, which may hold the link already.</summary>
    public static IReadOnlyList<Part>? Read(string type, JsonElement thing, string text) => type switch
    {
        "photo" => Media(MediaKind.Image, Largest(thing.List("sizes")) ?? Link(thing.Child("orig_photo"), "url"), "image/jpeg"),
        "graffiti" => Media(MediaKind.Image, Link(thing, "url"), "image/png"),
        "sticker" => Largest(thing.List("images")) is { } picture ? Media(MediaKind.Sticker, picture, "image/png") : [new UnsupportedPart("sticker")],
        "audio_message" => Voice(thing),
        "doc" => Document(thing),
        "audio" => Link(thing, "url") is { } song ? Media(MediaKind.Audio, song, "audio/mpeg", Title(thing)) : [new TextPart(Title(thing) ?? "audio")],
        "video" => [new TextPart(Lines(thing.Text("title", MaxName), Page("video", thing)))],
        "market" => [new TextPart(Lines(thing.Text("title", MaxName), thing.Child("price").Text("text", 64), Page("product", thing)))],
        "link" => Shared(thing, text),
        _ => Placeholder(type, thing),
    };

    private static IReadOnlyList<Part>? Media(MediaKind kind, string? link, string? type, string? caption = null, string? fileName = null) => link is null
        ? null
        : [new MediaPart(kind, new MediaReference { Reference = link, ContentType = type, FileName = fileName }, string.IsNullOrEmpty(caption) ? null : caption)];

    private static IReadOnlyList<Part>? Voice(JsonElement voice)
    {
        string? transcript = voice.Text("transcript");
        return Link(voice, "link_ogg") is { } ogg ? Media(MediaKind.Audio, ogg, "audio/ogg", transcript) : Media(MediaKind.Audio, Link(voice, "link_mp3"), "audio/mpeg", transcript);
    }

    private static IReadOnlyList<Part>? Document(JsonElement file)
    {
        string title = file.Text("title", MaxName) ?? "";
        string ext = file.Text("ext", 16) ?? "";
        string? name = title.Length == 0 ? null : ext.Length == 0 || title.EndsWith("." + ext, StringComparison.OrdinalIgnoreCase) ? title : $"{title}.{ext}";
        bool moving = file.Long("type") == 3 || ext.Equals("gif", StringComparison.OrdinalIgnoreCase);
        return Media(moving ? MediaKind.Image : MediaKind.File, Link(file, "url"), moving ? "image/gif" : null, fileName: name);
    }

    private static IReadOnlyList<Part> Shared(JsonElement link, string text)
    {
        string address = Link(link, "url") ?? "";
        return address.Length > 0 && text.Contains(address, StringComparison.Ordinal) ? [] : Words(Lines(link.Text("title", MaxName), address));
    }

    private static IReadOnlyList<Part> Placeholder(string type, JsonElement thing) =>
    [
        new UnsupportedPart(type),
        .. Words(Lines(thing.Text("title", MaxName), thing.Text("question", MaxName), thing.Text("text", 1000), type == "article" ? Link(thing, "url") : type is "wall" or "podcast" ? Page(type, thing) : null)),
    ];

    private static IReadOnlyList<Part> Words(string text) => text.Length == 0 ? [] : [new TextPart(text)];

    private static string? Largest(IEnumerable<JsonElement> sizes)
    {
        JsonElement largest = sizes.DefaultIfEmpty().Aggregate((best, next) => Area(next) >= Area(best) ? next : best);
        return Link(largest, "url");

        static double Area(JsonElement size) => (double)(size.Long("width") ?? 0) * (size.Long("height") ?? 0);
    }

    private static string? Link(JsonElement thing, string name) => thing.Id(name, MaxLink);

    private static string? Title(JsonElement song) => string.Join(" – ", ((string?[])[song.Text("artist", MaxName), song.Text("title", MaxName)]).Where(word => !string.IsNullOrEmpty(word))) is { Length: > 0 } title ? title : null;

    private static string? Page(string kind, JsonElement thing) =>
        (thing.Long("owner_id") ?? thing.Long("from_id") ?? thing.Long("to_id")) is { } owner && thing.Long("id") is { } id
            ? string.Create(CultureInfo.InvariantCulture, $"https://vk.com/{kind}{owner}_{id}")
            : null;

    private static string Lines(params string?[] lines) => string.Join('\n', lines.Where(line => !string.IsNullOrWhiteSpace(line)));
}
