namespace ChannelHub.Core.Customers;

/// <summary>
/// What facts connect: the identities of the region, oldest first, then stand-ins of detached identities, and identities that facts still name but
/// that are no longer there (erased). The latter two hold others together and belong to no partition.
/// </summary>
internal sealed class Nodes
{
    private readonly Dictionary<long, int> byIdentity = [];
    private readonly Dictionary<long, List<(long Detached, int Node)>> standIns = [];
    private readonly List<long> identities = [];

    public Nodes(Region region)
    {
        foreach (long id in region.Members.Select(member => member.Id).Order())
            byIdentity.TryAdd(id, Add(id));
        MemberCount = identities.Count;
        foreach (Fact fact in region.Facts)
        {
            AddMissing(fact.Left);
            AddMissing(fact.Right);
        }
        int firstStandIn = identities.Count;
        foreach (Detach detach in region.Facts.OfType<Detach>().OrderBy(detach => detach.Id))
        {
            if (!standIns.TryGetValue(detach.Identity, out List<(long, int)>? ofIdentity))
                standIns[detach.Identity] = ofIdentity = [];
            ofIdentity.Add((detach.Id, Add(detach.Identity)));
        }
        FirstStandIn = firstStandIn;
    }

    /// <summary>Nodes below are identities of the region, in order of age.</summary>
    public int MemberCount { get; }

    public int Count => identities.Count;

    private int FirstStandIn { get; }

    public int Of(long identity) => byIdentity[identity];

    /// <summary>Of whom a fact with this id speaks when it names the identity.</summary>
    public int At(long identity, long factId)
    {
        if (standIns.TryGetValue(identity, out List<(long Detached, int Node)>? ofIdentity))
        {
            foreach ((long detached, int node) in ofIdentity)
            {
                if (detached > factId)
                    return node;
            }
        }
        return byIdentity[identity];
    }

    public bool IsMember(int node) => node < MemberCount;

    public bool IsStandIn(int node) => node >= FirstStandIn;

    /// <summary>The identity a node is or stands for.</summary>
    public long IdentityOf(int node) => identities[node];

    private int Add(long identity)
    {
        identities.Add(identity);
        return identities.Count - 1;
    }

    private void AddMissing(long identity)
    {
        if (!byIdentity.ContainsKey(identity))
            byIdentity[identity] = Add(identity);
    }
}
