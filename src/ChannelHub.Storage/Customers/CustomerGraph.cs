using System.Text.Json;
using System.Text.Json.Serialization;
using ChannelHub.Adapters;
using ChannelHub.Core.Customers;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Customers;

/// <summary>
/// Keeps <c>identity.customer_id</c> equal to what the recorded facts say. Only the region reachable over links and evidence is loaded and recomputed.
/// </summary>
public static class CustomerGraph
{
    internal const string FactColumns = """
        id, kind AS KindNumber, left_id AS LeftId, right_id AS RightId, key_kind AS KeyKind, key_scope AS KeyScope, key_value AS KeyValue, generation,
        left_assurance AS LeftAssurance, right_assurance AS RightAssurance, action_id AS ActionId
        """;

    /// <summary>The region around some identities: whatever is reachable over links and evidence, and the active facts within.</summary>
    public static Region Load(Session session, params long[] identities)
    {
        var members = new HashSet<long>(identities);
        var facts = new Dictionary<long, FactRow>();
        long[] frontier = [.. members];
        while (frontier.Length > 0)
        {
            List<FactRow> rows = session.Query<FactRow>($"""
                SELECT {FactColumns} FROM fact WHERE left_id IN @frontier AND revoked_by IS NULL
                UNION SELECT {FactColumns} FROM fact WHERE right_id IN @frontier AND revoked_by IS NULL
                """, new { frontier });
            foreach (FactRow row in rows)
                facts.TryAdd(row.Id, row);
            frontier = [.. rows.Where(row => row.Kind is FactKind.ManualLink or FactKind.Evidence)
                .SelectMany(row => new[] { row.LeftId, row.RightId }).Where(members.Add)];
        }
        // A veto against somebody outside stands between nobody here.
        return new Region(Members(session, [.. members]),
            [.. facts.Values.Where(row => members.Contains(row.LeftId) && members.Contains(row.RightId)).OrderBy(row => row.Id).Select(ToFact)]);
    }

    /// <summary>An event proved that two identities are the same person: records the evidence and joins them, unless something stands between.</summary>
    /// <param name="session">The transaction of the event.</param>
    /// <param name="sender">Beside whom the key was learned.</param>
    /// <param name="owner">Who owns it.</param>
    /// <param name="learned">The key, and how well it is proven.</param>
    /// <param name="senderAssurance">How well the sender is proven in this event.</param>
    internal static void Join(WriteSession session, KnownIdentity sender, KnownIdentity owner, LearnedKey learned, Assurance senderAssurance)
    {
        if (sender.Id == owner.Id)
            return;
        Region region = Load(session, sender.Id, owner.Id);
        var evidence = new Evidence(session.NewId(), sender.Id, owner.Id, learned.Key, owner.Generation, senderAssurance, learned.Assurance);
        if (Merging.Learn(region, evidence) is not MergePlan.Change { Append.Count: > 0 } change)
            return;
        Apply(session, change, new ActionInfo(evidence.Id, "automatic", "system", Reason: null));
        sender.CustomerId = change.After.CustomerOf(sender.Id);
        owner.CustomerId = change.After.CustomerOf(owner.Id);
    }

    /// <summary>Records an action and its facts, moves what it moves, and tells of every customer that changed.</summary>
    public static void Apply(WriteSession session, MergePlan.Change change, ActionInfo action)
    {
        string detail = JsonSerializer.Serialize(new ActionDetail(Groups(change.Before), Groups(change.After)), GraphJson.Default.ActionDetail);
        session.Execute("INSERT INTO action (id, kind, at, actor, reason, detail) VALUES (@Id, @Kind, @now, @Actor, @Reason, @detail)",
            new { action.Id, action.Kind, now = session.Now, action.Actor, action.Reason, detail });
        foreach (Fact fact in change.Append)
            Insert(session, fact);
        foreach (Fact fact in change.Revoke)
            session.Execute("UPDATE fact SET revoked_by = @by WHERE id = @Id", new { fact.Id, by = action.Id });
        if (action.Undoes is { } undone)
        {
            session.Execute("UPDATE action SET undone_by = @Id WHERE id = @undone", new { action.Id, undone });
            // What had been undone by that counts again.
            session.Execute("UPDATE action SET undone_by = NULL WHERE undone_by = @undone", new { undone });
        }
        if (change.ChangedCustomers.Count > 0)
        {
            Move(session, change);
            Announce(session, change, action);
            session.Identities.Clear();
        }
        SuggestionStore.Settle(session, change, action.Actor);
    }

    private static void Move(WriteSession session, MergePlan.Change change)
    {
        foreach (Group group in change.After.Groups)
        {
            foreach (long identity in group.Identities)
            {
                if (change.Before.CustomerOf(identity) != group.CustomerId)
                    session.Execute("UPDATE identity SET customer_id = @CustomerId WHERE id = @identity", new { group.CustomerId, identity });
            }
        }
    }

    private static void Announce(WriteSession session, MergePlan.Change change, ActionInfo action)
    {
        EventType type = change.After.Groups.Count > change.Before.Groups.Count ? EventType.CustomerUnmerged : EventType.CustomerMerged;
        foreach (long customer in change.ChangedCustomers)
        {
            var data = new MergeData(HubId.Format(IdPrefix.Merge, action.Undoes ?? action.Id), HubId.Format(IdPrefix.Customer, customer),
                HubId.Format(IdPrefix.Customer, change.After.CustomerOf(customer)), Groups(change.Before), Groups(change.After));
            session.Append(type, session.Now, customer, change.After.CustomerOf(customer), data: JsonSerializer.Serialize(data, GraphJson.Default.MergeData));
        }
    }

    private static List<GroupData> Groups(Partition partition) =>
        [.. partition.Groups.Select(group => new GroupData(
            HubId.Format(IdPrefix.Customer, group.CustomerId), [.. group.Identities.Select(id => HubId.Format(IdPrefix.Identity, id))]))];

    private static List<Member> Members(Session session, long[] ids) =>
        [.. session.Query<long>("SELECT id FROM identity WHERE id IN @ids AND kind = @external", new { ids, external = KeyKinds.External })
            .Select(id => new Member(id, IsExternal: true))
            .UnionBy(ids.Select(id => new Member(id)), member => member.Id)
            .OrderBy(member => member.Id)];

    private static void Insert(WriteSession session, Fact fact)
    {
        (FactKind kind, Key? key, long? generation, Assurance? left, Assurance? right) = fact switch
        {
            ManualLink => (FactKind.ManualLink, null, null, null, null),
            Evidence e => (FactKind.Evidence, e.Key, e.Generation, e.LeftAssurance, e.RightAssurance),
            Bar b => (FactKind.Bar, b.Key, b.Generation, (Assurance?)null, (Assurance?)null),
            Veto => (FactKind.Veto, null, null, null, null),
            Detach => (FactKind.Detach, (Key?)null, (long?)null, (Assurance?)null, (Assurance?)null),
            _ => throw new ArgumentOutOfRangeException(nameof(fact)),
        };
        session.Execute("""
            INSERT INTO fact (id, kind, left_id, right_id, key_kind, key_scope, key_value, generation, left_assurance, right_assurance, action_id)
            VALUES (@Id, @factKind, @Left, @Right, @keyKind, @keyScope, @keyValue, @generation, @leftAssurance, @rightAssurance, @ActionId)
            """, new
        {
            fact.Id, factKind = (long)kind, fact.Left, fact.Right, keyKind = key?.Kind, keyScope = key?.Scope, keyValue = key?.Value, generation,
            leftAssurance = (long?)left, rightAssurance = (long?)right, fact.ActionId,
        });
    }

    private static Fact ToFact(FactRow row)
    {
        Key? key = row.KeyKind is null ? null : new Key(row.KeyKind, row.KeyScope!, row.KeyValue!);
        Fact fact = row.Kind switch
        {
            FactKind.ManualLink => new ManualLink(row.Id, row.LeftId, row.RightId),
            FactKind.Evidence => new Evidence(
                row.Id, row.LeftId, row.RightId, key!, row.Generation!.Value, (Assurance)row.LeftAssurance!.Value, (Assurance)row.RightAssurance!.Value),
            FactKind.Bar => new Bar(row.Id, row.LeftId, row.RightId, key!, row.Generation!.Value),
            FactKind.Veto => new Veto(row.Id, row.LeftId, row.RightId),
            _ => new Detach(row.Id, row.LeftId),
        };
        return fact with { ActionId = row.ActionId };
    }
}

/// <summary>Who does what, and why.</summary>
/// <param name="Id">Id of the action: the id given to the plan.</param>
/// <param name="Kind">merge, attach, detach, automatic, veto or undo.</param>
/// <param name="Actor">Name of the API key, or <c>system</c>.</param>
/// <param name="Reason">In the caller's words.</param>
/// <param name="Undoes">The action that this one undoes.</param>
public sealed record ActionInfo(long Id, string Kind, string Actor, string? Reason, long? Undoes = null);

/// <summary>The kinds of fact; the numbers stand in rows.</summary>
public enum FactKind
{
    ManualLink = 1,
    Evidence = 2,
    Bar = 3,
    Veto = 4,
    Detach = 5,
}

/// <summary>A row of <c>fact</c>.</summary>
public sealed record FactRow(
    long Id, long KindNumber, long LeftId, long RightId, string? KeyKind, string? KeyScope, string? KeyValue, long? Generation,
    long? LeftAssurance, long? RightAssurance, long ActionId)
{
    public FactKind Kind => (FactKind)KindNumber;
}

/// <summary>One customer in a before or after partition.</summary>
public sealed record GroupData(string CustomerId, IReadOnlyList<string> Identities);

internal sealed record ActionDetail(IReadOnlyList<GroupData> Before, IReadOnlyList<GroupData> After);

internal sealed record MergeData(
    string MergeId, string CustomerId, string Survivor, IReadOnlyList<GroupData> Before, IReadOnlyList<GroupData> After);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ActionDetail))]
[JsonSerializable(typeof(MergeData))]
internal sealed partial class GraphJson : JsonSerializerContext;
