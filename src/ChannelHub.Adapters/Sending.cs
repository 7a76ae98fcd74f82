namespace ChannelHub.Adapters;

/// <summary>A channel that can write to customers. It sends exactly one unit a call and throws only on cancellation.</summary>
public interface IMessageSender : IChannel
{
    /// <summary>
    /// Sends one unit. The hub has planned it: it is within the type's limits. No retry here, no waiting for a rate limit:
    /// answer <see cref="SendResult.Deferred"/> and the hub does both.
    /// </summary>
    ValueTask<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellation);
}

/// <summary>One unit to send.</summary>
public sealed record OutboundMessage
{
    /// <summary><c>msg_….&lt;part&gt;</c>: the same on every attempt; hand it to providers that remove duplicates.</summary>
    public required string Key { get; init; }

    /// <summary>To whom.</summary>
    public required Key To { get; init; }

    /// <summary>The provider's thread address, as last seen in <see cref="Sender.Address"/>; null if none was.</summary>
    public string? Address { get; init; }

    /// <summary>What to send. For a <see cref="MediaPart"/> the bytes are in <see cref="Media"/>.</summary>
    public required Part Part { get; init; }

    /// <summary>The file of a <see cref="MediaPart"/>.</summary>
    public OutboundMedia? Media { get; init; }

    /// <summary>The provider's id of the message to quote.</summary>
    public ExternalId? ReplyTo { get; init; }

    /// <summary>Name of the agent or bot who wrote it, where channels show one.</summary>
    public string? AuthorName { get; init; }

    /// <summary><c>agent</c>, <c>bot</c> or <c>system</c>.</summary>
    public string AuthorKind { get; init; } = "agent";

    /// <summary>1 on the first attempt.</summary>
    public int Attempt { get; init; } = 1;
}

/// <summary>A file to send, both as a stream and, where the hub has a public address, as a link.</summary>
public sealed record OutboundMedia
{
    /// <summary>File name, safe for a header.</summary>
    public required string FileName { get; init; }

    /// <summary>Media type.</summary>
    public required string ContentType { get; init; }

    /// <summary>Size in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Opens the bytes; the caller disposes the stream. May be called more than once.</summary>
    public required Func<CancellationToken, ValueTask<Stream>> OpenAsync { get; init; }

    /// <summary>A signed link, good for <see cref="ChannelLimits.LinkLife"/>; null if the hub has no public address.</summary>
    public Uri? Link { get; init; }
}

/// <summary>What became of a send. Four answers, because three would be a lie.</summary>
public abstract record SendResult
{
    private SendResult() { }

    /// <summary>The provider accepted it.</summary>
    /// <param name="Id">The provider's id, by which receipts, replies and edits refer to it.</param>
    /// <param name="State">Usually <see cref="DeliveryState.Sent"/>; more where the answer says more.</param>
    public sealed record Sent(ExternalId Id, DeliveryState State = DeliveryState.Sent) : SendResult
    {
        /// <summary>Further keys of the recipient's account that the answer revealed.</summary>
        public IReadOnlyList<LearnedKey> Learned { get; init; } = [];
    }

    /// <summary>Not sent, and never will be.</summary>
    public sealed record Rejected(Fault Fault) : SendResult;

    /// <summary>Not sent; it may be later. Nothing left, or the provider said so.</summary>
    /// <param name="Fault">Why.</param>
    /// <param name="RetryAfter">The wait the provider asks for, if any.</param>
    public sealed record Deferred(Fault Fault, TimeSpan? RetryAfter = null) : SendResult;

    /// <summary>It left and nobody answered: 502, 504, a time-out, a cut, 200 with garbage. It may have arrived.</summary>
    public sealed record Unconfirmed(string Reason) : SendResult;
}

/// <summary>Why something did not work.</summary>
/// <param name="Kind">Says what to do next.</param>
/// <param name="Detail">The provider's words for the operator, without secrets and without message text.</param>
public sealed record Fault(FaultKind Kind, string Detail)
{
    /// <summary>
    /// True when the fault speaks of the whole channel rather than of this recipient: a rate limit of the account, a provider that is down.
    /// </summary>
    public bool WholeChannel { get; init; }
}

/// <summary>The closed set of reasons; each says what the hub does.</summary>
public enum FaultKind
{
    /// <summary>Credentials fail: the channel is paused with an alarm.</summary>
    NotAuthorized,

    /// <summary>The customer does not want to be written to: the address is marked.</summary>
    OptedOut,

    /// <summary>The provider's rules forbid writing now: a template or a word from the customer is needed.</summary>
    WindowClosed,

    /// <summary>No such recipient: the address is marked unreachable.</summary>
    UnknownRecipient,

    /// <summary>The provider does not take this content.</summary>
    ContentRefused,

    /// <summary>Too fast: wait.</summary>
    RateLimited,

    /// <summary>The provider is down or out of reach: try later.</summary>
    ProviderDown,
}
