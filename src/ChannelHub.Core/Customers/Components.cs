namespace ChannelHub.Core.Customers;

/// <summary>Disjoint sets of nodes that know which external identities and vetoes they hold.</summary>
internal sealed class Components
{
    private readonly int[] parent;
    private readonly int[] size;
    private readonly bool[] external;
    private readonly List<(int Other, Veto Veto)>?[] vetoes;

    public Components(int count)
    {
        parent = [.. Enumerable.Range(0, count)];
        size = [.. Enumerable.Repeat(1, count)];
        external = new bool[count];
        vetoes = new List<(int, Veto)>?[count];
    }

    /// <summary>Before anything is joined.</summary>
    public void MarkExternal(int node) => external[node] = true;

    /// <summary>Before anything is joined.</summary>
    public void AddVeto(int left, int right, Veto veto)
    {
        (vetoes[left] ??= []).Add((right, veto));
        (vetoes[right] ??= []).Add((left, veto));
    }

    public int Find(int node)
    {
        while (parent[node] != node)
            node = parent[node] = parent[parent[node]];
        return node;
    }

    public bool HasExternal(int node) => external[Find(node)];

    /// <summary>A veto of one set against the other, whichever pair it names.</summary>
    public Veto? VetoBetween(int left, int right)
    {
        (int from, int to) = (Find(left), Find(right));
        if ((vetoes[from]?.Count ?? 0) > (vetoes[to]?.Count ?? 0))
            (from, to) = (to, from);
        foreach ((int other, Veto veto) in vetoes[from] ?? [])
        {
            if (Find(other) == to)
                return veto;
        }
        return null;
    }

    public void Join(int left, int right)
    {
        int into = Find(left);
        int from = Find(right);
        if (into == from)
            return;
        if (size[into] < size[from])
            (into, from) = (from, into);
        parent[from] = into;
        size[into] += size[from];
        external[into] |= external[from];
        vetoes[into] = Joined(vetoes[into], vetoes[from]);
        vetoes[from] = null;
    }

    private static List<(int, Veto)>? Joined(List<(int, Veto)>? left, List<(int, Veto)>? right)
    {
        if (left is null || right is null)
            return left ?? right;
        (List<(int, Veto)> larger, List<(int, Veto)> smaller) = left.Count >= right.Count ? (left, right) : (right, left);
        larger.AddRange(smaller);
        return larger;
    }
}
