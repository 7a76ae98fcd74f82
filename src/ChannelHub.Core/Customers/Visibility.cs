namespace ChannelHub.Core.Customers;

/// <summary>What a visitor may read.</summary>
public static class Visibility
{
    /// <summary>
    /// The identities whose messages the holder of an identity may see: those reachable over evidence that is proven or confirmed on both sides
    /// and not refused. What a person linked by hand never widens it, so evidence counts only if it would be accepted without those links as
    /// well; nor does a detached identity, although it still holds others together.
    /// </summary>
    public static IReadOnlySet<long> Reachable(long identity, Region region)
    {
        Partition asRecorded = Grouping.Partition(region);
        Partition withoutLinks = Grouping.Partition(region with { Facts = [.. region.Facts.Where(fact => fact is not ManualLink)] });
        HashSet<Hold> accepted = [.. withoutLinks.Holds];
        ILookup<long, long> neighbours = asRecorded.Holds
            .Where(hold => accepted.Contains(hold) && asRecorded.Nodes.IsMember(hold.Left) && asRecorded.Nodes.IsMember(hold.Right))
            .SelectMany(hold => new[] { (From: hold.Fact.Left, To: hold.Fact.Right), (From: hold.Fact.Right, To: hold.Fact.Left) })
            .ToLookup(step => step.From, step => step.To);

        var reached = new HashSet<long> { identity };
        var next = new Queue<long>(reached);
        while (next.TryDequeue(out long current))
        {
            foreach (long neighbour in neighbours[current].Where(reached.Add))
                next.Enqueue(neighbour);
        }
        return reached;
    }
}
