using ChannelHub.Adapters;

namespace ChannelHub.Http;

/// <summary>A part as the other system reads it.</summary>
internal static class OutboundContent
{
    /// <summary>The shape of a part; null for what this channel has no shape for.</summary>
    public static object? Of(Part part, OutboundMedia? media) => part switch
    {
        TextPart text => new { Type = "text", text.Text },
        ButtonsPart buttons => new { Type = "text", buttons.Text },
        MediaPart file => new
        {
            Type = Name(file.Kind),
            Url = media?.Link?.AbsoluteUri,
            Name = media?.FileName,
            Mime = media?.ContentType,
            media?.Size,
            file.Caption,
        },
        LocationPart place => new { Type = "location", place.Latitude, place.Longitude, place.Name, place.Address },
        ContactPart card => new { Type = "contact", card.Name, card.Phones, card.Emails },
        _ => null,
    };

    /// <summary>The buttons that stand beside the content; a press brings back <c>payload</c>.</summary>
    public static object? Buttons(Part part) =>
        (part as ButtonsPart)?.Buttons.Select(button => new { button.Id, button.Label, Payload = button.Url is null ? button.Id : null, button.Url });

    /// <summary>The kind of content, as capabilities name it.</summary>
    public static string Name(Part part) => part switch
    {
        TextPart => "text",
        ButtonsPart => "buttons",
        MediaPart media => Name(media.Kind),
        LocationPart => "location",
        ContactPart => "contact",
        _ => "unsupported",
    };

    /// <inheritdoc cref="Name(Part)"/>
    public static string Name(MediaKind kind) => kind switch
    {
        MediaKind.Image => "image",
        MediaKind.Audio => "audio",
        MediaKind.Video => "video",
        MediaKind.Sticker => "sticker",
        _ => "file",
    };
}
