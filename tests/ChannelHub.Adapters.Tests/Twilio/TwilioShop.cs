using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Twilio;
using ChannelHub.Twilio;

namespace ChannelHub.Adapters.Tests.Twilio;

/// <summary>Channels of one account and the Twilio they talk to.</summary>
internal sealed class TwilioShop : IAsyncDisposable
{
    public const string Number = "+15005550006";

    public static readonly Key Ada = new(KeyKinds.Phone, "+447700900123");

    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    private TwilioShop(FakeTwilio twilio) => Twilio = twilio;

    public FakeTwilio Twilio { get; }

    public Uri? Hook { get; set; }

    public static async Task<TwilioShop> StartAsync() => new(await FakeTwilio.StartAsync());

    public IChannel Sms(Func<TwilioMessagingSettings, TwilioMessagingSettings>? change = null) => Messaging(new TwilioSmsChannelType(), Number, change);

    public IChannel WhatsApp(Func<TwilioMessagingSettings, TwilioMessagingSettings>? change = null) => Messaging(new TwilioWhatsAppChannelType(), "whatsapp:" + Number, change);

    public IChannel Voice(IvrSettings? ivr) => new TwilioVoiceChannelType().Open(
        new TwilioVoiceSettings { AccountSid = Twilio.AccountSid, AuthToken = Twilio.Token, From = Number, Ivr = ivr, ApiBaseUrl = Twilio.Url.AbsoluteUri }, Environment());

    public static ValueTask<SendResult> SendAsync(IChannel channel, Part part, string? address = null, OutboundMedia? media = null) =>
        ((IMessageSender)channel).SendAsync(SampleMessages.Of(Ada, address, part) with { Media = media }, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await Twilio.DisposeAsync();
    }

    private IChannel Messaging(ChannelType type, string from, Func<TwilioMessagingSettings, TwilioMessagingSettings>? change)
    {
        var settings = new TwilioMessagingSettings { AccountSid = Twilio.AccountSid, AuthToken = Twilio.Token, From = from, ApiBaseUrl = Twilio.Url.AbsoluteUri };
        return type.Open(change?.Invoke(settings) ?? settings, Environment());
    }

    private ChannelEnvironment Environment() => new(client, TimeProvider.System, new CapturingLogger()) { ChannelId = "chn_1", HookUrl = Hook };
}
