using ChannelHub.Adapters;

namespace ChannelHub.Core.Customers.Suggestions;

/// <summary>One open identity, as far as it matters to whether it may be the same person as another.</summary>
public sealed record Subject(long Id, Key Key, Assurance Assurance)
{
    /// <summary>The name the account shows.</summary>
    public string? Name { get; init; }

    /// <summary>Addresses it is said to have, by its own words or an agent's.</summary>
    public IReadOnlyList<Claim> Claims { get; init; } = [];

    /// <summary>What it may have in common with others.</summary>
    public IReadOnlyList<Trait> Traits { get; init; } = [];
}

/// <summary>An address somebody is said to have.</summary>
public readonly record struct Claim(Key Key, Assurance Assurance);

/// <summary>Something that identities may have in common without it proving anything.</summary>
public readonly record struct Trait(TraitKind Kind, string Value);

/// <summary>The kinds of trait.</summary>
public enum TraitKind
{
    /// <summary>The number of an order that was spoken of.</summary>
    Order,

    /// <summary>A mailbox without its tag.</summary>
    Mailbox,

    /// <summary>A user name or local part without the marks by which look-alikes differ.</summary>
    Handle,

    /// <summary>An address (<c>kind:value</c>) in what an agent or a CRM wrote about the customer.</summary>
    Note,
}

/// <summary>What is to be done, if somebody agrees.</summary>
public enum Proposes
{
    /// <summary>Make one customer of two.</summary>
    Merge,

    /// <summary>Close an identity: its address seems to have changed hands.</summary>
    Close,
}

/// <summary>A thing for a person to decide.</summary>
/// <param name="Evidence">Why, the strongest first.</param>
/// <param name="Score">From 0 to 1; what several pieces say adds up.</param>
public sealed record Suggestion(IReadOnlyList<SuggestedEvidence> Evidence, double Score);

/// <summary>One reason for a suggestion.</summary>
/// <param name="Kind">The kind of key that both have, or order, plus_tag, handle, note, unverified_mail, name, silence.</param>
/// <param name="Value">What both have.</param>
/// <param name="Reason">Why it is not a link.</param>
/// <param name="Left">How well the left side is proven to have it.</param>
/// <param name="Right">How well the right side is.</param>
public sealed record SuggestedEvidence(string Kind, string Value, string Reason, Assurance Left, Assurance Right);
