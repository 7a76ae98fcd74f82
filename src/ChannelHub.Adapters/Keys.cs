namespace ChannelHub.Adapters;

/// <summary>
/// How an identity is recognised: what kind of address it is, where the value is unique, and the value itself.
/// Two keys are the same address exactly when all three members are equal; the hub brings <c>phone</c> and
/// <c>email</c> values to their canonical form before it compares.
/// </summary>
/// <param name="Kind">One of <see cref="KeyKinds"/>, or a kind of the adapter's own (<c>a-z0-9_</c>, at most 32 characters).</param>
/// <param name="Scope">Where the value is unique. Empty means everywhere.</param>
/// <param name="Value">The address as the provider writes it; opaque to the hub. At most 512 characters.</param>
public sealed record Key(string Kind, string Scope, string Value)
{
    /// <summary>A key that is unique everywhere.</summary>
    public Key(string kind, string value) : this(kind, "", value) { }
}

/// <summary>The kinds of key that more than one channel type shares.</summary>
public static class KeyKinds
{
    /// <summary>A telephone number; canonical form E.164 with the leading plus.</summary>
    public const string Phone = "phone";

    /// <summary>A mailbox; canonical form is lower-cased local part and A-label domain.</summary>
    public const string Email = "email";

    /// <summary>A Telegram user id, the same for every bot.</summary>
    public const string Telegram = "telegram";

    /// <summary>A browser visitor of the web chat.</summary>
    public const string Visitor = "visitor";

    /// <summary>A sender of an <c>http</c> channel.</summary>
    public const string App = "app";

    /// <summary>The shop's own customer id. It has no address to send to.</summary>
    public const string External = "external";
}

/// <summary>Scopes that an adapter cannot know by itself.</summary>
public static class KeyScopes
{
    /// <summary>The value is unique within its channel only. The hub puts the channel's own id in its place.</summary>
    public const string Channel = "@channel";
}

/// <summary>
/// A provider's id of one message, unique within the channel. Only the adapter that made it may read inside;
/// the hub stores and compares it. At most 256 characters.
/// </summary>
public readonly record struct ExternalId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>How well something is proven, weakest first.</summary>
public enum Assurance
{
    /// <summary>Guessed by a rule.</summary>
    Inferred = 0,

    /// <summary>Somebody typed it.</summary>
    Claimed = 1,

    /// <summary>An agent or a CRM says so.</summary>
    Asserted = 2,

    /// <summary>The customer answered a challenge sent there.</summary>
    Confirmed = 3,

    /// <summary>The provider or the shop's signature vouches for it.</summary>
    Proven = 4,
}

/// <summary>What a learned key is to the identity beside which it was learned.</summary>
public enum LearnedAs
{
    /// <summary>
    /// Another name of the same account. A kind that is or ends in <c>username</c> is a name that may pass to somebody else; any other kind is an id that
    /// is never given to another account (a number variant, a business-scoped id): messages that come with it alone are this account's.
    /// </summary>
    Alias,

    /// <summary>Another address of the same person (a shared phone number, a verified e-mail).</summary>
    Contact,
}

/// <summary>A key that an event revealed beside its sender's own.</summary>
/// <param name="Key">The key.</param>
/// <param name="Assurance">How well it is proven. Only proven and confirmed contacts join identities.</param>
/// <param name="As">Alias of the same account, or another address of the same person.</param>
public sealed record LearnedKey(Key Key, Assurance Assurance, LearnedAs As);

/// <summary>Who wrote, reacted or unsubscribed.</summary>
/// <param name="Key">The key that identifies the account.</param>
public sealed record Sender(Key Key)
{
    /// <summary>How well the provider vouches for <see cref="Key"/>.</summary>
    public Assurance Assurance { get; init; } = Assurance.Proven;

    /// <summary>The name the account shows, as it stands; never a key.</summary>
    public string? DisplayName { get; init; }

    /// <summary>
    /// Where to answer, if that is not <see cref="Adapters.Key.Value"/> itself (a chat id, a thread id). It is handed back in
    /// <see cref="OutboundMessage.Address"/>.
    /// </summary>
    public string? Address { get; init; }

    /// <summary>BCP 47 language, if the provider tells it.</summary>
    public string? Language { get; init; }

    /// <summary>Further keys revealed by the same event.</summary>
    public IReadOnlyList<LearnedKey> Learned { get; init; } = [];
}
