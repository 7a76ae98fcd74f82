using System.Text;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Telegram;

/// <summary>What the hub sends, as calls of the Bot API. Text goes out plain: marks in an agent's words are words.</summary>
internal static class TelegramSending
{
    private const long MaxPhotoBytes = 10 * 1024 * 1024;
    private const long MaxStickerBytes = 512 * 1024;
    private const int MaxCardBytes = 2048;

    /// <summary>Null for what Telegram has no method for. Files go by <see cref="Upload"/>.</summary>
    public static TelegramCall? Call(Part part, long chat, TelegramMessageId? replyTo)
    {
        return part switch
        {
            TextPart text => Send("sendMessage", writer => writer.WriteString("text", text.Text)),
            ButtonsPart buttons => Send("sendMessage", writer => Question(writer, buttons)),
            LocationPart { Name: null or "", Address: null or "" } place => Send("sendLocation", writer => Point(writer, place)),
            LocationPart place => Send("sendVenue", writer => Venue(writer, place)),
            ContactPart { Phones.Count: > 0 } card => Send("sendContact", writer => Card(writer, card)),
            _ => null,
        };

        TelegramCall Send(string method, Action<Utf8JsonWriter> content) => TelegramCall.Json(method, writer =>
        {
            writer.WriteNumber("chat_id", chat);
            content(writer);
            if (replyTo is { } answered)
            {
                writer.WritePropertyName("reply_parameters");
                writer.WriteRawValue(Answering(answered).Span);
            }
        });
    }

    public static TelegramCall Upload(MediaPart part, OutboundMedia media, Stream bytes, long chat, TelegramMessageId? replyTo)
    {
        (string method, string field) = Way(part, media);
        var content = new StreamContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", media.ContentType);
        if (!bytes.CanSeek)
            content.Headers.ContentLength = media.Size;
        return TelegramCall.Upload(method,
        [
            ("chat_id", TelegramCall.Number(chat)),
            ("caption", string.IsNullOrEmpty(part.Caption) ? null : part.Caption),
            ("reply_parameters", replyTo is { } answered ? Encoding.UTF8.GetString(Answering(answered).Span) : null),
        ], (field, media.FileName, content));
    }

    /// <summary>Null for what cannot be edited.</summary>
    public static TelegramCall? Edit(Part part, TelegramMessageId id) => part switch
    {
        TextPart text => On(id, "editMessageText", writer => writer.WriteString("text", text.Text)),
        ButtonsPart buttons => On(id, "editMessageText", writer => Question(writer, buttons)),
        MediaPart media => On(id, "editMessageCaption", writer => writer.WriteString("caption", media.Caption ?? "")),
        _ => null,
    };

    public static TelegramCall Reaction(string? reaction, TelegramMessageId id) => On(id, "setMessageReaction", writer =>
    {
        writer.WriteStartArray("reaction");
        if (reaction is not null)
        {
            bool custom = reaction.StartsWith("custom:", StringComparison.Ordinal);
            writer.WriteStartObject();
            writer.WriteString("type", custom ? "custom_emoji" : "emoji");
            writer.WriteString(custom ? "custom_emoji_id" : "emoji", custom ? reaction[7..] : reaction);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    });

    /// <summary>A call that speaks of one message.</summary>
    public static TelegramCall On(TelegramMessageId id, string method, Action<Utf8JsonWriter>? content = null) => TelegramCall.Json(method, writer =>
    {
        writer.WriteNumber("chat_id", id.Chat);
        writer.WriteNumber("message_id", id.Message);
        content?.Invoke(writer);
    });

    // Telegram shows photos, voice notes, music and films only in these forms; everything else arrives whole as a document. A sticker takes no
    // caption, so one with words goes out as what else it is.
    private static (string Method, string Field) Way(MediaPart part, OutboundMedia media)
    {
        string type = media.ContentType.Split(';')[0].Trim().ToLowerInvariant();
        return (part.Kind, type) switch
        {
            (MediaKind.Sticker, "image/webp" or "video/webm" or "application/x-tgsticker") when string.IsNullOrEmpty(part.Caption) && media.Size <= MaxStickerBytes
                => ("sendSticker", "sticker"),
            (MediaKind.Image or MediaKind.Sticker, "image/jpeg" or "image/png" or "image/webp") when media.Size <= MaxPhotoBytes => ("sendPhoto", "photo"),
            (MediaKind.Image or MediaKind.Sticker, "image/gif") => ("sendAnimation", "animation"),
            (MediaKind.Audio, "audio/ogg" or "audio/opus") => ("sendVoice", "voice"),
            (MediaKind.Audio, "audio/mpeg" or "audio/mp3" or "audio/mp4" or "audio/m4a" or "audio/x-m4a") => ("sendAudio", "audio"),
            (MediaKind.Video, "video/mp4") => ("sendVideo", "video"),
            _ => ("sendDocument", "document"),
        };
    }

    private static ReadOnlyMemory<byte> Answering(TelegramMessageId id) => TelegramCall.Object(writer =>
    {
        writer.WriteNumber("message_id", id.Message);
        // Without it the answer is refused when the customer has deleted the question.
        writer.WriteBoolean("allow_sending_without_reply", true);
    });

    private static void Question(Utf8JsonWriter writer, ButtonsPart question)
    {
        writer.WriteString("text", question.Text);
        writer.WriteStartObject("reply_markup");
        writer.WriteStartArray("inline_keyboard");
        foreach (Button button in question.Buttons)
        {
            writer.WriteStartArray();
            writer.WriteStartObject();
            writer.WriteString("text", button.Label);
            writer.WriteString(button.Url is null ? "callback_data" : "url", button.Url ?? button.Id);
            writer.WriteEndObject();
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Point(Utf8JsonWriter writer, LocationPart place)
    {
        writer.WriteNumber("latitude", place.Latitude);
        writer.WriteNumber("longitude", place.Longitude);
    }

    private static void Venue(Utf8JsonWriter writer, LocationPart place)
    {
        Point(writer, place);
        writer.WriteString("title", string.IsNullOrEmpty(place.Name) ? place.Address : place.Name);
        writer.WriteString("address", string.IsNullOrEmpty(place.Address) ? place.Name : place.Address);
    }

    // The call itself has room for one number; a card with more goes along as a vCard.
    private static void Card(Utf8JsonWriter writer, ContactPart card)
    {
        writer.WriteString("phone_number", card.Phones[0]);
        writer.WriteString("first_name", card.Name.Length == 0 ? card.Phones[0] : card.Name);
        if (card.Phones.Count == 1 && card.Emails.Count == 0)
            return;
        IEnumerable<string> lines =
        [
            "BEGIN:VCARD", "VERSION:3.0", $"FN:{Plain(card.Name)}", .. card.Phones.Select(phone => $"TEL:{Plain(phone)}"),
            .. card.Emails.Select(email => $"EMAIL:{Plain(email)}"), "END:VCARD",
        ];
        string vcard = string.Join("\r\n", lines);
        if (Encoding.UTF8.GetByteCount(vcard) <= MaxCardBytes)
            writer.WriteString("vcard", vcard);

        static string Plain(string value) => string.Concat(value.Select(letter => char.IsControl(letter) ? " " : letter is ',' or ';' or '\\' ? $"\\{letter}" : $"{letter}"));
    }
}
