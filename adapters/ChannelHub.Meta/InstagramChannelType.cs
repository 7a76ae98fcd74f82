using ChannelHub.Adapters;

namespace ChannelHub.Meta;

/// <summary>Instagram's direct messages. A channel is one professional account.</summary>
public sealed class InstagramChannelType : ChannelType<MetaSettings>
{
    public override ChannelInfo Info { get; } = MetaProduct.Instagram.Info("Instagram");

    public override Type ChannelClass => typeof(MetaChannel);

    protected override SettingsHalves HalvesOf(MetaSettings settings) => MetaChannel.HalvesOf(settings);

    protected override ChannelLimits LimitsOf(MetaSettings settings) => MetaChannel.LimitsOf(Info.Limits, settings);

    protected override IChannel Open(MetaSettings settings, ChannelEnvironment environment) => new MetaChannel(MetaProduct.Instagram, settings, environment);
}
