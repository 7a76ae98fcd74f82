using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>One number that is called.</summary>
internal sealed class TwilioVoiceChannel : IWebhookReceiver, IMediaSource, IWebhookRegistrar
{
    private static readonly TimeSpan RecordingSoon = TimeSpan.FromSeconds(5);

    private readonly TwilioVoiceSettings settings;
    private readonly ChannelEnvironment environment;
    private readonly TwilioHook hook;
    private readonly TwilioApi api;
    private readonly IvrClock clock;
    private readonly VoiceCalls calls;

    public TwilioVoiceChannel(TwilioVoiceSettings settings, ChannelEnvironment environment)
    {
        this.settings = settings;
        this.environment = environment;
        hook = new TwilioHook(settings, environment);
        api = new TwilioApi(settings, environment.Http);
        clock = new IvrClock(settings.Ivr?.Hours);
        calls = new VoiceCalls(settings, clock, hook.Address, environment.ChannelId);
    }

    public bool Verify(WebhookRequest request) => TwilioSignature.IsGood(request, hook.Called(request), settings.AuthToken, settings.SecondaryAuthToken);

    public Received Parse(AuthenticInput input) => calls.Parse(input);

    // A recording is told before it is there.
    public async ValueTask<MediaResult> OpenMediaAsync(string reference, CancellationToken cancellation)
    {
        MediaResult result = await ProviderMedia.OpenAsync(environment.Http, reference, cancellation, api.Credentials);
        return result is MediaResult.Gone { Reason: "HTTP 404" } && reference.Contains("/Recordings/", StringComparison.Ordinal)
            ? new MediaResult.Later("the recording is not there yet", RecordingSoon)
            : result;
    }

    public ValueTask<ProbeResult> RegisterWebhookAsync(Uri url, CancellationToken cancellation) =>
        new TwilioNumbers(settings, api).RegisterAsync([("VoiceUrl", url), ("StatusCallback", new Uri(url.AbsoluteUri + "/status"))], cancellation);

    public async ValueTask<ProbeResult> ProbeAsync(CancellationToken cancellation)
    {
        ProbeResult result = await new TwilioNumbers(settings, api).ProbeAsync(cancellation);
        return clock.IsZoneKnown || !result.Ok ? result : result with { Detail = $"{result.Detail}; the time zone {settings.Ivr?.Hours?.TimeZone} is not known here, UTC takes its place" };
    }
}

/// <summary>Calls by Twilio. A channel is one number; the hub answers it with a menu and keeps what callers leave.</summary>
public sealed class TwilioVoiceChannelType : ChannelType<TwilioVoiceSettings>
{
    public override ChannelInfo Info { get; } = new()
    {
        Id = "twilio_voice",
        Name = "Voice (Twilio)",
        KeyKind = KeyKinds.Phone,
        Acknowledgement = TwilioReplies.Nothing,
        BlankedHeaders = [TwilioSignature.Header],
        Limits = new ChannelLimits { MaxText = 0, MaxCaption = 0, MediaExpiry = TimeSpan.FromDays(30) },
    };

    public override Type ChannelClass => typeof(TwilioVoiceChannel);

    protected override SettingsHalves HalvesOf(TwilioVoiceSettings settings)
    {
        SettingsHalf token = SettingsHalf.Of(("auth_token", settings.AuthToken));
        SettingsHalf fetching = SettingsHalf.Of(("account_sid", settings.AccountSid), ("auth_token", settings.AuthToken));
        return new(token, SettingsHalf.Absent) { Fetching = fetching.Complete ? fetching : SettingsHalf.Absent };
    }

    protected override IChannel Open(TwilioVoiceSettings settings, ChannelEnvironment environment) => new TwilioVoiceChannel(settings, environment);
}
