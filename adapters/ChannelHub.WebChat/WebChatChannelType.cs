using ChannelHub.Adapters;

namespace ChannelHub.WebChat;

/// <summary>The hub's own live chat for any web page. Its HTTP side is the hub's; what a chat is configured with and what it takes is here.</summary>
public sealed class WebChatChannelType : ChannelType<WebChatSettings>
{
    /// <summary>The type's id.</summary>
    public const string Id = "webchat";

    /// <inheritdoc/>
    public override ChannelInfo Info { get; } = new()
    {
        Id = Id,
        Name = "Live chat",
        KeyKind = KeyKinds.Visitor,
        // Nothing but the hub's own store stands between a sent message and its visitor, so there is no rate to keep to.
        Limits = new ChannelLimits
        {
            MaxText = 10_000,
            MaxCaption = 4000,
            MaxButtons = 20,
            MaxButtonLabel = 100,
            MaxButtonId = 256,
            Media = [MediaKind.Image, MediaKind.Audio, MediaKind.Video, MediaKind.File, MediaKind.Sticker],
            MaxFileBytes = 100L * 1024 * 1024,
            Locations = true,
            Contacts = true,
            DeduplicatesSends = true,
            SendsPerSecond = 10_000,
            SendsPerSecondPerRecipient = 1000,
            RecipientBurst = 1000,
        },
    };

    /// <inheritdoc/>
    public override Type ChannelClass => typeof(WebChatChannel);

    /// <inheritdoc/>
    protected override SettingsHalves HalvesOf(WebChatSettings settings) => new(SettingsHalf.Always, SettingsHalf.Always);

    /// <inheritdoc/>
    protected override IChannel Open(WebChatSettings settings, ChannelEnvironment environment) => new WebChatChannel(settings);
}
