using ChannelHub.Adapters;

namespace ChannelHub.WhatsApp;

/// <summary>WhatsApp by Meta's Cloud API. A channel is one number.</summary>
public sealed class WhatsAppChannelType : ChannelType<WhatsAppSettings>
{
    public override ChannelInfo Info { get; } = new()
    {
        Id = "whatsapp",
        Name = "WhatsApp",
        KeyKind = KeyKinds.Phone,
        Limits = new ChannelLimits
        {
            MaxText = 4096,
            MaxCaption = 1024,
            CaptionedTypes = ["image/*", "video/*", "application/*", "text/*"],
            MaxButtons = 10,
            MaxButtonsWithLinks = 1,
            MaxButtonText = 1024,
            MaxButtonLabel = 20,
            MaxButtonId = 200,
            Media = [MediaKind.Image, MediaKind.Audio, MediaKind.Video, MediaKind.File, MediaKind.Sticker],
            MaxFileBytes = 100 * 1024 * 1024,
            Locations = true,
            Contacts = true,
            Templates = true,
            Window = TimeSpan.FromHours(24),
            SendsPerSecond = 80,
            SendsPerSecondPerRecipient = 1.0 / 6,
            RecipientBurst = 45,
            MaxWebhookBytes = 4 * 1024 * 1024,
            MediaExpiry = TimeSpan.FromDays(7),
        },
    };

    public override Type ChannelClass => typeof(WhatsAppChannel);

    protected override SettingsHalves HalvesOf(WhatsAppSettings settings) => new(
        WithNumber(SettingsHalf.Of(("app_secret", settings.AppSecret), ("verify_token", settings.VerifyToken)), settings),
        WithNumber(SettingsHalf.Of(("access_token", settings.AccessToken)), settings));

    protected override IChannel Open(WhatsAppSettings settings, ChannelEnvironment environment) => new WhatsAppChannel(settings, environment);

    // The number's id belongs to both halves, so it alone begins neither.
    private static SettingsHalf WithNumber(SettingsHalf half, WhatsAppSettings settings) =>
        half.Complete && string.IsNullOrEmpty(settings.PhoneNumberId) ? SettingsHalf.Lacks("phone_number_id") : half;
}
