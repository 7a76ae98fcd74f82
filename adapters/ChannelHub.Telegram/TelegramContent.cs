using System.Collections.Frozen;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Telegram;

/// <summary>What a Telegram message says, as parts and as small facts beside them. Pure.</summary>
internal static class TelegramContent
{
    private const int MaxName = 256;

    // Fields that hold an object or a list and are not what the message says; whatever else does, and is not read here, is unsupported content.
    private static readonly FrozenSet<string> Envelope = FrozenSet.Create(
        "from", "chat", "sender_chat", "sender_business_bot", "direct_messages_topic", "suggested_post_info", "forward_origin", "forward_from",
        "forward_from_chat", "reply_to_message", "external_reply", "quote", "reply_to_story", "via_bot", "entities", "caption_entities",
        "link_preview_options", "reply_markup");

    private static readonly FrozenSet<string> Service = FrozenSet.Create(
        "new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo", "delete_chat_photo", "group_chat_created",
        "supergroup_chat_created", "channel_chat_created", "message_auto_delete_timer_changed", "migrate_to_chat_id", "migrate_from_chat_id",
        "pinned_message", "users_shared", "chat_shared", "connected_website", "write_access_allowed", "proximity_alert_triggered", "boost_added",
        "chat_background_set", "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
        "general_forum_topic_hidden", "general_forum_topic_unhidden", "giveaway_created", "giveaway", "giveaway_winners", "giveaway_completed",
        "video_chat_scheduled", "video_chat_started", "video_chat_ended", "video_chat_participants_invited");

    /// <summary>Whether an <see cref="UnsupportedPart"/> is Telegram talking about the chat rather than the customer talking to us.</summary>
    public static bool IsService(string kind) => Service.Contains(kind);

    /// <summary>Order matters: an animation comes with a document, and a venue with a location, for the sake of older programs.</summary>
    public static IReadOnlyList<Part> Read(JsonElement message, TelegramShape shape)
    {
        if (message.Has("text"u8))
            return [new TextPart(shape.Text(message, "text"u8))];
        string? caption = message.Has("caption"u8) ? shape.Text(message, "caption"u8) : null;
        if (Media(message, caption, shape) is { } media)
            return [media];
        if (message.Has("venue"u8))
            return [Place(shape.Object(message, "venue"u8), shape)];
        if (message.Has("location"u8))
            return [Place(message, shape)];
        if (message.Has("contact"u8))
            return [Card(shape.Object(message, "contact"u8), shape)];
        var unsupported = new UnsupportedPart(Unread(message));
        return caption is null ? [unsupported] : [unsupported, new TextPart(caption)];
    }

    /// <summary>First and last name of a user, a chat or a card.</summary>
    public static string? NameOf(JsonElement person)
    {
        string name = $"{person.Text("first_name"u8, MaxName)} {person.Text("last_name"u8, MaxName)}".Trim();
        return name.Length == 0 ? null : CleanText.Truncate(name, MaxName);
    }

    public static Dictionary<string, string>? Metadata(JsonElement message, IReadOnlyList<Part> parts)
    {
        Dictionary<string, string>? facts = null;
        if (message.Has("forward_origin"u8, out JsonElement origin))
            Add("forwarded_from", Author(origin));
        Add("quote", message.Child("quote"u8).Text("text"u8, 1024));
        if (message.Has("external_reply"u8, out JsonElement reply))
            Add("external_reply", Author(reply.Child("origin"u8)));
        if (message.Has("reply_to_story"u8, out JsonElement story))
            Add("reply_to_story", ChatName(story.Child("chat"u8)) ?? "unknown");
        Add("links", Links(message));
        if (parts is [TextPart { Text: var text }] && text.StartsWith("/start ", StringComparison.Ordinal))
            Add("start", CleanText.Truncate(text[7..].Trim(), 64));
        return facts;

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                (facts ??= [])[name] = value;
        }
    }

    private static MediaPart? Media(JsonElement message, string? caption, TelegramShape shape)
    {
        if (message.Has("photo"u8))
            return new(MediaKind.Image, File(Largest(shape.List(message, "photo"u8)), shape, "image/jpeg"), caption);
        if (message.Has("animation"u8))
        {
            MediaReference file = File(shape.Object(message, "animation"u8), shape, "video/mp4");
            return new(file.ContentType?.StartsWith("image/", StringComparison.OrdinalIgnoreCase) == true ? MediaKind.Image : MediaKind.Video, file, caption);
        }
        if (message.Has("voice"u8))
            return new(MediaKind.Audio, File(shape.Object(message, "voice"u8), shape, "audio/ogg"), caption);
        if (message.Has("audio"u8))
            return new(MediaKind.Audio, File(shape.Object(message, "audio"u8), shape), caption);
        if (message.Has("video"u8))
            return new(MediaKind.Video, File(shape.Object(message, "video"u8), shape), caption);
        if (message.Has("video_note"u8))
            return new(MediaKind.Video, File(shape.Object(message, "video_note"u8), shape, "video/mp4"), caption);
        if (message.Has("document"u8))
            return new(MediaKind.File, File(shape.Object(message, "document"u8), shape), caption);
        return message.Has("sticker"u8) ? Sticker(shape.Object(message, "sticker"u8), shape) : null;
    }

    private static MediaPart Sticker(JsonElement sticker, TelegramShape shape)
    {
        string type = sticker.IsTrue("is_animated"u8) ? "application/x-tgsticker" : sticker.IsTrue("is_video"u8) ? "video/webm" : "image/webp";
        return new(MediaKind.Sticker, File(sticker, shape, type), sticker.Text("emoji"u8, 64));
    }

    private static MediaReference File(JsonElement file, TelegramShape shape, string? type = null) => new()
    {
        Reference = shape.Id(file, "file_id"u8, 1024),
        FileName = file.Text("file_name"u8, MaxName),
        ContentType = file.Text("mime_type"u8, 128) ?? type,
        Size = file.Long("file_size"u8) is { } size and >= 0 ? size : null,
    };

    private static JsonElement Largest(IEnumerable<JsonElement> sizes)
    {
        return sizes.DefaultIfEmpty().Aggregate((best, next) => Area(next) >= Area(best) ? next : best);

        static double Area(JsonElement size) => (double)(size.Long("width"u8) ?? 0) * (size.Long("height"u8) ?? 0);
    }

    private static LocationPart Place(JsonElement place, TelegramShape shape)
    {
        JsonElement location = shape.Object(place, "location"u8);
        return new(shape.Degrees(location, "latitude"u8, 90), shape.Degrees(location, "longitude"u8, 180),
            place.Text("title"u8, MaxName), place.Text("address"u8, 1024));
    }

    private static ContactPart Card(JsonElement card, TelegramShape shape)
    {
        string phone = shape.Text(card, "phone_number"u8, 64);
        return new(NameOf(card) ?? phone, [phone], []);
    }

    private static string Unread(JsonElement message)
    {
        string? unread = null;
        foreach (JsonProperty field in message.EnumerateObject())
        {
            string name = TelegramJson.Name(field);
            if (Service.Contains(name))
                return name;
            if (field.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array && !Envelope.Contains(name))
                unread ??= name;
        }
        return unread ?? "unknown";
    }

    private static string Author(JsonElement origin) =>
        NameOf(origin.Child("sender_user"u8)) ?? origin.Text("sender_user_name"u8, MaxName)
        ?? ChatName(origin.Child("sender_chat"u8)) ?? ChatName(origin.Child("chat"u8)) ?? "unknown";

    private static string? ChatName(JsonElement chat) => chat.Text("title"u8, MaxName) ?? NameOf(chat);

    // The words stay as they were written; where they hide an address, an agent must still be able to see which.
    private static string? Links(JsonElement message)
    {
        if (!message.Has("entities"u8, out JsonElement entities) && !message.Has("caption_entities"u8, out entities))
            return null;
        string links = string.Join(' ', entities.List().Where(entity => entity.Text("type"u8) == "text_link").Select(entity => entity.Text("url"u8, 2048)));
        return CleanText.Truncate(links, 4096);
    }
}
