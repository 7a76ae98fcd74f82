namespace ChannelHub.Adapters;

/// <summary>
/// Something that happened on a channel. The set is closed. Every event carries a <see cref="Key"/>; the hub keeps the
/// first event of a key and counts every further one as a duplicate, for as long as the messages are kept.
/// </summary>
public abstract record ChannelEvent
{
    private protected ChannelEvent(string key) => Key = key;

    /// <summary>Unique per channel and the same on every redelivery. At most 256 characters.</summary>
    public string Key { get; }

    /// <summary>When it happened by the provider's clock (UTC), if told.</summary>
    public DateTimeOffset? At { get; init; }
}

/// <summary>A customer wrote.</summary>
/// <param name="Id">The provider's id of the message. It is also the event's key.</param>
/// <param name="Sender">Who wrote.</param>
/// <param name="Parts">What the message consists of; never empty.</param>
public sealed record MessageReceived(ExternalId Id, Sender Sender, IReadOnlyList<Part> Parts) : ChannelEvent(Id.Value)
{
    /// <summary>The message it answers.</summary>
    public ExternalId? ReplyTo { get; init; }

    /// <summary>
    /// A message that the hub sent, by its id at the provider or its <see cref="OutboundMessage.Key"/>, of which this is beyond doubt an answer: it came back with
    /// a signature of this channel (see <see cref="ChannelEnvironment.SigningKey"/>). The message belongs on that one's thread, whoever wrote it: a sender who is not
    /// that customer is a participant there.
    /// </summary>
    public ExternalId? ThreadOf { get; init; }

    /// <summary>The subject, where the channel has one.</summary>
    public string? Subject { get; init; }

    /// <summary>To whom it went, where the channel tells; the channel's own address among them.</summary>
    public IReadOnlyList<MessageRecipient> Recipients { get; init; } = [];

    /// <summary>Shared by messages that were sent as one album.</summary>
    public string? Group { get; init; }

    /// <summary>The provider's own order within the sender's thread, where it has one; breaks ties of <see cref="ChannelEvent.At"/>.</summary>
    public long Sequence { get; init; }

    /// <summary>Small facts worth keeping, such as a forward's origin. Values are shown to agents as text.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>One address to which a message went.</summary>
/// <param name="Kind">How, such as <c>to</c> or <c>cc</c>.</param>
/// <param name="Address">The address.</param>
/// <param name="Name">The name written beside it; anybody can write anything there.</param>
public sealed record MessageRecipient(string Kind, string Address, string? Name = null);

/// <summary>The shop answered in the provider's own app. An echo of a message the hub itself sent is recognised by its id and dropped.</summary>
/// <param name="Id">The provider's id of the message. It is also the event's key.</param>
/// <param name="Recipient">To whom.</param>
/// <param name="Parts">What the message consists of; never empty.</param>
public sealed record MessageEchoed(ExternalId Id, Sender Recipient, IReadOnlyList<Part> Parts) : ChannelEvent(Id.Value)
{
    /// <summary>The message it answers.</summary>
    public ExternalId? ReplyTo { get; init; }

    /// <inheritdoc cref="MessageReceived.Sequence"/>
    public long Sequence { get; init; }
}

/// <summary>The author changed a message. The hub keeps the old revision.</summary>
/// <param name="Key">Unique per change.</param>
/// <param name="Id">The message that changed.</param>
/// <param name="Parts">The whole new content.</param>
public sealed record MessageChanged(string Key, ExternalId Id, IReadOnlyList<Part> Parts) : ChannelEvent(Key)
{
    /// <summary>
    /// The message as it would have been received. With it the hub stores a change of a message that it has never seen as a new message
    /// instead of losing the words.
    /// </summary>
    public MessageReceived? AsReceived { get; init; }
}

/// <summary>
/// Something became known of a call. Reports come in any order and each knows only its own: the hub lays them over each other, and the first one
/// with a sender makes the message.
/// </summary>
/// <param name="Key">Unique per report.</param>
/// <param name="Id">The provider's id of the call.</param>
/// <param name="Call">What this report knows; what it leaves open stays as it was.</param>
public sealed record CallReported(string Key, ExternalId Id, CallPart Call) : ChannelEvent(Key)
{
    /// <summary>The caller, where the report tells.</summary>
    public Sender? Sender { get; init; }
}

/// <summary>The author removed a message.</summary>
/// <param name="Key">Unique per removal.</param>
/// <param name="Id">The removed message.</param>
public sealed record MessageRemoved(string Key, ExternalId Id) : ChannelEvent(Key);

/// <summary>The provider tells what became of a message the hub sent. Reports may come late, twice and in any order.</summary>
/// <param name="Key">Unique per report.</param>
/// <param name="Id">The provider's id of the sent unit, or its <see cref="OutboundMessage.Key"/> (<c>msg_….&lt;part&gt;</c>).</param>
/// <param name="State">What became of it.</param>
public sealed record DeliveryReported(string Key, ExternalId Id, DeliveryState State) : ChannelEvent(Key)
{
    /// <summary>Why it failed.</summary>
    public Fault? Fault { get; init; }

    /// <summary>The provider's own id, where <see cref="Id"/> is the hub's.</summary>
    public ExternalId? ProviderId { get; init; }

    /// <summary>Further keys of the recipient's account that the report revealed.</summary>
    public IReadOnlyList<LearnedKey> Learned { get; init; } = [];
}

/// <summary>
/// The provider tells what became of everything that was sent to one customer up to a point. Exactly one of <see cref="UpTo"/> and <see cref="LastId"/> is set.
/// </summary>
/// <param name="Key">Unique per report.</param>
/// <param name="Recipient">The customer.</param>
/// <param name="State">What became of it.</param>
public sealed record ThreadReported(string Key, Sender Recipient, DeliveryState State) : ChannelEvent(Key)
{
    /// <summary>All that was sent at or before this time.</summary>
    public DateTimeOffset? UpTo { get; init; }

    /// <summary>This message and all that were sent to the customer before it.</summary>
    public ExternalId? LastId { get; init; }
}

/// <summary>What a provider reports of a sent unit.</summary>
public enum DeliveryState
{
    /// <summary>The provider has it.</summary>
    Sent,

    /// <summary>It will not arrive.</summary>
    Failed,

    /// <summary>It is on the customer's device.</summary>
    Delivered,

    /// <summary>The customer has seen it.</summary>
    Read,
}

/// <summary>A customer's reactions to one message changed.</summary>
/// <param name="Key">Unique per change.</param>
/// <param name="Id">The message reacted to.</param>
/// <param name="Sender">Who reacted.</param>
/// <param name="Reactions">All reactions of this sender on this message after the change; empty when withdrawn. An emoji, or <c>custom:…</c>.</param>
public sealed record ReactionChanged(string Key, ExternalId Id, Sender Sender, IReadOnlyList<string> Reactions) : ChannelEvent(Key);

/// <summary>A customer no longer wishes to be written to on this channel, or does so again.</summary>
/// <param name="Key">Unique per change.</param>
/// <param name="Sender">Who.</param>
/// <param name="OptedOut">True: write no more. False: writing is welcome again.</param>
public sealed record SubscriptionChanged(string Key, Sender Sender, bool OptedOut) : ChannelEvent(Key)
{
    /// <summary>
    /// The one kind of message it is about, such as <c>marketing</c>: noted, and for the provider to enforce. Null: every message.
    /// </summary>
    public string? Only { get; init; }
}

/// <summary>Another name of a known account was revealed without a message.</summary>
/// <param name="Key">Unique per revelation.</param>
/// <param name="Sender">The account, with the alias in <see cref="Sender.Learned"/>.</param>
public sealed record AliasLearned(string Key, Sender Sender) : ChannelEvent(Key)
{
    /// <summary>
    /// The key of <see cref="Sender"/>, if the account has given it up for what was learned: that identity is closed once it is linked, so that whoever gets
    /// the address next is somebody else.
    /// </summary>
    public Key? GivenUp { get; init; }
}

/// <summary>The customer is typing. Shown live and kept nowhere.</summary>
/// <param name="Key">Unique per signal.</param>
/// <param name="Sender">Who is typing.</param>
/// <param name="Typing">False when they stopped.</param>
public sealed record TypingChanged(string Key, Sender Sender, bool Typing) : ChannelEvent(Key);

/// <summary>Understood, and deliberately not kept. Mandatory for whatever an adapter drops, so that nothing vanishes.</summary>
/// <param name="Key">Unique per entry.</param>
/// <param name="Reason">Why, in words for the operator, such as <c>group chats are not supported</c>.</param>
public sealed record Ignored(string Key, string Reason) : ChannelEvent(Key);
