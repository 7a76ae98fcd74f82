using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Meta.Graph;

namespace ChannelHub.WhatsApp;

/// <summary>One number.</summary>
internal sealed class WhatsAppChannel(WhatsAppSettings settings, ChannelEnvironment environment)
    : IAppWebhookReceiver, IMessageSender, IMediaSource, IWebhookRegistrar, IReactionSender, IReadMarker, ITypingAtMessage
{
    private const int LongestMediaId = 128;

    private readonly GraphApi api = new(environment.Http, settings.ApiBaseUrl, settings.AccessToken, WhatsAppErrors.Judge);
    private readonly WhatsAppWebhook webhook = new(settings);
    private readonly WhatsAppSenders senders = new(settings);
    private readonly string number = Uri.EscapeDataString(settings.PhoneNumberId ?? "");

    public string Account => settings.PhoneNumberId ?? "";

    public bool Verify(WebhookRequest request) => GraphHook.Verify(request, settings.AppSecret, settings.VerifyToken);

    public Received Parse(AuthenticInput input) => input.Method == "GET" ? GraphHook.Answer(input) : webhook.Parse(input.Body);

    public async ValueTask<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellation)
    {
        if (WhatsAppAddress.Of(message.To, message.Address) is not { } to)
            return new SendResult.Rejected(new Fault(FaultKind.UnknownRecipient, "neither a telephone number nor an id of WhatsApp's"));
        string? mediaId = null;
        if (message is { Part: MediaPart, Media: { } media })
        {
            GraphAnswer uploaded = await UploadAsync(media, message.Attempt, cancellation);
            if (uploaded.Preparing is { } failure)
                return failure;
            mediaId = uploaded.Result.Id("id");
            if (mediaId is null)
                return new SendResult.Deferred(new Fault(FaultKind.ProviderDown, "WhatsApp took the file without telling its id"));
        }
        if (WhatsAppSending.Body(message, to, mediaId) is not { } body)
            return new SendResult.Rejected(new Fault(FaultKind.ContentRefused, $"WhatsApp has no way to send {message.Part.GetType().Name}"));
        return await PostAsync(body, message.To, message.Attempt, cancellation);
    }

    public async ValueTask<SendResult> ReactAsync(SentUnit unit, string? reaction, CancellationToken cancellation) =>
        WhatsAppAddress.Of(unit.To, unit.Address) is { } to
            ? await PostAsync(WhatsAppSending.Reaction(to, unit.Id, reaction), unit.To, attempt: 1, cancellation)
            : new SendResult.Rejected(new Fault(FaultKind.UnknownRecipient, "neither a telephone number nor an id of WhatsApp's"));

    public async ValueTask MarkReadAsync(SentUnit unit, CancellationToken cancellation) =>
        await api.CallAsync(HttpMethod.Post, $"{number}/messages", WhatsAppSending.Seen(unit.Id, typing: false), attempt: 1, cancellation);

    // WhatsApp shows typing only together with the mark that the message was read.
    public async ValueTask ShowTypingAsync(SentUnit received, CancellationToken cancellation) =>
        await api.CallAsync(HttpMethod.Post, $"{number}/messages", WhatsAppSending.Seen(received.Id, typing: true), attempt: 1, cancellation);

    public async ValueTask<MediaResult> OpenMediaAsync(string reference, CancellationToken cancellation)
    {
        if (reference.Length is 0 or > LongestMediaId || !reference.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-'))
            return new MediaResult.Gone("not the id of a file at WhatsApp");
        // The address it answers is good for five minutes, so it is asked for every time.
        GraphAnswer answer = await api.AskAsync(reference, cancellation);
        if (answer.Failure is SendResult.Rejected { Fault.Detail: var words })
            return new MediaResult.Gone(words);
        if (answer.Fault is { } fault)
            return new MediaResult.Later(fault.Detail, (answer.Failure as SendResult.Deferred)?.RetryAfter);
        return answer.Result.Text("url") is { } url
            ? await api.DownloadAsync(url, withToken: true, cancellation)
            : new MediaResult.Later("WhatsApp did not tell where the file is");
    }

    public async ValueTask<ProbeResult> ProbeAsync(CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(settings.AccessToken))
            return new(false, "access_token is not set: this channel can only receive, and WhatsApp cannot be asked about it");
        GraphAnswer answer = await api.AskAsync($"{number}?fields=display_phone_number,verified_name,quality_rating", cancellation);
        if (answer.Fault is { } fault)
            return new(false, fault.Detail, fault);
        string name = $"{answer.Result.Text("verified_name", 128)} {answer.Result.Text("display_phone_number", 32)}".Trim();
        return new(true, $"{(name.Length == 0 ? settings.PhoneNumberId : name)}; quality {answer.Result.Text("quality_rating", 32) ?? "unknown"}; {await SubscriptionAsync(cancellation)}");
    }

    public async ValueTask<ProbeResult> RegisterWebhookAsync(Uri url, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(settings.BusinessAccountId))
            return new(false, "business_account_id is not set: without it the account cannot be subscribed");
        if (string.IsNullOrEmpty(settings.VerifyToken))
            return new(false, "verify_token is not set: WhatsApp shows it when it tries the webhook");
        GraphAnswer answer = await api.CallAsync(HttpMethod.Post, $"{Uri.EscapeDataString(settings.BusinessAccountId)}/subscribed_apps", GraphBody.Json(writer =>
        {
            writer.WriteString("override_callback_uri", url.AbsoluteUri);
            writer.WriteString("verify_token", settings.VerifyToken);
        }), attempt: 1, cancellation);
        if (answer.Fault is { } fault)
            return new(false, fault.Detail, fault);
        return answer.Result.IsTrue("success")
            ? new(true, $"WhatsApp pushes to {url.Host} from now on, what the app subscribes to in its dashboard")
            : new(false, "WhatsApp did not say that it worked");
    }

    private async ValueTask<SendResult> PostAsync(HttpContent body, Key to, int attempt, CancellationToken cancellation)
    {
        GraphAnswer answer = await api.CallAsync(HttpMethod.Post, $"{number}/messages", body, attempt, cancellation);
        if (answer.Failure is { } failure)
            return failure;
        return answer.Result.List("messages").FirstOrDefault().Id("id") is { } id
            ? new SendResult.Sent(new ExternalId(id)) { Learned = senders.OfRecipient(to, answer.Result) }
            : new SendResult.Unconfirmed("WhatsApp accepted it without telling its id");
    }

    // By link the failure would come later and elsewhere, and the hub may have no public address.
    private async ValueTask<GraphAnswer> UploadAsync(OutboundMedia media, int attempt, CancellationToken cancellation)
    {
        try
        {
            HttpContent form = GraphBody.Upload(
                [("messaging_product", "whatsapp"), ("type", GraphBody.TypeOf(media))], "file", media, await media.OpenAsync(cancellation));
            return await api.CallAsync(HttpMethod.Post, $"{number}/media", form, attempt, cancellation);
        }
        catch (IOException)
        {
            return GraphAnswer.Of(new SendResult.Deferred(new Fault(FaultKind.ProviderDown, "the file to send could not be opened")));
        }
    }

    private async ValueTask<string> SubscriptionAsync(CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(settings.BusinessAccountId))
            return "whether the account is subscribed is unknown without business_account_id";
        GraphAnswer apps = await api.AskAsync($"{Uri.EscapeDataString(settings.BusinessAccountId)}/subscribed_apps", cancellation);
        return apps.Fault is { } fault ? $"state of the webhook unknown: {fault.Detail}"
            : apps.Result.List("data").Any() ? "the account is subscribed" : "no app is subscribed to the account: register the webhook";
    }
}
