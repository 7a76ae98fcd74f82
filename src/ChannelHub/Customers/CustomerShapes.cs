using System.Text.Json.Serialization;
using ChannelHub.Messages;

namespace ChannelHub.Customers;

/// <summary>A person: a grouping of identities.</summary>
public sealed record CustomerShape
{
    /// <summary><c>cus_…</c>; that of the oldest identity.</summary>
    public required string Id { get; init; }

    /// <summary>The name a CRM gave, else the one the oldest identity shows.</summary>
    public string? Name { get; init; }

    /// <summary>What CRMs wrote; of several values the one on the oldest identity.</summary>
    public required RawJson Attributes { get; init; }

    /// <summary>The shop's own customer id.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Where the person is reached, oldest first.</summary>
    public required IReadOnlyList<IdentityShape> Identities { get; init; }

    /// <summary>The one thread.</summary>
    public required string ConversationId { get; init; }

    /// <summary>When the oldest identity was first seen.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Ids that resolve to this customer now.</summary>
    public required IReadOnlyList<string> MergedFrom { get; init; }
}

/// <summary>An account at which a customer is reached.</summary>
public sealed record IdentityShape
{
    /// <summary><c>idn_…</c></summary>
    public required string Id { get; init; }

    /// <summary>phone, email, telegram, visitor, app, external, …</summary>
    public required string Kind { get; init; }

    /// <summary>Where the value is unique; empty: everywhere.</summary>
    public required string Scope { get; init; }

    /// <summary>Canonical form.</summary>
    public required string Value { get; init; }

    /// <summary>The name it shows, or the address as written.</summary>
    public string? Display { get; init; }

    /// <summary>How well it is proven: proven, confirmed, asserted, claimed or inferred.</summary>
    public required string Assurance { get; init; }

    /// <summary>Other names of the same account.</summary>
    public required IReadOnlyList<AliasShape> Aliases { get; init; }

    /// <summary>Addresses that its holder claimed, and how well each is proven.</summary>
    public required IReadOnlyList<ClaimShape> Claims { get; init; }

    /// <summary>How it is reached.</summary>
    public required IReadOnlyList<ReachShape> Channels { get; init; }

    /// <summary>Since when it is this person's.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Until when it was; null while it is.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Newest message.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    /// <summary>Stored and flagged, never answered.</summary>
    public required bool Blocked { get; init; }
}

/// <summary>Another name of the same account.</summary>
/// <param name="Kind">What the value is, such as <c>phone</c> or <c>username</c>.</param>
/// <param name="Scope">Where the value is unique; empty: everywhere.</param>
/// <param name="Value">In canonical form.</param>
/// <param name="Since">From when the account had it.</param>
/// <param name="Until">Until when; null: still.</param>
public sealed record AliasShape(string Kind, string Scope, string Value, DateTimeOffset Since, DateTimeOffset? Until)
{
    /// <summary>How well it is proven.</summary>
    public required string Assurance { get; init; }

    /// <summary>Where it was learned.</summary>
    public string? ChannelId { get; init; }

    /// <summary>When it was last told, to the day.</summary>
    public required DateTimeOffset LastSeen { get; init; }
}

/// <summary>An address that was claimed.</summary>
/// <param name="Kind">What the value is, such as <c>phone</c> or <c>email</c>.</param>
/// <param name="Value">In canonical form.</param>
/// <param name="Assurance"><c>claimed</c> or <c>asserted</c>; <c>confirmed</c> once the code that was sent there has been typed.</param>
public sealed record ClaimShape(string Kind, string Value, string Assurance)
{
    /// <summary>Where the value is unique; empty: everywhere.</summary>
    public required string Scope { get; init; }

    /// <summary>Where it was claimed.</summary>
    public string? ChannelId { get; init; }

    /// <summary>When it was first claimed.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>When it was last claimed, to the day.</summary>
    public required DateTimeOffset LastSeen { get; init; }
}

/// <summary>How an identity is reached through one channel.</summary>
/// <param name="ChannelId">The channel.</param>
/// <param name="Reachable">False when the provider said that nobody is there.</param>
/// <param name="OptedOut">True when the customer does not want to be written to there.</param>
/// <param name="WindowUntil">Until when the provider's rules allow writing freely, where it has such rules.</param>
public sealed record ReachShape(
    string ChannelId, bool Reachable, bool OptedOut, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? WindowUntil);
