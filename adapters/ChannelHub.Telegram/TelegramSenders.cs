using System.Globalization;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Telegram;

/// <summary>Who wrote, and what the update reveals of them. Pure.</summary>
internal static class TelegramSenders
{
    public static Sender Read(JsonElement user, long chat, TelegramShape shape)
    {
        long id = shape.Long(user, "id"u8);
        return new Sender(new Key(KeyKinds.Telegram, id.ToString(CultureInfo.InvariantCulture)))
        {
            DisplayName = TelegramContent.NameOf(user),
            Address = chat == id ? null : chat.ToString(CultureInfo.InvariantCulture),
            Language = user.Text("language_code"u8, 35),
            // A username may pass to somebody else tomorrow: another name of this account today, never a key that owns.
            Learned = user.Text("username"u8, 64) is { Length: > 0 } username && username.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_')
                ? [new(new Key("telegram_username", username.ToLowerInvariant()), Assurance.Proven, LearnedAs.Alias)]
                : [],
        };
    }

    /// <summary>
    /// A card proves a number only if Telegram says that it is the sender's own. A forwarded card may be years old, and one made by an inline
    /// bot is that bot's word, so neither proves anything.
    /// </summary>
    public static Sender WithOwnCard(Sender sender, JsonElement message)
    {
        JsonElement card = message.Child("contact"u8);
        bool own = card.Long("user_id"u8) is { } id && id.ToString(CultureInfo.InvariantCulture) == sender.Key.Value;
        if (!own || message.Has("forward_origin"u8) || message.Has("via_bot"u8))
            return sender;
        string digits = string.Concat((card.Text("phone_number"u8, 64) ?? "").Where(char.IsAsciiDigit));
        return digits.Length is < 5 or > 15
            ? sender
            : sender with { Learned = [.. sender.Learned, new(new Key(KeyKinds.Phone, "+" + digits), Assurance.Proven, LearnedAs.Contact)] };
    }
}
