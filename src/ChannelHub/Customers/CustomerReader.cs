using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Core.Ids;
using ChannelHub.Messages;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Customers;

/// <summary>Renders customers and identities; the summaries of identities are folded here.</summary>
public static class CustomerReader
{
    /// <summary>The customer that an id resolves to.</summary>
    public static CustomerShape? Find(Session session, long birthId) =>
        IdentityStore.CustomerOf(session, birthId) is { } customer ? Render(session, [customer])[0] : null;

    /// <summary>Customers by number, in the order given.</summary>
    public static List<CustomerShape> Render(Session session, IReadOnlyList<long> customers)
    {
        ILookup<long, IdentityRow> members = IdentityStore.OfCustomers(session, customers);
        return Render(session, customers, members, IdentityDetails.Load(session, [.. members.SelectMany(g => g)]));
    }

    /// <summary>Customers whose identities have been loaded.</summary>
    internal static List<CustomerShape> Render(Session session, IReadOnlyList<long> customers, ILookup<long, IdentityRow> members, IdentityDetails details)
    {
        ILookup<long, ProfileRow> profiles = CustomerStore.Profiles(session, [.. members.SelectMany(g => g).Select(i => i.Id)]).ToLookup(p => p.IdentityId);
        return [.. customers.Select(customer => Render(customer, [.. members[customer]], details, profiles))];
    }

    /// <summary>One identity; null if there is none.</summary>
    public static IdentityShape? FindIdentity(Session session, long id) =>
        IdentityStore.Find(session, id) is { } row ? IdentityDetails.Load(session, [row]).Render(row) : null;

    /// <summary>Attributes of several profiles, oldest first: of several values the oldest's.</summary>
    public static JsonObject Attributes(IEnumerable<ProfileRow> oldestFirst)
    {
        var merged = new JsonObject();
        foreach (ProfileRow profile in oldestFirst.Where(p => p.Attributes is not null))
        {
            foreach ((string name, JsonNode? value) in JsonNode.Parse(profile.Attributes!)!.AsObject())
                merged.TryAdd(name, value?.DeepClone());
        }
        return merged;
    }

    private static CustomerShape Render(long customer, List<IdentityRow> identities, IdentityDetails details, ILookup<long, ProfileRow> profiles)
    {
        ProfileRow[] written = [.. identities.SelectMany(i => profiles[i.Id])];
        return new CustomerShape
        {
            Id = HubId.Format(IdPrefix.Customer, customer),
            Name = written.FirstOrDefault(p => p.Name is not null)?.Name ?? identities.Find(i => i.Name is not null)?.Name,
            Attributes = new RawJson(Attributes(written).ToJsonString(ApiJson.Options)),
            ExternalId = identities.Find(i => i.Kind == KeyKinds.External && i.Until is null)?.Value,
            Identities = [.. identities.Select(details.Render)],
            ConversationId = HubId.Format(IdPrefix.Conversation, customer),
            CreatedAt = ApiJson.Time(identities[0].Since),
            MergedFrom = [.. identities.Where(i => i.Id != customer).Select(i => HubId.Format(IdPrefix.Customer, i.Id))],
        };
    }
}

/// <summary>What rendering a few identities needs beside their rows.</summary>
internal sealed record IdentityDetails(
    ILookup<long, AliasRow> Aliases, ILookup<long, ClaimRow> Claims, ILookup<long, ReachRow> Reaches, Dictionary<long, ActivityRow> Activities)
{
    private static readonly string[] Assurances = [.. Enum.GetNames<Assurance>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    public static IdentityDetails Load(Session session, IReadOnlyList<IdentityRow> identities)
    {
        long[] ids = [.. identities.Select(i => i.Id)];
        return new IdentityDetails(
            CustomerStore.Aliases(session, ids).ToLookup(a => a.IdentityId), CustomerStore.Claims(session, ids).ToLookup(c => c.IdentityId),
            CustomerStore.Reaches(session, ids).ToLookup(r => r.IdentityId), CustomerStore.Activities(session, ids).ToDictionary(a => a.IdentityId));
    }

    public IdentityShape Render(IdentityRow row) => new()
    {
        Id = HubId.Format(IdPrefix.Identity, row.Id),
        Kind = row.Kind,
        Scope = row.Scope,
        Value = row.Value,
        Display = row.Name ?? row.Original,
        Assurance = Assurances[row.Assurance],
        Aliases = [.. Aliases[row.Id].Select(a => new AliasShape(a.Kind, a.Scope, a.Value, ApiJson.Time(a.Since), ApiJson.Time(a.Until))
        {
            Assurance = Assurances[a.Assurance], ChannelId = HubId.Format(IdPrefix.Channel, a.ChannelId), LastSeen = ApiJson.Time(a.LastSeen),
        })],
        Claims = [.. Claims[row.Id].Select(c => new ClaimShape(c.Kind, c.Value, Assurances[c.Assurance])
        {
            Scope = c.Scope, ChannelId = HubId.Format(IdPrefix.Channel, c.ChannelId), Since = ApiJson.Time(c.Since), LastSeen = ApiJson.Time(c.LastSeen),
        })],
        Channels = [.. Reaches[row.Id].Select(r => new ReachShape(
            HubId.Format(IdPrefix.Channel, r.ChannelId), r.UnreachableAt is null, r.OptedOutAt is not null, ApiJson.Time(r.WindowUntil)))],
        Since = ApiJson.Time(row.Since),
        Until = ApiJson.Time(row.Until),
        LastSeen = Activities.TryGetValue(row.Id, out ActivityRow? activity) ? ApiJson.Time(activity.LastAt) : null,
        Blocked = row.BlockedAt is not null,
    };
}
