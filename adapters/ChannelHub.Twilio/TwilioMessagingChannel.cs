using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>One sender of messages.</summary>
internal abstract class TwilioMessagingChannel(TwilioMessagingSettings settings, ChannelEnvironment environment, bool whatsApp)
    : IWebhookReceiver, IMessageSender, IMediaSource
{
    private readonly TwilioHook hook = new(settings, environment);

    internal TwilioApi Api { get; } = new(settings, environment.Http);

    internal TwilioNumbers Numbers => new(settings, Api);

    public bool Verify(WebhookRequest request) => TwilioSignature.IsGood(request, hook.Called(request), settings.AuthToken, settings.SecondaryAuthToken);

    public Received Parse(AuthenticInput input) => TwilioMessages.Parse(input, settings, whatsApp);

    public async ValueTask<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellation)
    {
        (List<(string, string?)>? parameters, string reason) = TwilioSending.Parameters(message, settings, hook.Address, whatsApp);
        if (parameters is null)
            return new SendResult.Rejected(new Fault(FaultKind.ContentRefused, reason));
        TwilioAnswer answer = await Api.PostAsync("Messages.json", parameters, cancellation);
        if (answer.Failure is { } failure)
            return failure;
        return answer.Body.Id("sid") is { } sid ? new SendResult.Sent(new ExternalId(sid)) : new SendResult.Unconfirmed("Twilio accepted it without telling its sid");
    }

    public ValueTask<MediaResult> OpenMediaAsync(string reference, CancellationToken cancellation) =>
        ProviderMedia.OpenAsync(environment.Http, reference, cancellation, Api.Credentials);

    public ValueTask<ProbeResult> ProbeAsync(CancellationToken cancellation) => Numbers.ProbeAsync(cancellation);

    private protected TwilioHistory History => new(settings, Api, environment.Clock, whatsApp);
}

/// <summary>Text messages.</summary>
internal class TwilioSmsChannel(TwilioMessagingSettings settings, ChannelEnvironment environment)
    : TwilioMessagingChannel(settings, environment, whatsApp: false), IWebhookRegistrar
{
    public ValueTask<ProbeResult> RegisterWebhookAsync(Uri url, CancellationToken cancellation) => Numbers.RegisterAsync([("SmsUrl", url)], cancellation);
}

/// <summary>Text messages of a sender whose list can be looked through for what was missed.</summary>
internal sealed class TwilioListedSmsChannel(TwilioMessagingSettings settings, ChannelEnvironment environment) : TwilioSmsChannel(settings, environment), IMessagePuller
{
    public IAsyncEnumerable<PulledBatch> PullAsync(string? cursor, CancellationToken cancellation) => History.PullAsync(cursor, cancellation);
}

/// <summary>WhatsApp through Twilio.</summary>
internal class TwilioWhatsAppChannel(TwilioMessagingSettings settings, ChannelEnvironment environment)
    : TwilioMessagingChannel(settings, environment, whatsApp: true), ITypingAtMessage
{
    // It also marks the message as read, so it is never sent for that alone.
    public async ValueTask ShowTypingAsync(SentUnit received, CancellationToken cancellation) => await Api.PostMessagingAsync(
        "v3/Indicators/Typing.json", JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["channel"] = "WHATSAPP", ["messageId"] = received.Id.Value }), cancellation);
}

/// <summary>WhatsApp of a sender whose list can be looked through for what was missed.</summary>
internal sealed class TwilioListedWhatsAppChannel(TwilioMessagingSettings settings, ChannelEnvironment environment) : TwilioWhatsAppChannel(settings, environment), IMessagePuller
{
    public IAsyncEnumerable<PulledBatch> PullAsync(string? cursor, CancellationToken cancellation) => History.PullAsync(cursor, cancellation);
}
