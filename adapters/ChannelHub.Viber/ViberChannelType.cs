using ChannelHub.Adapters;

namespace ChannelHub.Viber;

/// <summary>Viber by its REST bot API. A channel is one bot; its customers write to it one to one.</summary>
public sealed class ViberChannelType : ChannelType<ViberSettings>
{
    /// <summary>Phones show pictures up to this size; a larger one goes out as a file.</summary>
    internal const long MaxPictureBytes = 1024 * 1024;

    internal const long MaxVideoBytes = 26 * 1024 * 1024;

    public override ChannelInfo Info { get; } = new()
    {
        Id = "viber",
        Name = "Viber",
        KeyKind = ViberSenders.Kind,
        BlankedHeaders = [ViberChannel.SignatureHeader],
        Limits = new ChannelLimits
        {
            MaxText = 7000,
            MaxCaption = 512,
            CaptionedTypes = ViberSending.PictureTypes,
            MaxCaptionedBytes = MaxPictureBytes,
            MaxButtons = 24,
            MaxButtonLabel = 64,
            MaxButtonId = 256,
            Media = [MediaKind.Image, MediaKind.Audio, MediaKind.Video, MediaKind.File, MediaKind.Sticker],
            MaxFileBytes = 50 * 1024 * 1024,
            MaxInboundFileBytes = 200L * 1024 * 1024,
            Locations = true,
            Contacts = true,
            SendsPerSecond = 20,
            SendsPerSecondPerRecipient = 1,
            RecipientBurst = 5,
            // The customer's telephone fetches what was sent, when it is on again.
            LinkLife = TimeSpan.FromDays(30),
            // Links to pictures end after about an hour.
            MediaExpiry = TimeSpan.FromMinutes(55),
        },
    };

    public override Type ChannelClass => typeof(ViberChannel);

    protected override SettingsHalves HalvesOf(ViberSettings settings)
    {
        SettingsHalf token = SettingsHalf.Of(("auth_token", settings.AuthToken));
        // Files are plain links; nothing is needed to fetch them.
        return new(token, token) { Fetching = SettingsHalf.Always };
    }

    protected override IChannel Open(ViberSettings settings, ChannelEnvironment environment) => new ViberChannel(settings, environment);
}
