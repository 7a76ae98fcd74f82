using ChannelHub.Adapters;

namespace ChannelHub.Core.Customers;

/// <summary>
/// A recorded reason why two identities are, or are not, one customer. Facts are only ever appended and revoked, never rewritten; the rules
/// see active ones. Ids are time-ordered, and the order of ids is the order of arrival.
/// </summary>
public abstract record Fact(long Id, long Left, long Right)
{
    /// <summary>The action that recorded it, which is what an undo names. Most actions are one fact and have its id.</summary>
    public long ActionId { get; init; } = Id;
}

/// <summary>A person or a CRM said so: the birth identities of the two ids the caller named are one customer.</summary>
public sealed record ManualLink(long Id, long Left, long Right) : Fact(Id, Left, Right);

/// <summary>
/// A message revealed that two identities share a key. It is recorded even when it joins nothing or is refused. The generation tells apart the
/// successive owners of a key.
/// </summary>
public sealed record Evidence(long Id, long Left, long Right, Key Key, long Generation, Assurance LeftAssurance, Assurance RightAssurance)
    : Fact(Id, Left, Right)
{
    internal Piece Piece => Piece.Of(Left, Right, Key, Generation);

    internal bool IsStrong => LeftAssurance >= Assurance.Confirmed && RightAssurance >= Assurance.Confirmed;
}

/// <summary>One piece of evidence no longer counts, however often it arrives again; other links between the two still hold.</summary>
public sealed record Bar(long Id, long Left, long Right, Key Key, long Generation) : Fact(Id, Left, Right)
{
    internal Piece Piece => Piece.Of(Left, Right, Key, Generation);
}

/// <summary>A person said so: these two identities are not one customer.</summary>
public sealed record Veto(long Id, long Left, long Right) : Fact(Id, Left, Right);

/// <summary>
/// A person said so: this identity does not belong to its customer. Every older fact then speaks of a stand-in instead of the identity: what the
/// identity held together stays together without it, and it begins again alone. As it is one fact, its undo is exact in any order.
/// </summary>
public sealed record Detach(long Id, long Identity) : Fact(Id, Identity, Identity);

/// <summary>An identity as the grouping sees it. External identities (the shop's own customer ids) never come together by evidence.</summary>
public readonly record struct Member(long Id, bool IsExternal = false);

/// <summary>
/// All identities reachable from each other over links and evidence (barred and refused ones too), and all active facts that touch them.
/// Grouping a region gives the same as grouping everything.
/// </summary>
public sealed record Region(IReadOnlyList<Member> Members, IReadOnlyList<Fact> Facts)
{
    /// <summary>The region after an action.</summary>
    public Region With(IReadOnlyList<Fact> appended, IReadOnlyList<Fact> revoked) =>
        this with { Facts = [.. Facts.Where(fact => !revoked.Contains(fact)), .. appended] };
}

/// <summary>What makes two records of evidence the same piece: the pair in either direction, the key, and its generation.</summary>
internal readonly record struct Piece(long Older, long Newer, Key Key, long Generation)
{
    public static Piece Of(long left, long right, Key key, long generation) =>
        new(Math.Min(left, right), Math.Max(left, right), key, generation);
}
