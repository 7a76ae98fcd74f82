namespace ChannelHub.WebChat;

/// <summary>Live streams by whatever an event may name. Not thread-safe.</summary>
internal sealed class StreamIndex
{
    private readonly Dictionary<string, List<VisitorStream>> byVisitor = [];
    private readonly Dictionary<string, List<VisitorStream>> byAddress = [];
    private readonly Dictionary<long, List<VisitorStream>> byIdentity = [];
    private readonly Dictionary<long, List<VisitorStream>> byCustomer = [];

    public bool IsEmpty => byVisitor.Count == 0;

    public IEnumerable<VisitorStream> All => byVisitor.Values.SelectMany(streams => streams);

    public void Add(VisitorStream stream)
    {
        Add(byVisitor, stream.Visitor.LimitKey, stream);
        Add(byAddress, stream.Address, stream);
        AddIdentity(stream);
    }

    public void Remove(VisitorStream stream)
    {
        Remove(byVisitor, stream.Visitor.LimitKey, stream);
        Remove(byAddress, stream.Address, stream);
        RemoveIdentity(stream);
    }

    /// <summary>A visitor has been judged anew.</summary>
    public void Move(VisitorStream stream, VisitorView view)
    {
        RemoveIdentity(stream);
        stream.View = view;
        AddIdentity(stream);
    }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<VisitorStream> OfVisitor(string limitKey) => byVisitor.GetValueOrDefault(limitKey) ?? [];

    public int CountOfAddress(string address) => byAddress.GetValueOrDefault(address)?.Count ?? 0;

    /// <summary>The streams of one identity, and of all identities of one customer.</summary>
    public List<VisitorStream> About(long? identityId, long? customerId) =>
    [
        .. Of(byIdentity, identityId).Union(Of(byCustomer, customerId)),
    ];

    /// <summary>The streams of customers who have these ids, among them ids that were merged away.</summary>
    public List<VisitorStream> OfCustomers(long? one, long? other) => [.. Of(byCustomer, one).Union(Of(byCustomer, other))];

    private void AddIdentity(VisitorStream stream)
    {
        if (stream.View.Identity is not { } identity)
            return;
        Add(byIdentity, identity.Id, stream);
        Add(byCustomer, identity.CustomerId, stream);
    }

    private void RemoveIdentity(VisitorStream stream)
    {
        if (stream.View.Identity is not { } identity)
            return;
        Remove(byIdentity, identity.Id, stream);
        Remove(byCustomer, identity.CustomerId, stream);
    }

    private static List<VisitorStream> Of(Dictionary<long, List<VisitorStream>> index, long? id) =>
        id is { } key && index.TryGetValue(key, out List<VisitorStream>? streams) ? streams : [];

    private static void Add<TKey>(Dictionary<TKey, List<VisitorStream>> index, TKey key, VisitorStream stream) where TKey : notnull
    {
        if (!index.TryGetValue(key, out List<VisitorStream>? streams))
            index.Add(key, streams = []);
        streams.Add(stream);
    }

    private static void Remove<TKey>(Dictionary<TKey, List<VisitorStream>> index, TKey key, VisitorStream stream) where TKey : notnull
    {
        if (index.TryGetValue(key, out List<VisitorStream>? streams) && streams.Remove(stream) && streams.Count == 0)
            index.Remove(key);
    }
}
