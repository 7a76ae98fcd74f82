using ChannelHub.Adapters;

namespace ChannelHub.Email;

/// <summary>E-mail by IMAP and SMTP, or pushed as raw mail. A channel is one mailbox.</summary>
public sealed class EmailChannelType : ChannelType<EmailSettings>
{
    internal const int MaxMailBytes = 40 * 1024 * 1024;

    // Of a larger mail: its headers and what stands first in it.
    internal const int StubBytes = 256 * 1024;

    public override ChannelInfo Info { get; } = new()
    {
        Id = "email",
        Name = "E-mail",
        KeyKind = KeyKinds.Email,
        KeptHeaders = [WebhookRequest.CutFrom],
        Limits = new ChannelLimits
        {
            MaxText = 200_000,
            MaxCaption = 200_000,
            Media = [MediaKind.Image, MediaKind.Audio, MediaKind.Video, MediaKind.File, MediaKind.Sticker],
            // Encoded it grows by more than a third, and many servers take 25 MB.
            MaxFileBytes = 18 * 1024 * 1024,
            MaxInboundFileBytes = MaxMailBytes,
            MaxWebhookBytes = MaxMailBytes,
            WebhookStubBytes = StubBytes,
            SendsPerSecond = 5,
            SendsPerSecondPerRecipient = 0.2,
            RecipientBurst = 5,
            MediaExpiry = TimeSpan.FromDays(7),
        },
    };

    // The mailbox that is read has every ability; one that is pushed to has all but pulling.
    public override Type ChannelClass => typeof(EmailPollingChannel);

    protected override SettingsHalves HalvesOf(EmailSettings settings)
    {
        string? imapHost = settings.Imap?.Host;
        string? smtpHost = settings.Smtp?.Host;
        object? login = string.IsNullOrEmpty(settings.Password) ? settings.Oauth : settings.Password;
        SettingsHalf pushed = SettingsHalf.Of(("inbound_token", settings.InboundToken), ("address", settings.Address));
        SettingsHalf pulled = SettingsHalf.Of(("imap.host", imapHost), ("address", settings.Address), ("password or oauth", login));
        // Some servers on the inside take mail from their neighbours without a login.
        SettingsHalf sending = SettingsHalf.Of(("smtp.host", smtpHost), ("address", settings.Address));
        SettingsHalf receiving = !string.IsNullOrEmpty(imapHost) ? pulled
            : !string.IsNullOrEmpty(settings.InboundToken) ? pushed
            : SettingsHalf.Absent;
        return new(receiving, string.IsNullOrEmpty(smtpHost) ? SettingsHalf.Absent : sending) { Fetching = SettingsHalf.Always };
    }

    protected override IChannel Open(EmailSettings settings, ChannelEnvironment environment) =>
        string.IsNullOrEmpty(settings.Imap?.Host) ? new EmailChannel(settings, environment) : new EmailPollingChannel(settings, environment);
}
