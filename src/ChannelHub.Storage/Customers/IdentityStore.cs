using System.Text.Json;
using System.Text.Json.Serialization;
using ChannelHub.Adapters;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Customers;

/// <summary>Identities: one open owner for every key.</summary>
public static class IdentityStore
{
    private const string Columns =
        "id, kind, scope, value, original, name, language, assurance, generation, customer_id AS CustomerId, since, until, blocked_at AS BlockedAt";

    /// <summary>One identity, open or closed.</summary>
    public static IdentityRow? Find(Session session, long id) =>
        session.Find<IdentityRow>($"SELECT {Columns} FROM identity WHERE id = @id", new { id });

    public static List<IdentityRow> FindAll(Session session, IReadOnlyCollection<long> ids) =>
        session.Query<IdentityRow>($"SELECT {Columns} FROM identity WHERE id IN @ids", new { ids });

    /// <summary>The open identity that owns a key.</summary>
    public static IdentityRow? FindByKey(Session session, Key key) =>
        session.Find<IdentityRow>($"SELECT {Columns} FROM identity WHERE kind = @Kind AND scope = @Scope AND value = @Value AND until IS NULL", key);

    /// <summary>All identities of a customer, oldest first.</summary>
    public static List<IdentityRow> OfCustomer(Session session, long customerId) =>
        session.Query<IdentityRow>($"SELECT {Columns} FROM identity WHERE customer_id = @customerId ORDER BY id", new { customerId });

    /// <summary>The identities of several customers, by customer and age.</summary>
    public static ILookup<long, IdentityRow> OfCustomers(Session session, IReadOnlyCollection<long> customerIds) =>
        session.Query<IdentityRow>($"SELECT {Columns} FROM identity WHERE customer_id IN @customerIds ORDER BY customer_id, id", new { customerIds })
            .ToLookup(row => row.CustomerId);

    /// <summary>The customer that an id of any of its identities' births now resolves to; null if there was never such an id.</summary>
    public static long? CustomerOf(Session session, long birthId) =>
        session.Find<long?>("SELECT customer_id FROM identity WHERE id = @birthId", new { birthId });

    /// <summary>Finds the open identity of a key for the writer, and remembers it.</summary>
    internal static KnownIdentity? FindOpen(WriteSession session, Key key)
    {
        if (FindByKey(session, key) is not { } row)
            return null;
        KnownIdentity known = Known(row);
        known.Reaches = [.. session.Query<ReachRow>(
                "SELECT identity_id AS IdentityId, channel_id AS ChannelId, address, opted_out_at AS OptedOutAt, unreachable_at AS UnreachableAt, window_until AS WindowUntil FROM reach WHERE identity_id = @Id",
                new { row.Id })
            .Where(r => r.UnreachableAt is null).Select(r => new KnownReach(r.ChannelId, r.Address))];
        session.Identities.Add(key, known);
        return known;
    }

    /// <summary>Opens an identity for a key that nobody owns now. It is a customer of its own.</summary>
    internal static KnownIdentity Open(
        WriteSession session, Key key, string? original, Assurance assurance, string? name, string? language, long at)
    {
        long id = session.NewId();
        session.Execute("""
            INSERT INTO identity (id, kind, scope, value, original, name, language, assurance, generation, customer_id, since)
            VALUES (@id, @Kind, @Scope, @Value, @original, @name, @language, @assurance,
              1 + (SELECT count(*) FROM identity WHERE kind = @Kind AND scope = @Scope AND value = @Value AND until IS NOT NULL), @id, @at)
            """, new { id, key.Kind, key.Scope, key.Value, original, name, language, assurance = (long)assurance, at });
        IdentityRow row = Find(session, id)!;
        string data = JsonSerializer.Serialize(
            new IdentityData(HubId.Format(IdPrefix.Identity, id), key.Kind, key.Scope, key.Value, original ?? name), IdentityJson.Default.IdentityData);
        session.Append(EventType.CustomerCreated, session.Now, id, id, data: data);
        session.Append(EventType.IdentityAdded, session.Now, id, id, data: data);
        KnownIdentity known = Known(row);
        session.Identities.Add(key, known);
        return known;
    }

    private static KnownIdentity Known(IdentityRow row) => new()
    {
        Id = row.Id,
        CustomerId = row.CustomerId,
        Generation = row.Generation,
        Assurance = (Assurance)row.Assurance,
        Blocked = row.BlockedAt is not null,
        Name = row.Name,
    };
}

/// <summary>A row of <c>identity</c>.</summary>
public sealed record IdentityRow(
    long Id, string Kind, string Scope, string Value, string? Original, string? Name, string? Language, long Assurance, long Generation,
    long CustomerId, long Since, long? Until, long? BlockedAt)
{
    public Key Key => new(Kind, Scope, Value);
}

/// <summary>A row of <c>reach</c>.</summary>
public sealed record ReachRow(long IdentityId, long ChannelId, string? Address, long? OptedOutAt, long? UnreachableAt, long? WindowUntil);

internal sealed record IdentityData(string IdentityId, string Kind, string Scope, string Value, string? Display);

internal sealed record LearnedData(string IdentityId, string Kind, string Scope, string Value);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IdentityData))]
[JsonSerializable(typeof(LearnedData))]
internal sealed partial class IdentityJson : JsonSerializerContext;
