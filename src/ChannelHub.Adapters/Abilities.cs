namespace ChannelHub.Adapters;

/// <summary>
/// One configured account. What it caches is its own and dies with its settings. Every further ability is an interface:
/// a channel cannot claim what it does not implement. Members may be called on several threads at once.
/// </summary>
public interface IChannel
{
    /// <summary>Asks the provider whether the settings work and who we are there. Throws only on cancellation.</summary>
    ValueTask<ProbeResult> ProbeAsync(CancellationToken cancellation);
}

/// <summary>What a probe found.</summary>
/// <param name="Ok">True when the credentials work.</param>
/// <param name="Detail">For the operator: the account's name, or what is wrong and how to mend it. No secrets.</param>
/// <param name="Fault">What failed, if something did.</param>
public sealed record ProbeResult(bool Ok, string Detail, Fault? Fault = null);

/// <summary>Fetches the bytes of received files.</summary>
public interface IMediaSource : IChannel
{
    /// <summary>Opens a file by the reference that the event carried. Throws only on cancellation.</summary>
    ValueTask<MediaResult> OpenMediaAsync(string reference, CancellationToken cancellation);
}

/// <summary>A channel whose files lie inside of what it receives, such as a mail's.</summary>
public interface IMediaInInput : IReceiver
{
    /// <summary>Opens a file by the reference that parsing this very input gave it. As pure as <see cref="IReceiver.Parse"/>.</summary>
    MediaResult OpenMedia(AuthenticInput input, string reference);
}

/// <summary>What opening a file gave.</summary>
public abstract record MediaResult
{
    private MediaResult() { }

    /// <summary>The bytes; the hub reads, counts and disposes them.</summary>
    public sealed record Opened(Stream Content, string? ContentType = null) : MediaResult;

    /// <summary>It will never come: expired, deleted, too big for the provider.</summary>
    public sealed record Gone(string Reason) : MediaResult;

    /// <summary>Not now; the hub tries again until the provider's expiry.</summary>
    public sealed record Later(string Reason, TimeSpan? RetryAfter = null) : MediaResult;
}

/// <summary>Tells the provider where to push.</summary>
public interface IWebhookRegistrar : IChannel
{
    /// <summary>Registers <paramref name="url"/>. Doing it twice is the same as doing it once.</summary>
    ValueTask<ProbeResult> RegisterWebhookAsync(Uri url, CancellationToken cancellation);
}

/// <summary>Changes a sent message where it was sent.</summary>
public interface IMessageEditor : IChannel
{
    /// <summary>Replaces the text of a sent unit.</summary>
    ValueTask<SendResult> EditAsync(SentUnit unit, Part part, CancellationToken cancellation);
}

/// <summary>Removes a sent message where it was sent.</summary>
public interface IMessageDeleter : IChannel
{
    /// <summary>Removes a sent unit.</summary>
    ValueTask<SendResult> DeleteAsync(SentUnit unit, CancellationToken cancellation);
}

/// <summary>Reacts to messages.</summary>
public interface IReactionSender : IChannel
{
    /// <summary>Sets the shop's reaction on a message, or withdraws it when <paramref name="reaction"/> is null.</summary>
    ValueTask<SendResult> ReactAsync(SentUnit unit, string? reaction, CancellationToken cancellation);
}

/// <summary>Shows the customer that their words were read.</summary>
public interface IReadMarker : IChannel
{
    /// <summary>Marks everything up to a received message as read. Best effort.</summary>
    ValueTask MarkReadAsync(SentUnit unit, CancellationToken cancellation);
}

/// <summary>Shows the customer that somebody is writing.</summary>
public interface ITypingSignal : IChannel
{
    /// <summary>Shows it for as long as the provider does. Best effort.</summary>
    ValueTask ShowTypingAsync(Key to, string? address, CancellationToken cancellation);
}

/// <summary>Shows typing at a message of the customer, where the provider wants to know which.</summary>
public interface ITypingAtMessage : IChannel
{
    /// <summary>Shows it for as long as the provider does. <paramref name="received"/> is the customer's newest message. Best effort.</summary>
    ValueTask ShowTypingAsync(SentUnit received, CancellationToken cancellation);
}

/// <summary>Tells who an account is, where messages do not.</summary>
public interface IProfileSource : IChannel
{
    /// <summary>Asks the provider. Throws only on cancellation.</summary>
    ValueTask<ProfileResult> GetProfileAsync(Key key, string? address, CancellationToken cancellation);
}

/// <summary>What asking for a profile gave.</summary>
public abstract record ProfileResult
{
    private ProfileResult() { }

    /// <summary>The provider knows the account.</summary>
    /// <param name="DisplayName">The name the account shows; null if it shows none.</param>
    public sealed record Found(string? DisplayName) : ProfileResult
    {
        /// <summary>Other names of the account, such as a username.</summary>
        public IReadOnlyList<LearnedKey> Learned { get; init; } = [];
    }

    /// <summary>The provider will not tell: no consent, no such account.</summary>
    public sealed record Unknown(string Reason) : ProfileResult;

    /// <summary>Not now.</summary>
    public sealed record Later(string Reason, TimeSpan? RetryAfter = null) : ProfileResult;
}

/// <summary>A message as the provider knows it, sent or received.</summary>
/// <param name="To">The customer's key.</param>
/// <param name="Address">As in <see cref="OutboundMessage.Address"/>.</param>
/// <param name="Id">The provider's id.</param>
public sealed record SentUnit(Key To, string? Address, ExternalId Id);
