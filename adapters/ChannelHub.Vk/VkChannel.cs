using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Vk;

/// <summary>One community that VK pushes for.</summary>
internal class VkChannel(VkSettings settings, ChannelEnvironment environment)
    : IWebhookReceiver, IMessageSender, IMediaSource, IWebhookRegistrar, IMessageEditor, IMessageDeleter, IReactionSender, IReadMarker, ITypingSignal, IProfileSource
{
    private readonly VkApi api = new(settings, environment.Http);
    private VkServers? servers;

    internal VkApi Api => api;

    private VkServers Servers => servers ??= new VkServers(settings, api);

    private VkUploads Uploads => new(api);

    // There is no signature: a secret inside the body is all that VK shows.
    public bool Verify(WebhookRequest request)
    {
        if (string.IsNullOrEmpty(settings.Secret))
            return false;
        using JsonDocument? document = ProviderJson.TryParse(request.Body);
        return document is not null && Signatures.Matches(settings.Secret, document.RootElement.Text("secret"));
    }

    public Received Parse(AuthenticInput input) =>
        VkEvents.Parse(input, settings, string.IsNullOrEmpty(settings.ConfirmationCode) ? Servers.FetchedCode : settings.ConfirmationCode);

    public async ValueTask<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellation)
    {
        if (VkMessageId.UserOf(message.To, message.Address) is not { } peer)
            return new SendResult.Rejected(new Fault(FaultKind.UnknownRecipient, "not the id of a user"));
        string? attachment = null;
        if (message is { Part: MediaPart part, Media: { } media })
        {
            (attachment, SendResult? notUploaded) = await Uploads.UploadAsync(part, media, peer, cancellation);
            if (notUploaded is not null)
                return notUploaded;
        }
        if (VkSending.Parameters(message, peer, attachment) is not { } parameters)
            return new SendResult.Rejected(new Fault(FaultKind.ContentRefused, $"VK has no way to send {message.Part.GetType().Name}"));
        VkAnswer answer = await api.CallAsync("messages.send", parameters, cancellation);
        return answer.Failure ?? Sent(answer.Response, peer);
    }

    public ValueTask<SendResult> EditAsync(SentUnit unit, Part part, CancellationToken cancellation) =>
        ChangeAsync(unit, id => VkSending.Edit(part, id) is { } parameters ? ("messages.edit", parameters) : null, cancellation);

    public ValueTask<SendResult> DeleteAsync(SentUnit unit, CancellationToken cancellation) => ChangeAsync(
        unit, id => ("messages.delete", [("peer_id", VkSending.Number(id.Peer)), ("cmids", VkSending.Number(id.Number)), ("delete_for_all", "1")]), cancellation);

    public ValueTask<SendResult> ReactAsync(SentUnit unit, string? reaction, CancellationToken cancellation) => ChangeAsync(unit, id =>
        reaction is null ? ("messages.deleteReaction", VkSending.On(id))
        : VkReactions.NumberOf(reaction) is { } number ? ("messages.sendReaction", [.. VkSending.On(id), ("reaction_id", VkSending.Number(number))])
        : null, cancellation);

    public async ValueTask MarkReadAsync(SentUnit unit, CancellationToken cancellation)
    {
        if (VkMessageId.From(unit.Id) is { } id)
        {
            await api.CallAsync("messages.markAsRead",
                [("peer_id", VkSending.Number(id.Peer)), ("up_to_cmid", VkSending.Number(id.Number)), ("mark_conversation_as_read", "1")], cancellation);
        }
    }

    public async ValueTask ShowTypingAsync(Key to, string? address, CancellationToken cancellation)
    {
        if (VkMessageId.UserOf(to, address) is { } peer)
            await api.CallAsync("messages.setActivity", [("peer_id", VkSending.Number(peer)), ("type", "typing")], cancellation);
    }

    public async ValueTask<ProfileResult> GetProfileAsync(Key key, string? address, CancellationToken cancellation)
    {
        if (VkMessageId.UserOf(key, null) is not { } user)
            return new ProfileResult.Unknown("not the id of a user");
        VkAnswer answer = await api.CallAsync("users.get", [("user_ids", VkSending.Number(user)), ("fields", "screen_name")], cancellation);
        if (answer.Fault is { } fault)
            return answer.Failure is SendResult.Rejected ? new ProfileResult.Unknown(fault.Detail) : new ProfileResult.Later(fault.Detail, (answer.Failure as SendResult.Deferred)?.RetryAfter);
        JsonElement profile = answer.Response.ValueKind == JsonValueKind.Array ? answer.Response.EnumerateArray().FirstOrDefault() : default;
        if (profile.ValueKind != JsonValueKind.Object || profile.Has("deactivated"))
            return new ProfileResult.Unknown("VK shows no such user, or the account was closed");
        string name = $"{profile.Text("first_name", 128)} {profile.Text("last_name", 128)}".Trim();
        return new ProfileResult.Found(name.Length == 0 ? null : name)
        {
            // A short address may pass to somebody else tomorrow: another name today, never a key that owns.
            Learned = profile.Text("screen_name", 64) is { Length: > 0 } screen ? [new(new Key("vk_username", screen.ToLowerInvariant()), Assurance.Proven, LearnedAs.Alias)] : [],
        };
    }

    public ValueTask<MediaResult> OpenMediaAsync(string reference, CancellationToken cancellation) =>
        ProviderMedia.OpenAsync(environment.Http, reference, cancellation);

    public virtual ValueTask<ProbeResult> RegisterWebhookAsync(Uri url, CancellationToken cancellation) => Servers.RegisterAsync(url, cancellation);

    public ValueTask<ProbeResult> ProbeAsync(CancellationToken cancellation) => Servers.ProbeAsync(environment.HookUrl, cancellation);

    private static SendResult Sent(JsonElement response, long peer)
    {
        JsonElement sent = response.ValueKind == JsonValueKind.Array ? response.EnumerateArray().FirstOrDefault() : default;
        if (sent.Child("error") is { ValueKind: JsonValueKind.Object } error)
            return error.Long("code") is { } code ? VkErrors.Failure(code, error.Text("description") ?? "no reason was given") : new SendResult.Unconfirmed("VK answered with an error that has no number");
        if (sent.Long("conversation_message_id") is { } number and > 0)
            return new SendResult.Sent(new VkMessageId(peer, number).External);
        return (sent.Long("message_id") ?? (response.ValueKind == JsonValueKind.Number && response.TryGetInt64(out long only) ? only : null)) is { } id and > 0
            ? new SendResult.Sent(new ExternalId($"m:{VkSending.Number(id)}"))
            : new SendResult.Unconfirmed("VK accepted it without telling its number");
    }

    private async ValueTask<SendResult> ChangeAsync(
        SentUnit unit, Func<VkMessageId, (string Method, IEnumerable<(string, string?)> Parameters)?> change, CancellationToken cancellation)
    {
        if (VkMessageId.From(unit.Id) is not { } id || change(id) is not { } call)
            return new SendResult.Rejected(new Fault(FaultKind.ContentRefused, "VK cannot change this"));
        VkAnswer answer = await api.CallAsync(call.Method, call.Parameters, cancellation);
        return answer.Failure ?? new SendResult.Sent(unit.Id);
    }
}
