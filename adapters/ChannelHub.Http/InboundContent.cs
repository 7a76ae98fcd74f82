using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Http;

/// <summary>Reads what a message consists of. A kind of content that is not known becomes a part that says so.</summary>
internal static class InboundContent
{
    private const int MostParts = 50;

    public static IReadOnlyList<Part> Read(Fields data)
    {
        var parts = new List<Part>();
        foreach (Fields part in data.Objects("content", MostParts, required: true))
            parts.Add(ReadPart(part));
        return parts;
    }

    /// <summary>Small facts beside a message, as text.</summary>
    public static IReadOnlyDictionary<string, string>? Metadata(Fields data)
    {
        if (data.Object("metadata") is not { } given)
            return null;
        var facts = new Dictionary<string, string>();
        foreach (JsonProperty fact in given.Element.EnumerateObject())
        {
            string? value = fact.Value.ValueKind switch
            {
                JsonValueKind.String => fact.Value.GetString(),
                JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => fact.Value.GetRawText(),
                _ => null,
            };
            if (value is { Length: <= 1000 } && fact.Name.Length is > 0 and <= 100 && facts.Count < 50)
                facts[fact.Name] = value;
            else if (fact.Value.ValueKind != JsonValueKind.Null)
                return NotFacts(data);
        }
        return facts.Count > 0 ? facts : null;
    }

    private static IReadOnlyDictionary<string, string>? NotFacts(Fields data)
    {
        data.Wrong("metadata", "must hold at most 50 names of up to 100 characters with strings, numbers or flags of up to 1000 characters");
        return null;
    }

    private static Part ReadPart(Fields part)
    {
        string type = part.Text("type", 100, required: true) ?? "";
        return type switch
        {
            "text" => new TextPart(part.Text("text", HttpChannelType.LongestText, required: true) ?? ""),
            "image" => Media(part, MediaKind.Image),
            "audio" => Media(part, MediaKind.Audio),
            "video" => Media(part, MediaKind.Video),
            "file" => Media(part, MediaKind.File),
            "sticker" => Media(part, MediaKind.Sticker),
            "location" => new LocationPart(
                part.Number("latitude", -90, 90), part.Number("longitude", -180, 180), part.Text("name", 500), part.Text("address", 1000)),
            "contact" => new ContactPart(part.Text("name", 500, required: true) ?? "", part.Texts("phones", 20, 64), part.Texts("emails", 20, 320)),
            "buttons" => new ButtonsPart(part.Text("text", HttpChannelType.LongestText, required: true) ?? "", Buttons(part)),
            "reply" => new ReplyPart(part.Id("button_id", 256, required: true) ?? "", part.Text("label", 1000)),
            _ => new UnsupportedPart(type),
        };
    }

    private static MediaPart Media(Fields part, MediaKind kind)
    {
        string? stored = part.Text("file_id", 64);
        Uri? address = part.WebAddress("url");
        if (stored is not null && !stored.StartsWith("att_", StringComparison.Ordinal))
            part.Wrong("file_id", "must be an id that an upload to this channel was answered with (att_…)");
        if (stored is null == address is null)
            part.Wrong("url", "give either url or file_id");
        var media = new MediaReference
        {
            Reference = address?.AbsoluteUri,
            Stored = stored,
            FileName = part.Text("name", 255),
            ContentType = part.Text("mime", 127),
            Size = part.Count("size"),
            Sha256 = Hash(part),
        };
        return new MediaPart(kind, media, part.Text("caption", HttpChannelType.LongestText));
    }

    private static string? Hash(Fields part)
    {
        string? hash = part.Text("sha256", 64)?.ToLowerInvariant();
        if (hash is null || (hash.Length == 64 && hash.All(char.IsAsciiHexDigitLower)))
            return hash;
        part.Wrong("sha256", "must be 64 hexadecimal digits");
        return null;
    }

    private static List<Button> Buttons(Fields part)
    {
        var buttons = new List<Button>();
        foreach (Fields button in part.Objects("buttons", 20, required: true))
        {
            string id = button.Id("id", 256, required: true) ?? "";
            string label = button.Text("label", 1000, required: true) ?? "";
            buttons.Add(new Button(id, label, button.WebAddress("url")?.AbsoluteUri));
        }
        return buttons;
    }
}
