using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>Text messages and picture messages by Twilio. A channel is one number or one Messaging Service.</summary>
public sealed class TwilioSmsChannelType : ChannelType<TwilioMessagingSettings>
{
    public override ChannelInfo Info { get; } = new()
    {
        Id = "twilio_sms",
        Name = "SMS (Twilio)",
        KeyKind = KeyKinds.Phone,
        Acknowledgement = TwilioReplies.Nothing,
        BlankedHeaders = [TwilioSignature.Header],
        Limits = new ChannelLimits
        {
            MaxText = 10,
            TextUnit = TextUnit.SmsSegments,
            MaxCaption = 10,
            Media = [MediaKind.Image, MediaKind.Audio, MediaKind.Video, MediaKind.File],
            MaxFileBytes = 5 * 1024 * 1024,
            // One segment a second is what an ordinary number sends.
            SendsPerSecond = 1,
            SendsPerSecondPerRecipient = 1,
            RecipientBurst = 3,
            // A message stands in Twilio's queue for up to ten hours, and its file is fetched when its turn comes.
            LinkLife = TimeSpan.FromHours(12),
            MediaExpiry = TimeSpan.FromDays(7),
        },
    };

    public override Type ChannelClass => typeof(TwilioListedSmsChannel);

    protected override ChannelLimits LimitsOf(TwilioMessagingSettings settings)
    {
        int segments = Math.Clamp(settings.MaxSegments, 1, 10);
        // A Messaging Service spreads what it sends over its numbers.
        return Info.Limits with { MaxText = segments, MaxCaption = segments, SendsPerSecond = string.IsNullOrEmpty(settings.MessagingServiceSid) ? 1 : 10 };
    }

    protected override SettingsHalves HalvesOf(TwilioMessagingSettings settings) => TwilioHalves.Of(settings);

    protected override IChannel Open(TwilioMessagingSettings settings, ChannelEnvironment environment) =>
        TwilioHistory.CanLook(settings) ? new TwilioListedSmsChannel(settings, environment) : new TwilioSmsChannel(settings, environment);
}

/// <summary>WhatsApp through Twilio. A channel is one WhatsApp sender.</summary>
public sealed class TwilioWhatsAppChannelType : ChannelType<TwilioMessagingSettings>
{
    public override ChannelInfo Info { get; } = new()
    {
        Id = "twilio_whatsapp",
        Name = "WhatsApp (Twilio)",
        KeyKind = KeyKinds.Phone,
        Acknowledgement = TwilioReplies.Nothing,
        BlankedHeaders = [TwilioSignature.Header],
        Limits = new ChannelLimits
        {
            MaxText = 1600,
            MaxCaption = 1024,
            CaptionedTypes = ["image/*", "video/*", "application/*", "text/*"],
            Media = [MediaKind.Image, MediaKind.Audio, MediaKind.Video, MediaKind.File],
            MaxFileBytes = 16 * 1024 * 1024,
            Locations = true,
            Templates = true,
            Window = TimeSpan.FromHours(24),
            SendsPerSecond = 20,
            SendsPerSecondPerRecipient = 1,
            RecipientBurst = 5,
            LinkLife = TimeSpan.FromHours(12),
            MediaExpiry = TimeSpan.FromDays(7),
        },
    };

    public override Type ChannelClass => typeof(TwilioListedWhatsAppChannel);

    protected override SettingsHalves HalvesOf(TwilioMessagingSettings settings) => TwilioHalves.Of(settings);

    protected override IChannel Open(TwilioMessagingSettings settings, ChannelEnvironment environment) =>
        TwilioHistory.CanLook(settings) ? new TwilioListedWhatsAppChannel(settings, environment) : new TwilioWhatsAppChannel(settings, environment);
}

/// <summary>Which halves of an account's settings are filled in.</summary>
internal static class TwilioHalves
{
    public static SettingsHalves Of(TwilioMessagingSettings settings)
    {
        string? sender = string.IsNullOrEmpty(settings.From) ? settings.MessagingServiceSid : settings.From;
        SettingsHalf sending = SettingsHalf.Of(("account_sid", settings.AccountSid), ("auth_token", settings.AuthToken), ("from", sender));
        SettingsHalf receiving = SettingsHalf.Of(("auth_token", settings.AuthToken));
        SettingsHalf fetching = SettingsHalf.Of(("account_sid", settings.AccountSid), ("auth_token", settings.AuthToken));
        // The token alone receives; a sender is what begins the other half.
        return new(receiving, string.IsNullOrEmpty(sender) && receiving.Complete ? SettingsHalf.Absent : sending) { Fetching = fetching.Complete ? fetching : SettingsHalf.Absent };
    }
}

/// <summary>What Twilio is answered.</summary>
internal static class TwilioReplies
{
    public const string Xml = "text/xml";

    /// <summary>"Do nothing": plain words would be sent to the customer.</summary>
    public static HookReply Nothing { get; } = HookReply.Text("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>", Xml);
}
