using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using ChannelHub.Adapters;

namespace ChannelHub.Telegram;

/// <summary>One bot.</summary>
public sealed record TelegramSettings
{
    [Secret, MaxLength(256), Description("The token that @BotFather gave for the bot. Needed to send, to fetch files and to poll.")]
    public string? BotToken { get; init; }

    [Secret, MaxLength(256), Description("1 to 256 of A-Z a-z 0-9 _ -; you choose it. Telegram shows it with every update it pushes.")]
    public string? SecretToken { get; init; }

    [Description("webhook: Telegram pushes to this hub. polling: this hub asks, for a hub without a public address.")]
    public TelegramMode Mode { get; init; }

    [MaxLength(2048), Description("Where the Bot API is; another address for a server of your own.")]
    public string ApiBaseUrl { get; init; } = "https://api.telegram.org";
}

/// <summary>How updates come in.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TelegramMode>))]
public enum TelegramMode
{
    [JsonStringEnumMemberName("webhook")]
    Webhook,

    [JsonStringEnumMemberName("polling")]
    Polling,
}
