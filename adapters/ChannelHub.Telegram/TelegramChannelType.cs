using ChannelHub.Adapters;

namespace ChannelHub.Telegram;

/// <summary>Telegram by the Bot API. A channel is one bot; its customers write to it in private chats.</summary>
public sealed class TelegramChannelType : ChannelType<TelegramSettings>
{
    internal const int MaxDownloadBytes = 20 * 1024 * 1024;

    public override ChannelInfo Info { get; } = new()
    {
        Id = "telegram",
        Name = "Telegram",
        KeyKind = KeyKinds.Telegram,
        BlankedHeaders = [TelegramChannel.SecretHeader],
        Limits = new ChannelLimits
        {
            MaxText = 4096,
            MaxCaption = 1024,
            MaxButtons = 100,
            MaxButtonLabel = 64,
            MaxButtonId = 64,
            Media = [MediaKind.Image, MediaKind.Audio, MediaKind.Video, MediaKind.File, MediaKind.Sticker],
            MaxFileBytes = 50 * 1024 * 1024,
            MaxInboundFileBytes = MaxDownloadBytes,
            Locations = true,
            Contacts = true,
            SendsPerSecond = 30,
            SendsPerSecondPerRecipient = 1,
            RecipientBurst = 5,
            MaxWebhookBytes = 1024 * 1024,
            MediaExpiry = TimeSpan.FromDays(1),
        },
    };

    // The polling channel has every ability; a webhook channel has all but pulling, since the Bot API refuses both at once.
    public override Type ChannelClass => typeof(TelegramPollingChannel);

    protected override SettingsHalves HalvesOf(TelegramSettings settings)
    {
        SettingsHalf token = SettingsHalf.Of(("bot_token", settings.BotToken));
        return settings.Mode is TelegramMode.Polling
            ? new(token.Complete ? token : SettingsHalf.Lacks("bot_token"), token)
            : new(SettingsHalf.Of(("secret_token", settings.SecretToken)), token);
    }

    protected override IChannel Open(TelegramSettings settings, ChannelEnvironment environment) =>
        settings.Mode is TelegramMode.Polling ? new TelegramPollingChannel(settings, environment) : new TelegramChannel(settings, environment);
}
