using ChannelHub.Adapters;

namespace ChannelHub.Http;

/// <summary>One account of another system.</summary>
internal sealed class HttpChannel(HttpSettings settings, ChannelEnvironment environment)
    : IWebhookReceiver, IMessageSender, IMediaSource, IMessageEditor, IMessageDeleter, IReactionSender, IReadMarker, ITypingSignal
{
    private readonly OutboundPosts posts = new(settings, environment);
    private readonly HttpCapabilities declared = settings.Capabilities ?? new HttpCapabilities();
    private readonly HttpFeatures features = settings.Capabilities?.Features ?? new HttpFeatures();

    public bool Verify(WebhookRequest request) =>
        StandardWebhooks.IsSigned(settings.InboundSecrets, request.Headers, request.Body.Span, request.ReceivedAt)
        || Signatures.IsBearer(settings.InboundToken, request.Header("authorization"));

    public Received Parse(AuthenticInput input)
    {
        if (input.Method != "POST")
            return new Received(new Entry.Rejected([new FieldError("method", "must be POST")]));
        return input.SubPath switch
        {
            "" => Events(input).Read(input.Body),
            Uploads.SubPath => Uploads.Read(input),
            _ => new Received(new Entry.Rejected([new FieldError("path", "post events to the channel's own address, files to its sub-path files")])),
        };
    }

    public ValueTask<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellation)
    {
        if (OutboundContent.Of(message.Part, message.Media) is not { } content || !declared.Takes(OutboundContent.Name(message.Part)))
            return Refused($"this channel does not declare {OutboundContent.Name(message.Part)}");
        if (message.Part is MediaPart && message.Media?.Link is null)
            return Refused("files go out as links: set a public URL for the hub (CHANNELHUB_PUBLIC_URL)");
        var data = new
        {
            Id = message.Key,
            environment.ChannelId,
            ThreadId = message.Address,
            Recipient = new { ExternalId = message.To.Value },
            ReplyTo = message.ReplyTo?.Value,
            Content = new[] { content },
            Buttons = OutboundContent.Buttons(message.Part),
            Author = new { Kind = message.AuthorKind, Name = message.AuthorName },
            message.Attempt,
        };
        return posts.PostAsync("message.send", message.Key, data, cancellation);
    }

    public ValueTask<SendResult> EditAsync(SentUnit unit, Part part, CancellationToken cancellation) => features.Edit
        ? PostAsync("message.edit", unit, cancellation, content: OutboundContent.Of(part, media: null))
        : Refused("this channel does not declare edit");

    public ValueTask<SendResult> DeleteAsync(SentUnit unit, CancellationToken cancellation) => features.Delete
        ? PostAsync("message.delete", unit, cancellation)
        : Refused("this channel does not declare delete");

    public ValueTask<SendResult> ReactAsync(SentUnit unit, string? reaction, CancellationToken cancellation) => features.Reaction
        ? PostAsync("reaction.send", unit, cancellation, emoji: reaction, action: reaction is null ? "removed" : "added")
        : Refused("this channel does not declare reaction");

    public async ValueTask MarkReadAsync(SentUnit unit, CancellationToken cancellation)
    {
        if (features.Read)
            await PostAsync("read", unit, cancellation);
    }

    public async ValueTask ShowTypingAsync(Key to, string? address, CancellationToken cancellation)
    {
        if (features.Typing)
        {
            var data = new { environment.ChannelId, ThreadId = address, Recipient = new { ExternalId = to.Value } };
            await posts.PostAsync("typing", data, cancellation);
        }
    }

    public ValueTask<MediaResult> OpenMediaAsync(string reference, CancellationToken cancellation) =>
        ProviderMedia.OpenAsync(environment.Http, reference, cancellation);

    public async ValueTask<ProbeResult> ProbeAsync(CancellationToken cancellation)
    {
        if (settings.InboundSecrets.Any(secret => StandardWebhooks.Key(secret) is null))
            return new ProbeResult(Ok: false, "one of inbound_secrets is not whsec_ followed by base64; it verifies nothing");
        if (string.IsNullOrEmpty(settings.SendUrl))
            return new ProbeResult(Ok: true, "this channel only receives; there is nobody to ask");
        SendResult result = await posts.PostAsync("ping", new { environment.ChannelId }, cancellation);
        return result switch
        {
            SendResult.Sent => new ProbeResult(Ok: true, "send_url answers a signed ping"),
            SendResult.Deferred deferred => new ProbeResult(Ok: false, deferred.Fault.Detail, deferred.Fault),
            SendResult.Rejected rejected => new ProbeResult(Ok: false, rejected.Fault.Detail, rejected.Fault),
            SendResult.Unconfirmed unconfirmed => new ProbeResult(Ok: false, unconfirmed.Reason),
            _ => throw new InvalidOperationException("SendResult is a closed set"),
        };
    }

    private static ValueTask<SendResult> Refused(string detail) =>
        ValueTask.FromResult<SendResult>(new SendResult.Rejected(new Fault(FaultKind.ContentRefused, detail)));

    private InboundEvents Events(AuthenticInput input) =>
        new(new InboundSenders(settings, IsSigned(input)), input.Headers.GetValueOrDefault(StandardWebhooks.IdHeader));

    // Without a token in the request only a signature can have let it in, and that stays true when secrets are replaced. With both, the
    // signature is checked again over what is kept: stray headers beside a token prove nothing.
    private bool IsSigned(AuthenticInput input) =>
        !input.Headers.ContainsKey("authorization")
        || StandardWebhooks.IsSigned(settings.InboundSecrets, input.Headers, input.Body.Span, input.ReceivedAt);

    private ValueTask<SendResult> PostAsync(
        string type, SentUnit unit, CancellationToken cancellation, object? content = null, string? emoji = null, string? action = null)
    {
        var data = new
        {
            environment.ChannelId,
            MessageId = unit.Id.Value,
            ThreadId = unit.Address,
            Recipient = new { ExternalId = unit.To.Value },
            Content = content is null ? null : new[] { content },
            Emoji = emoji,
            Action = action,
        };
        return posts.PostAsync(type, data, cancellation);
    }
}
