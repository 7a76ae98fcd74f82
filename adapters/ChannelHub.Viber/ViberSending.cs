using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Viber;

/// <summary>What the hub sends, as <c>send_message</c> wants it. Pure.</summary>
internal static class ViberSending
{
    public static readonly string[] PictureTypes = ["image/jpeg", "image/png", "image/gif"];

    private const int MaxSenderName = 28;
    private const int MaxCardName = 28;
    private const int MaxCardPhone = 18;
    private const int MaxFileName = 256;

    // A message may have 30 kB; written as \uXXXX seven thousand letters of most scripts would not fit.
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The body, or why Viber has no way to send this.</summary>
    public static (ReadOnlyMemory<byte>? Body, string Reason) Body(OutboundMessage message, ViberSettings settings)
    {
        if (message is { Part: MediaPart, Media.Link: null })
            return (null, "Viber fetches files from the hub, which has no public address (CHANNELHUB_PUBLIC_URL)");
        if (Content(message.Part, message.Media) is not { } content)
            return (null, $"Viber has no way to send {message.Part.GetType().Name}");
        return (Json(writer =>
        {
            writer.WriteString("receiver", message.To.Value);
            writer.WriteNumber("min_api_version", 1);
            WriteSender(writer, settings);
            writer.WriteString("tracking_data", message.Key);
            content(writer);
        }), "");
    }

    public static void WriteSender(Utf8JsonWriter writer, ViberSettings settings)
    {
        writer.WriteStartObject("sender");
        writer.WriteString("name", CleanText.Truncate(string.IsNullOrWhiteSpace(settings.SenderName) ? "Support" : settings.SenderName, MaxSenderName));
        if (!string.IsNullOrEmpty(settings.SenderAvatar))
            writer.WriteString("avatar", settings.SenderAvatar);
        writer.WriteEndObject();
    }

    public static ReadOnlyMemory<byte> Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Compact))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    private static Action<Utf8JsonWriter>? Content(Part part, OutboundMedia? media) => part switch
    {
        TextPart text => writer => Text(writer, text.Text),
        ButtonsPart question => writer =>
        {
            Text(writer, question.Text);
            ViberButtons.Write(writer, question.Buttons);
        },
        MediaPart file when media is not null => writer => File(writer, file, media),
        LocationPart { Name: null or "", Address: null or "" } place => writer =>
        {
            writer.WriteString("type", "location");
            writer.WriteStartObject("location");
            writer.WriteNumber("lat", place.Latitude);
            writer.WriteNumber("lon", place.Longitude);
            writer.WriteEndObject();
        },
        // A place has no name here and a card no more than one number: what would be lost is written out instead.
        LocationPart place => writer => Text(writer, Lines(place.Name, place.Address, string.Create(CultureInfo.InvariantCulture, $"{place.Latitude:0.######}, {place.Longitude:0.######}"))),
        ContactPart { Phones: [{ Length: <= MaxCardPhone }], Emails.Count: 0, Name.Length: <= MaxCardName } card => writer => Card(writer, card),
        ContactPart card => writer => Text(writer, Lines([card.Name, .. card.Phones, .. card.Emails])),
        _ => null,
    };

    private static void Text(Utf8JsonWriter writer, string text)
    {
        writer.WriteString("type", "text");
        writer.WritePropertyName("text");
        writer.WriteRawValue(Quoted(text));
    }

    // The writer would still spend twelve bytes on an emoji, so the words are quoted by hand.
    private static string Quoted(string text)
    {
        var quoted = new StringBuilder(text.Length + 16).Append('"');
        foreach (char letter in CleanText.Clean(text))
        {
            if (letter is '"' or '\\')
                quoted.Append('\\').Append(letter);
            else if (letter < ' ')
                quoted.Append(letter switch { '\n' => "\\n", '\t' => "\\t", '\r' => "\\r", _ => " " });
            else
                quoted.Append(letter);
        }
        return quoted.Append('"').ToString();
    }

    private static void Card(Utf8JsonWriter writer, ContactPart card)
    {
        writer.WriteString("type", "contact");
        writer.WriteStartObject("contact");
        writer.WriteString("name", card.Name);
        writer.WriteString("phone_number", card.Phones[0]);
        writer.WriteEndObject();
    }

    private static void File(Utf8JsonWriter writer, MediaPart part, OutboundMedia media)
    {
        string type = media.ContentType.Split(';')[0].Trim().ToLowerInvariant();
        bool picture = part.Kind is MediaKind.Image or MediaKind.Sticker && PictureTypes.Contains(type) && media.Size <= ViberChannelType.MaxPictureBytes;
        bool film = part.Kind is MediaKind.Video && type == "video/mp4" && media.Size <= ViberChannelType.MaxVideoBytes;
        writer.WriteString("type", picture ? "picture" : film ? "video" : "file");
        writer.WriteString("media", media.Link!.AbsoluteUri);
        if (picture)
        {
            writer.WriteString("text", part.Caption ?? "");
            return;
        }
        writer.WriteNumber("size", media.Size);
        if (!film)
            writer.WriteString("file_name", CleanText.Truncate(media.FileName, MaxFileName));
    }

    private static string Lines(params string?[] lines) => string.Join('\n', lines.Where(line => !string.IsNullOrWhiteSpace(line)));
}
