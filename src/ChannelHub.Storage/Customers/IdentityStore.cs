using System.Text.Json;
using System.Text.Json.Serialization;
using ChannelHub.Adapters;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Keys;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Customers;

/// <summary>Identities: one open owner for every key.</summary>
public static class IdentityStore
{
    private const string Columns =
        "id, kind, scope, value, original, name, language, assurance, generation, customer_id, since, until, blocked_at";

    /// <summary>One identity, open or closed; null if it was erased.</summary>
    public static IdentityRow? Find(Session session, long id) =>
        session.Prepared($"SELECT {Columns} FROM identity WHERE id = ? AND customer_id <> 0").Bind(id).First(IdentityRow.Read);

    public static List<IdentityRow> FindAll(Session session, IReadOnlyCollection<long> ids) =>
        session.Prepared($"SELECT {Columns} FROM identity WHERE id {Session.In}").BindAll(ids).All(IdentityRow.Read);

    /// <summary>The open identity of the account that a key names: its owner, else who has it as an alias, else who owns the other spelling of the number.</summary>
    public static IdentityRow? FindByKey(Session session, Key key) => Owner(session, key) ?? ByAlias(session, key)
        ?? (key.Kind == KeyKinds.Phone && PhoneNumbers.AliasOf(key.Value) is { } variant ? Owner(session, key with { Value = variant }) : null);

    /// <summary>All identities of a customer, oldest first.</summary>
    public static List<IdentityRow> OfCustomer(Session session, long customerId) =>
        session.Prepared($"SELECT {Columns} FROM identity WHERE customer_id = ? ORDER BY id").Bind(customerId).All(IdentityRow.Read);

    /// <summary>The identities of several customers, by customer and age.</summary>
    public static ILookup<long, IdentityRow> OfCustomers(Session session, IReadOnlyCollection<long> customerIds) =>
        session.Prepared($"SELECT {Columns} FROM identity WHERE customer_id {Session.In} ORDER BY customer_id, id").BindAll(customerIds).All(IdentityRow.Read)
            .ToLookup(row => row.CustomerId);

    /// <summary>The customer that an id of any of its identities' births now resolves to; null if there was never such an id, or the customer was erased.</summary>
    public static long? CustomerOf(Session session, long birthId) =>
        session.Prepared("SELECT customer_id FROM identity WHERE id = ? AND customer_id <> 0").Bind(birthId).Number();

    /// <summary>Opens an identity for a key that nobody owns now. It is a customer of its own.</summary>
    public static long Open(WriteSession session, Key key, string? original, Assurance assurance, string? name, long at)
    {
        long id = session.NewId();
        session.Execute("""
            INSERT INTO identity (id, kind, scope, value, original, name, assurance, generation, customer_id, since)
            VALUES (@id, @Kind, @Scope, @Value, @original, @name, @assurance,
              1 + (SELECT count(*) FROM identity WHERE kind = @Kind AND scope = @Scope AND value = @Value AND until IS NOT NULL), @id, @at)
            """, new { id, key.Kind, key.Scope, key.Value, original, name, assurance = (long)assurance, at });
        Announce(session, id, key, original ?? name);
        return id;
    }

    private static IdentityRow? Owner(Session session, Key key) =>
        session.Prepared($"SELECT {Columns} FROM identity WHERE kind = ? AND scope = ? AND value = ? AND until IS NULL")
            .Bind(key.Kind).Bind(key.Scope).Bind(key.Value).First(IdentityRow.Read);

    private static IdentityRow? ByAlias(Session session, Key key)
    {
        if (AliasKinds.MayChangeHands(key.Kind))
            return null;
        (long Identity, Assurance Assurance) found = session.Prepared("""
            SELECT a.identity_id, a.assurance FROM alias a JOIN identity i ON i.id = a.identity_id
            WHERE a.kind = ? AND a.scope = ? AND a.value = ? AND a.until IS NULL AND i.until IS NULL AND a.assurance >= 2
            ORDER BY a.assurance DESC, a.id DESC LIMIT 1
            """).Bind(key.Kind).Bind(key.Scope).Bind(key.Value).First(c => (c.Number(0), (Assurance)c.Number(1)));
        return Find(session, found.Identity) is { } row && OpenIdentities.IsVouchedFor(row.Key, key, found.Assurance) ? row : null;
    }

    /// <summary>Tells of a new identity and the customer it is.</summary>
    internal static void Announce(WriteSession session, long id, Key key, string? display)
    {
        string data = JsonSerializer.Serialize(new IdentityData(HubId.Format(IdPrefix.Identity, id), key.Kind, key.Scope, key.Value, display), IdentityJson.Default.IdentityData);
        long now = session.Now;
        session.Append(EventType.CustomerCreated, now, id, id, data: data);
        session.Append(EventType.IdentityAdded, now, id, id, data: data);
    }
}

/// <summary>A row of <c>identity</c>.</summary>
public sealed record IdentityRow(
    long Id, string Kind, string Scope, string Value, string? Original, string? Name, string? Language, long Assurance, long Generation,
    long CustomerId, long Since, long? Until, long? BlockedAt)
{
    public Key Key => new(Kind, Scope, Value);

    /// <summary>Reads the columns in the order of the table.</summary>
    internal static IdentityRow Read(Columns c) => new(
        c.Number(0), c.Text(1), c.Text(2), c.Text(3), c.TextOrNull(4), c.TextOrNull(5), c.TextOrNull(6), c.Number(7), c.Number(8), c.Number(9),
        c.Number(10), c.NumberOrNull(11), c.NumberOrNull(12));
}

/// <summary>A row of <c>reach</c>.</summary>
public sealed record ReachRow(long IdentityId, long ChannelId, string? Address, long? OptedOutAt, long? UnreachableAt, long? WindowUntil);

internal sealed record IdentityData(string IdentityId, string Kind, string Scope, string Value, string? Display);

internal sealed record LearnedData(string IdentityId, string Kind, string Scope, string Value);

internal sealed record ClaimData(string IdentityId, string Kind, string Scope, string Value, string Assurance);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IdentityData))]
[JsonSerializable(typeof(LearnedData))]
[JsonSerializable(typeof(ClaimData))]
internal sealed partial class IdentityJson : JsonSerializerContext;
