using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Meta.Graph;

namespace ChannelHub.Meta;

/// <summary>What a message says, as parts and as small facts beside them. Pure.</summary>
internal static class MetaContent
{
    private const int LongestUrl = 4096;
    private const int LongestNote = 2048;

    // The thumb comes as a sticker of three sizes.
    private static readonly string[] Thumbs = ["369239263222822", "369239343222814", "369239383222810"];

    public static IReadOnlyList<Part> Read(JsonElement message)
    {
        string? text = message.Text("text") is { Length: > 0 } words ? words : null;
        // The tap of a quick reply comes as a message.
        if (message.Child("quick_reply").Text("payload", 1024) is { } payload)
            return [new ReplyPart(payload, text)];
        var parts = new List<Part>();
        if (text is not null)
            parts.Add(new TextPart(text));
        parts.AddRange(message.List("attachments").Select(Attachment));
        if (parts.Count == 0)
            parts.Add(new UnsupportedPart(message.IsTrue("is_unsupported") ? "unsupported" : "empty"));
        return parts;
    }

    /// <summary>Where the customer came from, what they answer, and whose thread it is.</summary>
    public static Dictionary<string, string>? Facts(JsonElement happening, JsonElement said, bool isStandby)
    {
        Dictionary<string, string>? facts = null;
        JsonElement referral = said.Child("referral") is { ValueKind: JsonValueKind.Object } inside ? inside : happening.Child("referral");
        foreach (string name in (string[])["ref", "source", "type", "ad_id", "referer_uri"])
            GraphShape.Note(ref facts, $"referral_{name}", referral.Text(name, LongestNote));
        JsonElement optin = happening.Child("optin");
        foreach (string name in (string[])["type", "payload", "ref"])
            GraphShape.Note(ref facts, $"optin_{name}", optin.Text(name, LongestNote));
        JsonElement story = said.Child("reply_to").Child("story");
        GraphShape.Note(ref facts, "story_id", story.Text("id", 256));
        // A story is gone after a day and must not be kept: its address is for looking, while it is there.
        GraphShape.Note(ref facts, "story_url", story.Text("url", LongestUrl) ?? said.List("attachments")
            .FirstOrDefault(attachment => attachment.Text("type", 64) == "story_mention").Child("payload").Text("url", LongestUrl));
        GraphShape.Note(ref facts, "standby", isStandby ? "true" : null);
        return facts;
    }

    private static Part Attachment(JsonElement attachment)
    {
        string type = attachment.Text("type", 64) is { Length: > 0 } told ? told : "unknown";
        JsonElement payload = attachment.Child("payload");
        string? sticker = payload.Text("sticker_id", 32) ?? payload.Long("sticker_id")?.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return type switch
        {
            _ when sticker is not null && Thumbs.Contains(sticker) => new TextPart("👍"),
            "sticker" => File(MediaKind.Sticker, type, payload),
            "image" => File(sticker is null ? MediaKind.Image : MediaKind.Sticker, type, payload),
            "video" => File(MediaKind.Video, type, payload),
            "audio" => File(MediaKind.Audio, type, payload),
            "file" => File(MediaKind.File, type, payload),
            "location" => Place(payload),
            "like_heart" => new TextPart("❤️"),
            "fallback" or "share" or "post" or "template" or "reel" or "ig_reel" or "ig_post" => Shared(type, attachment, payload),
            _ => new UnsupportedPart(type),
        };
    }

    private static Part File(MediaKind kind, string type, JsonElement payload)
    {
        if (Web(payload.Text("url")) is not { } url)
            return new UnsupportedPart(type);
        string name = Uri.UnescapeDataString(url.Segments[^1]).Trim('/');
        // The name of a file stands nowhere but in its address.
        return new MediaPart(kind, new MediaReference { Reference = url.AbsoluteUri, FileName = kind == MediaKind.File && name.Length > 0 ? CleanText.Clean(CleanText.Truncate(name, 256)) : null });
    }

    private static Part Place(JsonElement payload)
    {
        JsonElement coordinates = payload.Child("coordinates");
        return coordinates.Double("lat") is { } latitude and >= -90 and <= 90 && coordinates.Double("long") is { } longitude and >= -180 and <= 180
            ? new LocationPart(latitude, longitude)
            : new UnsupportedPart("location");
    }

    // What was shared has a title and an address, in the attachment or in its payload; the address may be half of one, or none.
    private static Part Shared(string type, JsonElement attachment, JsonElement payload)
    {
        string? title = payload.Text("title", LongestNote) ?? attachment.Text("title", LongestNote);
        string? url = (Web(payload.Text("url")) ?? Web(attachment.Text("url")))?.AbsoluteUri;
        string[] lines = [.. new[] { title, url }.OfType<string>().Where(line => !string.IsNullOrWhiteSpace(line))];
        return lines.Length > 0 ? new TextPart(string.Join('\n', lines)) : new UnsupportedPart(type);
    }

    private static Uri? Web(string? url) =>
        url is { Length: > 0 and <= LongestUrl } && Uri.TryCreate(url, UriKind.Absolute, out Uri? address) && address.Scheme is ("https" or "http") && address.UserInfo.Length == 0
            && address.AbsoluteUri.Length <= 2 * LongestUrl
            ? address : null;
}
