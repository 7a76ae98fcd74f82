using ChannelHub.Adapters;

namespace ChannelHub.Vk;

/// <summary>VK by its community API. A channel is one community; its customers write to it in private dialogues.</summary>
public sealed class VkChannelType : ChannelType<VkSettings>
{
    internal const int MaxText = 4096;

    public override ChannelInfo Info { get; } = new()
    {
        Id = "vk",
        Name = "VK",
        KeyKind = VkMessageId.Kind,
        Acknowledgement = HookReply.Text("ok"),
        BlankedFields = ["secret"],
        Limits = new ChannelLimits
        {
            MaxText = MaxText,
            MaxCaption = MaxText,
            MaxButtons = 10,
            MaxButtonLabel = 40,
            MaxButtonId = 64,
            Media = [MediaKind.Image, MediaKind.Audio, MediaKind.Video, MediaKind.File, MediaKind.Sticker],
            MaxFileBytes = 50 * 1024 * 1024,
            MaxInboundFileBytes = 200L * 1024 * 1024,
            Locations = true,
            SendsPerSecond = 20,
            SendsPerSecondPerRecipient = 1,
            RecipientBurst = 5,
            MediaExpiry = TimeSpan.FromDays(1),
        },
    };

    // The polling channel has every ability; a callback channel has all but pulling.
    public override Type ChannelClass => typeof(VkPollingChannel);

    protected override SettingsHalves HalvesOf(VkSettings settings)
    {
        object? group = settings.GroupId is > 0 ? settings.GroupId : null;
        SettingsHalf token = SettingsHalf.Of(("access_token", settings.AccessToken));
        SettingsHalf receiving = settings.Mode is VkMode.LongPoll
            ? SettingsHalf.Of(("group_id", group), ("access_token", settings.AccessToken))
            : SettingsHalf.Of(("group_id", group), ("secret", settings.Secret));
        // A token alone sends; the number alone is no half that was begun.
        bool begun = settings.Mode is VkMode.LongPoll ? group is not null : !string.IsNullOrEmpty(settings.Secret);
        return new(receiving.Complete || begun ? receiving : SettingsHalf.Absent, token) { Fetching = SettingsHalf.Always };
    }

    protected override IChannel Open(VkSettings settings, ChannelEnvironment environment) =>
        settings.Mode is VkMode.LongPoll ? new VkPollingChannel(settings, environment) : new VkChannel(settings, environment);
}
