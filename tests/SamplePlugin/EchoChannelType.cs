using System.ComponentModel.DataAnnotations;
using Acme.ChannelHub.Echo;
using ChannelHub.Adapters;

[assembly: ChannelPlugin(typeof(EchoChannelType))]

namespace Acme.ChannelHub.Echo;

/// <summary>The account: one address to post to and one secret that both sides know.</summary>
public sealed record EchoSettings
{
    /// <summary>Expected in <c>X-Echo-Secret</c> of each webhook, and sent with each message.</summary>
    [Secret]
    [MaxLength(200)]
    public string? Secret { get; init; }

    /// <summary>Where messages are posted.</summary>
    public Uri? ApiBaseUrl { get; init; }
}

/// <summary>A channel type made outside the hub: the smallest that receives and sends.</summary>
public sealed class EchoChannelType : ChannelType<EchoSettings>
{
    internal const string SecretHeader = "x-echo-secret";

    public override ChannelInfo Info { get; } = new()
    {
        Id = "acme_echo",
        Name = "Acme Echo",
        KeyKind = "acme_echo",
        BlankedHeaders = [SecretHeader],
        Limits = new ChannelLimits { MaxText = 500 },
    };

    public override Type ChannelClass => typeof(EchoChannel);

    protected override SettingsHalves HalvesOf(EchoSettings settings) => new(
        Receiving: SettingsHalf.Of(("secret", settings.Secret)),
        Sending: SettingsHalf.Of(("api_base_url", settings.ApiBaseUrl), ("secret", settings.Secret)));

    protected override IChannel Open(EchoSettings settings, ChannelEnvironment environment) => new EchoChannel(settings, environment);
}
