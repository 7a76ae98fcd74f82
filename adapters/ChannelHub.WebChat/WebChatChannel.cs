using ChannelHub.Adapters;

namespace ChannelHub.WebChat;

/// <summary>
/// One live chat. Sending needs no call: what the hub has stored it shows its visitors itself, so a unit is sent as soon as it is asked for.
/// </summary>
public sealed class WebChatChannel(WebChatSettings settings) : IReceiver, IMessageSender, IMessageEditor, IMessageDeleter, ITypingSignal
{
    /// <summary>The shop is writing to the visitor with this key value. Handlers are quick and do not throw.</summary>
    public event Action<string>? TypingShown;

    /// <summary>What the chat is configured with.</summary>
    public WebChatSettings Settings { get; } = settings;

    /// <inheritdoc/>
    public Received Parse(AuthenticInput input) => new(VisitorEvents.Read(input.Body));

    /// <inheritdoc/>
    public ValueTask<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Shown(new ExternalId(message.Key));
    }

    /// <inheritdoc/>
    public ValueTask<SendResult> EditAsync(SentUnit unit, Part part, CancellationToken cancellation) => Shown(unit.Id);

    /// <inheritdoc/>
    public ValueTask<SendResult> DeleteAsync(SentUnit unit, CancellationToken cancellation) => Shown(unit.Id);

    /// <inheritdoc/>
    public ValueTask ShowTypingAsync(Key to, string? address, CancellationToken cancellation)
    {
        TypingShown?.Invoke(to.Value);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<ProbeResult> ProbeAsync(CancellationToken cancellation) => ValueTask.FromResult(new ProbeResult(Ok: true,
        Settings.AllowedOrigins.Count == 0
            ? "works on the hub's own pages; name the shop's origins in allowed_origins to embed it there"
            : "works on the pages of " + string.Join(", ", Settings.AllowedOrigins)));

    private static ValueTask<SendResult> Shown(ExternalId id) => ValueTask.FromResult<SendResult>(new SendResult.Sent(id));
}
