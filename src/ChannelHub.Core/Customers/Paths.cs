namespace ChannelHub.Core.Customers;

/// <summary>
/// Which links lie on some way between two nodes that visits no node twice. With an edge thought between the two, these are exactly the
/// links in the same biconnected block as that edge, so one depth-first walk finds them all, parallel links included.
/// </summary>
internal static class Paths
{
    public static IReadOnlyList<Fact> Between(IReadOnlyList<Hold> holds, int nodeCount, int from, int to)
    {
        if (from == to)
            return [];
        List<int>[] touching = Touching(holds, nodeCount);
        int[] seen = new int[nodeCount];
        int[] low = new int[nodeCount];
        var open = new Stack<int>();
        var walk = new Stack<(int Node, int Via, int Next)>();

        // The thought edge: `from` is entered first, and the walk starts at `to`.
        int clock = 1;
        seen[from] = low[from] = clock++;
        seen[to] = low[to] = clock++;
        walk.Push((to, Via: -1, Next: 0));
        while (walk.TryPop(out (int Node, int Via, int Next) step))
        {
            if (step.Next < touching[step.Node].Count)
            {
                walk.Push(step with { Next = step.Next + 1 });
                int link = touching[step.Node][step.Next];
                int other = holds[link].Left == step.Node ? holds[link].Right : holds[link].Left;
                if (link == step.Via || seen[other] > seen[step.Node] || other == step.Node)
                    continue;
                open.Push(link);
                if (seen[other] != 0)
                {
                    low[step.Node] = Math.Min(low[step.Node], seen[other]);
                    continue;
                }
                seen[other] = low[other] = clock++;
                walk.Push((other, link, Next: 0));
            }
            else if (step.Via >= 0)
            {
                int parent = holds[step.Via].Left == step.Node ? holds[step.Via].Right : holds[step.Via].Left;
                low[parent] = Math.Min(low[parent], low[step.Node]);
                if (low[step.Node] >= seen[parent])
                    while (open.Pop() != step.Via) { }
            }
        }
        return [.. open.Order().Select(link => holds[link].Fact)];
    }

    private static List<int>[] Touching(IReadOnlyList<Hold> holds, int nodeCount)
    {
        var touching = new List<int>[nodeCount];
        for (int node = 0; node < nodeCount; node++)
            touching[node] = [];
        for (int link = 0; link < holds.Count; link++)
        {
            touching[holds[link].Left].Add(link);
            touching[holds[link].Right].Add(link);
        }
        return touching;
    }
}
