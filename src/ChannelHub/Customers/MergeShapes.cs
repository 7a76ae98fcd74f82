using System.Text.Json;
using ChannelHub.Api;
using ChannelHub.Core.Customers;
using ChannelHub.Core.Ids;
using ChannelHub.Messages;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Customers;

/// <summary>A wish to make one customer of two.</summary>
/// <param name="With">The other customer's id.</param>
/// <param name="Reason">Why, for the audit.</param>
/// <param name="DryRun">True shows what would be and changes nothing.</param>
public sealed record MergeRequest(string? With, string? Reason, bool? DryRun);

/// <summary>What a merge, an undo or a detach did, or would do.</summary>
public sealed record MergeShape
{
    /// <summary><c>mrg_…</c>; undo by this. Null for a dry run.</summary>
    public string? MergeId { get; init; }

    /// <summary>The customer that the ids resolve to now.</summary>
    public required string Survivor { get; init; }

    /// <summary>The customer that is no longer listed; null if nothing was absorbed.</summary>
    public string? Absorbed { get; init; }

    /// <summary>The customers of the region as they were.</summary>
    public required IReadOnlyList<PartitionShape> Before { get; init; }

    /// <summary>The customers of the region as they are now.</summary>
    public required IReadOnlyList<PartitionShape> After { get; init; }

    /// <summary>Values in which the two differ; none is overwritten.</summary>
    public required IReadOnlyList<ConflictShape> Conflicts { get; init; }

    /// <summary>Other links that hold the two together.</summary>
    public required IReadOnlyList<LinkShape> RemainingLinks { get; init; }
}

/// <summary>One customer of a partition.</summary>
/// <param name="CustomerId">The id it answers with.</param>
/// <param name="Identities">Its identities, oldest first.</param>
public sealed record PartitionShape(string CustomerId, IReadOnlyList<string> Identities);

/// <summary>One field with more than one value.</summary>
/// <param name="Field">name, or <c>attributes.…</c>.</param>
/// <param name="Values">The values with their origin, the one that is shown first.</param>
public sealed record ConflictShape(string Field, IReadOnlyList<OriginShape> Values);

/// <summary>A value and the identity on which it was written.</summary>
/// <param name="IdentityId">Where it was written.</param>
/// <param name="Value">The value.</param>
public sealed record OriginShape(string IdentityId, RawJson Value);

/// <summary>A recorded reason why two identities are one customer.</summary>
/// <param name="MergeId">Undo by this.</param>
/// <param name="Kind">manual or evidence.</param>
/// <param name="Left">One identity.</param>
/// <param name="Right">The other.</param>
/// <param name="Key">For evidence: the key both sides share, as <c>kind:value</c>.</param>
public sealed record LinkShape(string MergeId, string Kind, string Left, string Right, string? Key);

/// <summary>An entry of the audit.</summary>
/// <param name="MergeId"><c>mrg_…</c></param>
/// <param name="Kind">merge, attach, detach, automatic or undo.</param>
/// <param name="At">When.</param>
/// <param name="Actor">Name of the API key, or system.</param>
/// <param name="Reason">In the caller's words.</param>
/// <param name="Links">What was recorded.</param>
/// <param name="Detail">Before and after.</param>
/// <param name="UndoneBy">The undo, if it was undone.</param>
public sealed record ActionShape(
    string MergeId, string Kind, DateTimeOffset At, string Actor, string? Reason, IReadOnlyList<LinkShape> Links, RawJson? Detail, string? UndoneBy);

/// <summary>Renders plans and facts.</summary>
internal static class MergeShapes
{
    public static MergeShape Of(Session session, MergePlan.Change change, long? actionId, params IReadOnlyList<long> named)
    {
        long survivor = change.After.CustomerOf(named[0]);
        long[] before = [.. named.Select(change.Before.CustomerOf).Distinct()];
        return new MergeShape
        {
            MergeId = HubId.Format(IdPrefix.Merge, actionId),
            Survivor = HubId.Format(IdPrefix.Customer, survivor),
            Absorbed = HubId.Format(IdPrefix.Customer, before.Where(id => change.After.CustomerOf(id) != id).Select(id => (long?)id).FirstOrDefault()),
            Before = Partition(change.Before),
            After = Partition(change.After),
            Conflicts = Conflicts(session, change.After.GroupOf(named[0])),
            RemainingLinks = [.. change.RemainingLinks.Select(Link)],
        };
    }

    public static LinkShape Link(Fact fact)
    {
        string? key = fact switch { Evidence e => $"{e.Key.Kind}:{e.Key.Value}", Bar b => $"{b.Key.Kind}:{b.Key.Value}", _ => null };
        string kind = fact is ManualLink ? "manual" : JsonNamingPolicy.SnakeCaseLower.ConvertName(fact.GetType().Name);
        return new LinkShape(HubId.Format(IdPrefix.Merge, fact.ActionId), kind, HubId.Format(IdPrefix.Identity, fact.Left), HubId.Format(IdPrefix.Identity, fact.Right), key);
    }

    public static LinkShape Link(FactRow row) => new(
        HubId.Format(IdPrefix.Merge, row.ActionId), row.Kind == FactKind.ManualLink ? "manual" : JsonNamingPolicy.SnakeCaseLower.ConvertName(row.Kind.ToString()),
        HubId.Format(IdPrefix.Identity, row.LeftId), HubId.Format(IdPrefix.Identity, row.RightId), row.KeyKind is null ? null : $"{row.KeyKind}:{row.KeyValue}");

    private static List<PartitionShape> Partition(Partition partition) =>
        [.. partition.Groups.Select(g => new PartitionShape(
            HubId.Format(IdPrefix.Customer, g.CustomerId), [.. g.Identities.Select(i => HubId.Format(IdPrefix.Identity, i))]))];

    /// <summary>Fields of which the customer's identities carry several values.</summary>
    private static List<ConflictShape> Conflicts(Session session, Group customer)
    {
        List<ProfileRow> profiles = CustomerStore.Profiles(session, [.. customer.Identities]);
        IEnumerable<(string Field, OriginShape Value)> values = profiles.SelectMany(p => Values(p).Select(v => (v.Field, new OriginShape(HubId.Format(IdPrefix.Identity, p.IdentityId), v.Value))));
        return [.. values.GroupBy(v => v.Field).Where(g => g.Select(v => v.Value.Value.Text).Distinct().Count() > 1)
            .Select(g => new ConflictShape(g.Key, [.. g.Select(v => v.Value)]))];
    }

    private static IEnumerable<(string Field, RawJson Value)> Values(ProfileRow profile)
    {
        if (profile.Name is not null)
            yield return ("name", new RawJson(JsonSerializer.Serialize(profile.Name, ApiJson.Options)));
        foreach (var attribute in CustomerReader.Attributes([profile]))
            yield return ("attributes." + attribute.Key, new RawJson(attribute.Value?.ToJsonString(ApiJson.Options) ?? "null"));
    }
}
