namespace ChannelHub.Core.Customers;

/// <summary>The customers of a region: which identities belong together, why, and what was refused.</summary>
public sealed class Partition
{
    private readonly Nodes nodes;
    private readonly Components components;
    private readonly List<Hold> holds;
    private readonly Dictionary<int, Group> groups = [];

    internal Partition(Nodes nodes, Components components, List<Hold> holds, List<RefusedEvidence> refused, List<Veto> vetoes)
    {
        this.nodes = nodes;
        this.components = components;
        this.holds = holds;
        Refused = refused;
        Vetoes = vetoes;

        // Members come oldest first, so the first of a component is the one whose ids the customer answers to.
        var identities = new Dictionary<int, List<long>>();
        for (int node = 0; node < nodes.MemberCount; node++)
        {
            int root = components.Find(node);
            if (!identities.TryGetValue(root, out List<long>? together))
            {
                identities[root] = together = [];
                groups[root] = new Group(nodes.IdentityOf(node), together);
            }
            together.Add(nodes.IdentityOf(node));
        }
    }

    /// <summary>The customers, oldest first.</summary>
    public IReadOnlyList<Group> Groups => [.. groups.Values.OrderBy(group => group.CustomerId)];

    /// <summary>Evidence that joins nothing because something stands between; barred evidence is not among it. Material for suggestions.</summary>
    public IReadOnlyList<RefusedEvidence> Refused { get; }

    internal IReadOnlyList<Veto> Vetoes { get; }

    internal IReadOnlyList<Hold> Holds => holds;

    internal Nodes Nodes => nodes;

    /// <summary>The id of the customer an identity, or the birth id of a customer, belongs to.</summary>
    public long CustomerOf(long identity) => GroupOf(identity).CustomerId;

    /// <summary>The customer an identity, or the birth id of a customer, belongs to.</summary>
    public Group GroupOf(long identity) => groups[components.Find(nodes.Of(identity))];

    /// <summary>Whether two identities are one customer.</summary>
    public bool AreTogether(long left, long right) => components.Find(nodes.Of(left)) == components.Find(nodes.Of(right));

    /// <summary>A veto of any identity of one customer against any of the other; null if they are one customer or nothing stands between.</summary>
    public Veto? VetoBetween(long left, long right) =>
        AreTogether(left, right) ? null : components.VetoBetween(nodes.Of(left), nodes.Of(right));

    /// <summary>Every link that lies on a way between two identities of one customer.</summary>
    public IReadOnlyList<Fact> LinksBetween(long left, long right) =>
        AreTogether(left, right) ? Paths.Between(holds, nodes.Count, nodes.Of(left), nodes.Of(right)) : [];
}

/// <summary>One customer: the id of its oldest identity, and its identities, oldest first.</summary>
public sealed record Group(long CustomerId, IReadOnlyList<long> Identities)
{
    /// <summary>Groups are the same when their identities are.</summary>
    public bool Equals(Group? other) => other is not null && Identities.SequenceEqual(other.Identities);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(CustomerId, Identities.Count);
}

/// <summary>Evidence that was not allowed to join, and why.</summary>
/// <param name="Evidence">The evidence.</param>
/// <param name="Reason">What stood between.</param>
/// <param name="Veto">The veto, if it was one.</param>
public sealed record RefusedEvidence(Evidence Evidence, RefusalReason Reason, Veto? Veto);

/// <summary>What keeps evidence from joining two customers.</summary>
public enum RefusalReason
{
    /// <summary>A person said that an identity of one is not an identity of the other.</summary>
    Veto,

    /// <summary>Both have an external identity; only a person may say that the shop knows somebody under two ids.</summary>
    TwoExternals,

    /// <summary>A side is neither proven nor confirmed.</summary>
    Weak,

    /// <summary>The key is one that several people use.</summary>
    SharedKey,
}

/// <summary>A fact that holds two nodes together.</summary>
internal readonly record struct Hold(Fact Fact, int Left, int Right);
