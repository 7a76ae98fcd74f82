using ChannelHub.Adapters;
using ChannelHub.Meta.Graph;

namespace ChannelHub.Meta;

/// <summary>One Page or one Instagram account.</summary>
internal sealed class MetaChannel(MetaProduct product, MetaSettings settings, ChannelEnvironment environment)
    : IAppWebhookReceiver, IMessageSender, IMediaSource, IWebhookRegistrar, IProfileSource, IReactionSender, IReadMarker, ITypingSignal
{
    private readonly GraphApi api = new(environment.Http, settings.ApiBaseUrl, settings.AccessToken, MetaErrors.Judge);
    private readonly MetaWebhook webhook = new(product, settings.AccountId ?? "");

    public string Account => settings.AccountId ?? "";

    public static SettingsHalves HalvesOf(MetaSettings settings) => new(
        WithAccount(SettingsHalf.Of(("app_secret", settings.AppSecret), ("verify_token", settings.VerifyToken)), settings),
        WithAccount(SettingsHalf.Of(("access_token", settings.AccessToken)), settings))
    {
        // Files are open to whoever has their address.
        Fetching = SettingsHalf.Always,
    };

    public static ChannelLimits LimitsOf(ChannelLimits limits, MetaSettings settings) => settings.HumanAgent ? limits with { Window = TimeSpan.FromDays(7) } : limits;

    public bool Verify(WebhookRequest request) => GraphHook.Verify(request, settings.AppSecret, settings.VerifyToken);

    public Received Parse(AuthenticInput input) => input.Method == "GET" ? GraphHook.Answer(input) : webhook.Parse(input.Body);

    public async ValueTask<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellation)
    {
        if (CustomerOf(message.To) is not { } customer)
            return Nobody;
        MetaFile? file = null;
        if (message is { Part: MediaPart part, Media: { } media })
        {
            (string? way, string? problem) = product.Way(part.Kind, GraphBody.TypeOf(media), media.Size);
            if (way is null)
                return new SendResult.Rejected(new Fault(FaultKind.ContentRefused, problem!));
            (file, SendResult? failure) = await PrepareAsync(way, media, message.Attempt, cancellation);
            if (failure is not null)
                return failure;
        }
        SendResult result = await PostAsync(message, customer, file, byHumanAgent: false, cancellation);
        // It was refused, so nothing went out: an agent may still write where the shop's app has the permission.
        return result is SendResult.Rejected { Fault.Kind: FaultKind.WindowClosed } && settings.HumanAgent && message.AuthorKind == "agent"
            ? await PostAsync(message, customer, file, byHumanAgent: true, cancellation)
            : result;
    }

    public async ValueTask<SendResult> ReactAsync(SentUnit unit, string? reaction, CancellationToken cancellation)
    {
        if (CustomerOf(unit.To) is not { } customer)
            return Nobody;
        GraphAnswer answer = await api.CallAsync(HttpMethod.Post, "me/messages", MetaSending.Reaction(customer, unit.Id, reaction), attempt: 1, cancellation);
        return answer.Failure ?? (answer.Result.Has("recipient_id") || answer.Result.IsTrue("success")
            ? new SendResult.Sent(unit.Id) : new SendResult.Unconfirmed("Meta answered without saying that it worked"));
    }

    public ValueTask MarkReadAsync(SentUnit unit, CancellationToken cancellation) => ActAsync(unit.To, "mark_seen", cancellation);

    public ValueTask ShowTypingAsync(Key to, string? address, CancellationToken cancellation) => ActAsync(to, "typing_on", cancellation);

    public ValueTask<MediaResult> OpenMediaAsync(string reference, CancellationToken cancellation) => api.DownloadAsync(reference, withToken: false, cancellation);

    public async ValueTask<ProfileResult> GetProfileAsync(Key key, string? address, CancellationToken cancellation)
    {
        if (CustomerOf(key) is not { } customer)
            return new ProfileResult.Unknown("not a customer of this account");
        GraphAnswer answer = await api.AskAsync($"{customer}?fields={product.ProfileFields}", cancellation);
        if (answer.Failure is SendResult.Rejected { Fault.Detail: var words })
            return new ProfileResult.Unknown(words);
        if (answer.Fault is { } fault)
            return new ProfileResult.Later(fault.Detail, (answer.Failure as SendResult.Deferred)?.RetryAfter);
        string? username = answer.Result.Id("username", 64);
        string name = answer.Result.Text("name", 256) ?? $"{answer.Result.Text("first_name", 128)} {answer.Result.Text("last_name", 128)}".Trim();
        // Before the app is reviewed the answer is empty; a placeholder does until then.
        return name.Length == 0 && username is null
            ? new ProfileResult.Unknown("the profile is empty")
            : new ProfileResult.Found(name.Length > 0 ? name : username)
            {
                Learned = username is null ? [] : [new(new Key($"{product.Kind}_username", username.ToLowerInvariant()), Assurance.Proven, LearnedAs.Alias)],
            };
    }

    public async ValueTask<ProbeResult> ProbeAsync(CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(settings.AccessToken))
            return new(false, "access_token is not set: this channel can only receive, and Meta cannot be asked about it");
        GraphAnswer me = await api.AskAsync("me?fields=id,name", cancellation);
        if (me.Fault is { } fault)
            return new(false, fault.Detail, fault);
        string name = me.Result.Text("name", 128) ?? me.Result.Text("id", 64) ?? "the account";
        // On Instagram the token may be that of the Page to which the account belongs.
        if (!product.IsInstagram && me.Result.Text("id", 64) != settings.AccountId)
            return new(false, $"the token is that of {name}, which is not the Page with this account_id");
        GraphAnswer apps = await api.AskAsync("me/subscribed_apps", cancellation);
        return new(true, apps.Fault is { } unknown ? $"{name}; state of the webhook unknown: {unknown.Detail}"
            : apps.Result.List("data").Any() ? $"{name}; its events are subscribed to" : $"{name}; its events are not subscribed to: register the webhook");
    }

    public async ValueTask<ProbeResult> RegisterWebhookAsync(Uri url, CancellationToken cancellation)
    {
        GraphAnswer answer = await api.CallAsync(HttpMethod.Post, $"me/subscribed_apps?subscribed_fields={product.Fields}", body: null, attempt: 1, cancellation);
        if (answer.Fault is { } fault)
            return new(false, fault.Detail, fault);
        return answer.Result.IsTrue("success")
            ? new(true, $"The account's events are subscribed to. They go to the address in the app's dashboard, which must be this channel's at {url.Host}, or that of another channel of the app")
            : new(false, "Meta did not say that it worked");
    }

    private static SendResult.Rejected Nobody => new(new Fault(FaultKind.UnknownRecipient, "not a customer of this account"));

    // An id counts within its account only: the same digits elsewhere are somebody else.
    private string? CustomerOf(Key key) =>
        key.Kind == product.Kind && key.Scope == settings.AccountId && key.Value.Length is > 0 and <= 64 && key.Value.All(char.IsAsciiDigit) ? key.Value : null;

    private async ValueTask<SendResult> PostAsync(OutboundMessage message, string customer, MetaFile? file, bool byHumanAgent, CancellationToken cancellation)
    {
        if (MetaSending.Body(message, customer, file, byHumanAgent) is not { } body)
            return new SendResult.Rejected(new Fault(FaultKind.ContentRefused, $"there is no way to send {message.Part.GetType().Name}"));
        GraphAnswer answer = await api.CallAsync(HttpMethod.Post, "me/messages", body, message.Attempt, cancellation);
        if (answer.Failure is { } failure)
            return failure;
        return answer.Result.Id("message_id") is { } id
            ? new SendResult.Sent(new ExternalId(id))
            : new SendResult.Unconfirmed("Meta accepted it without telling its id");
    }

    // Instagram's accounts have long taken files by address only; where the hub has no public one, the upload is tried.
    private async ValueTask<(MetaFile? File, SendResult? Failure)> PrepareAsync(string way, OutboundMedia media, int attempt, CancellationToken cancellation)
    {
        if (product.IsInstagram && media.Link is { } link)
            return (new MetaFile(way, null, link), null);
        try
        {
            HttpContent form = GraphBody.Upload([("message", MetaSending.Attachment(way))], "filedata", media, await media.OpenAsync(cancellation));
            GraphAnswer uploaded = await api.CallAsync(HttpMethod.Post, "me/message_attachments", form, attempt, cancellation);
            if (uploaded.Preparing is { } failure)
                return (null, failure);
            return uploaded.Result.Id("attachment_id") is { } id
                ? (new MetaFile(way, id, null), null)
                : (null, new SendResult.Deferred(new Fault(FaultKind.ProviderDown, "Meta took the file without telling its id")));
        }
        catch (IOException)
        {
            return (null, new SendResult.Deferred(new Fault(FaultKind.ProviderDown, "the file to send could not be opened")));
        }
    }

    private async ValueTask ActAsync(Key to, string action, CancellationToken cancellation)
    {
        if (CustomerOf(to) is { } customer)
            await api.CallAsync(HttpMethod.Post, "me/messages", MetaSending.Action(customer, action), attempt: 1, cancellation);
    }

    // The account's id belongs to both halves, so it alone begins neither.
    private static SettingsHalf WithAccount(SettingsHalf half, MetaSettings settings) =>
        half.Complete && string.IsNullOrEmpty(settings.AccountId) ? SettingsHalf.Lacks("account_id") : half;
}

/// <summary>A file that is ready to be sent: uploaded, or where Meta can fetch it.</summary>
internal sealed record MetaFile(string Type, string? Id, Uri? Link);
