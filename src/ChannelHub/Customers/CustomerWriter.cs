using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Core.Customers;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Customers;

/// <summary>What CRMs write about customers, each in one transaction.</summary>
public sealed class CustomerWriter(Database database)
{
    /// <summary>What creating gave: the customer, or who owns a key already.</summary>
    public sealed record Created(CustomerShape? Customer, string? OwnedBy = null, Key? Key = null);

    /// <summary>What changing gave.</summary>
    public sealed record Patched(bool Found, CustomerShape? Customer = null, string? Survivor = null, bool LostRace = false);

    /// <summary>Where a customer is found.</summary>
    public static string Location(CustomerShape customer) => "/v1/customers/" + customer.Id;

    /// <summary>Creates a customer with its addresses; the first is the birth identity, the others are attached to it.</summary>
    public Task<Created> CreateAsync(
        IReadOnlyList<(Key Key, NewIdentity Asked)> keys, string? name, string? attributes, string actor, IdempotencyClaim? claim) =>
        database.WriteAsync(session =>
        {
            foreach ((Key key, _) in keys)
            {
                if (IdentityStore.FindByKey(session, key) is { } owner)
                    return new Created(null, HubId.Format(IdPrefix.Customer, owner.CustomerId), key);
            }
            long birth = Open(session, keys[0]);
            foreach ((Key Key, NewIdentity Asked) other in keys.Skip(1))
                Attach(session, birth, Open(session, other), actor, reason: null);
            if (name is not null || attributes is not null)
                CustomerStore.SaveProfile(session, birth, name, attributes);
            return Remember(session, claim, birth);
        });

    /// <summary>Changes name and attributes, kept on the identity that the call named.</summary>
    public Task<Patched> PatchAsync(long birth, CustomerPatch patch, string? expectedTag) => database.WriteAsync(session =>
    {
        if (IdentityStore.CustomerOf(session, birth) is not { } customer)
            return new Patched(Found: false);
        if (customer != birth)
            return new Patched(Found: true, Survivor: HubId.Format(IdPrefix.Customer, customer));
        if (expectedTag is { Length: > 0 } and not "*" && CustomersApi.Tagged(session, birth)!.Value.Item2 != expectedTag)
            return new Patched(Found: true, LostRace: true);
        ProfileRow? before = CustomerStore.Profiles(session, [birth]).FirstOrDefault();
        string? name = patch.Name is null ? before?.Name : (string?)patch.Name;
        string? attributes = patch.Attributes is null ? before?.Attributes : Merge(before?.Attributes, patch.Attributes);
        CustomerStore.SaveProfile(session, birth, string.IsNullOrWhiteSpace(name) ? null : name, attributes);
        CustomerShape after = CustomerReader.Find(session, birth)!;
        var data = new JsonObject { ["customer_id"] = after.Id, ["name"] = after.Name, ["attributes"] = JsonNode.Parse(after.Attributes.Text) };
        session.Append(EventType.CustomerUpdated, session.Now, birth, customer, data: data.ToJsonString(ApiJson.Options));
        return new Patched(Found: true, after);
    });

    /// <summary>Attaches an address that an agent or CRM asserts.</summary>
    public Task<Created?> AttachAsync(long birth, (Key Key, NewIdentity Asked) asked, string actor, IdempotencyClaim? claim) => database.WriteAsync(session =>
    {
        if (IdentityStore.CustomerOf(session, birth) is not { } customer)
            return null;
        if (IdentityStore.FindByKey(session, asked.Key) is { } owner)
        {
            return owner.CustomerId == customer
                ? new Created(CustomerReader.Find(session, customer))
                : new Created(null, HubId.Format(IdPrefix.Customer, owner.CustomerId), asked.Key);
        }
        Attach(session, birth, Open(session, asked), actor, reason: null);
        return Remember(session, claim, birth);
    });

    private static Created Remember(WriteSession session, IdempotencyClaim? claim, long birth)
    {
        CustomerShape customer = CustomerReader.Find(session, birth)!;
        claim?.Complete(session, StatusCodes.Status201Created, Location(customer), customer);
        return new Created(customer);
    }

    private static long Open(WriteSession session, (Key Key, NewIdentity Asked) asked) => CustomerStore.Assert(
        session, asked.Key, asked.Asked.Value == asked.Key.Value ? null : asked.Asked.Value, asked.Asked.Name);

    private static void Attach(WriteSession session, long birth, long identity, string actor, string? reason)
    {
        var change = (MergePlan.Change)Merging.Merge(CustomerGraph.Load(session, birth, identity), birth, identity, session.NewId());
        CustomerGraph.Apply(session, change, new ActionInfo(change.Append[0].ActionId, "attach", actor, reason));
    }

    private static string Merge(string? before, JsonObject patch)
    {
        JsonObject merged = before is null ? [] : JsonNode.Parse(before)!.AsObject();
        foreach ((string name, JsonNode? value) in patch)
        {
            if (value is null)
                merged.Remove(name);
            else
                merged[name] = value.DeepClone();
        }
        return merged.ToJsonString(ApiJson.Options);
    }
}
