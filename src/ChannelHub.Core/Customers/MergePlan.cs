namespace ChannelHub.Core.Customers;

/// <summary>What a wish about customers would do, or why it may not be done.</summary>
public abstract record MergePlan
{
    private MergePlan() { }

    /// <summary>It may be done.</summary>
    /// <param name="Before">The region's customers as they are.</param>
    /// <param name="After">The region's customers as they would be.</param>
    /// <param name="Append">Facts to record.</param>
    /// <param name="Revoke">Facts to revoke.</param>
    public sealed record Change(Partition Before, Partition After, IReadOnlyList<Fact> Append, IReadOnlyList<Fact> Revoke) : MergePlan
    {
        /// <summary>
        /// What else holds the two named together once it is done: after an undo why they did not fall apart, after a merge what would keep
        /// them together if it were undone.
        /// </summary>
        public IReadOnlyList<Fact> RemainingLinks { get; init; } = [];

        /// <summary>Ids of the customers that appear, vanish or change their identities, oldest first; each is one event.</summary>
        public IReadOnlyList<long> ChangedCustomers =>
            [.. Before.Groups.Except(After.Groups).Concat(After.Groups.Except(Before.Groups)).Select(group => group.CustomerId).Distinct().Order()];
    }

    /// <summary>It may not be done, and nothing is recorded.</summary>
    public sealed record Refused(MergeRefusal Reason) : MergePlan
    {
        /// <summary>The veto that stands between.</summary>
        public Veto? Veto { get; init; }

        /// <summary>The links that must be undone first.</summary>
        public IReadOnlyList<Fact> Links { get; init; } = [];
    }
}

/// <summary>Why a wish about customers may not be done.</summary>
public enum MergeRefusal
{
    /// <summary>The two names are one identity.</summary>
    SameIdentity,

    /// <summary>A person said that an identity of one is not an identity of the other.</summary>
    Vetoed,

    /// <summary>Links made by hand connect the pair.</summary>
    LinkedByHand,

    /// <summary>No such action, or it is undone already.</summary>
    NothingToUndo,
}
