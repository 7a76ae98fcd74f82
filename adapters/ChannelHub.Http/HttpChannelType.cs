using ChannelHub.Adapters;

namespace ChannelHub.Http;

/// <summary>Channels without .NET: any system that posts signed JSON and takes it.</summary>
public sealed class HttpChannelType : ChannelType<HttpSettings>
{
    internal const int LongestText = 32_000;
    internal const long LargestFile = 25L * 1024 * 1024;

    private const string Authorization = "authorization";

    /// <inheritdoc/>
    public override ChannelInfo Info { get; } = new()
    {
        Id = "http",
        Name = "HTTP",
        KeyKind = KeyKinds.App,
        KeptHeaders = [StandardWebhooks.IdHeader, StandardWebhooks.TimestampHeader, StandardWebhooks.SignatureHeader, Uploads.DispositionHeader],
        BlankedHeaders = [Authorization],
        Limits = new ChannelLimits
        {
            MaxText = 4000,
            MaxButtons = 10,
            Media = [MediaKind.Image, MediaKind.Audio, MediaKind.Video, MediaKind.File, MediaKind.Sticker],
            MaxFileBytes = LargestFile,
            Locations = true,
            Contacts = true,
            DeduplicatesSends = true,
            SendsPerSecond = 50,
            SendsPerSecondPerRecipient = 10,
            RecipientBurst = 20,
            // The other side may take a message into a queue of its own before it looks at the file.
            LinkLife = TimeSpan.FromDays(1),
            // Files are posted to the same address; events are held to a limit of their own.
            MaxWebhookBytes = (int)LargestFile + 64 * 1024,
        },
    };

    /// <inheritdoc/>
    public override Type ChannelClass => typeof(HttpChannel);

    /// <inheritdoc/>
    public override HookReply Acknowledge(IReadOnlyList<EntryOutcome> outcomes) => HttpAnswers.For(outcomes);

    /// <inheritdoc/>
    protected override SettingsHalves HalvesOf(HttpSettings settings) => new(
        Receiving: settings.InboundSecrets.Count > 0 || !string.IsNullOrEmpty(settings.InboundToken) ? SettingsHalf.Always : SettingsHalf.Absent,
        Sending: SettingsHalf.Of(("send_url", settings.SendUrl), ("outbound_secret", settings.OutboundSecret)))
    {
        Fetching = SettingsHalf.Always, // files are fetched without credentials
    };

    /// <inheritdoc/>
    protected override ChannelLimits LimitsOf(HttpSettings settings)
    {
        if (settings.Capabilities is not { } can)
            return Info.Limits;
        return Info.Limits with
        {
            MaxText = Math.Clamp(can.MaxText ?? Info.Limits.MaxText, 1, LongestText),
            MaxButtons = can.Takes("buttons") ? Info.Limits.MaxButtons : 0,
            Media = [.. Info.Limits.Media.Where(kind => can.Takes(OutboundContent.Name(kind)))],
            MaxFileBytes = Math.Clamp(can.MaxFileBytes ?? LargestFile, 1, LargestFile),
            Locations = can.Takes("location"),
            Contacts = can.Takes("contact"),
        };
    }

    /// <inheritdoc/>
    protected override string KeyKindOf(HttpSettings settings) => (settings.Capabilities?.Identity ?? new HttpIdentity()).KeyKind;

    /// <inheritdoc/>
    protected override IChannel Open(HttpSettings settings, ChannelEnvironment environment) => new HttpChannel(settings, environment);
}
