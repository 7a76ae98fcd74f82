using ChannelHub.Adapters;

namespace ChannelHub.Meta;

/// <summary>Facebook Messenger. A channel is one Page.</summary>
public sealed class MessengerChannelType : ChannelType<MetaSettings>
{
    public override ChannelInfo Info { get; } = MetaProduct.Messenger.Info("Messenger");

    public override Type ChannelClass => typeof(MetaChannel);

    protected override SettingsHalves HalvesOf(MetaSettings settings) => MetaChannel.HalvesOf(settings);

    protected override ChannelLimits LimitsOf(MetaSettings settings) => MetaChannel.LimitsOf(Info.Limits, settings);

    protected override IChannel Open(MetaSettings settings, ChannelEnvironment environment) => new MetaChannel(MetaProduct.Messenger, settings, environment);
}
