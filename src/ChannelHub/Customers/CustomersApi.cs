using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Keys;
using ChannelHub.Core.Search;
using ChannelHub.Search;
using ChannelHub.Security;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Search;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Customers;

/// <summary>An address in a request.</summary>
/// <param name="Kind">phone, email, telegram, external, …</param>
/// <param name="Value">The address; a phone number with its plus and calling code.</param>
/// <param name="Scope">Where the value is unique; empty or absent: everywhere.</param>
/// <param name="Name">Name to show for it.</param>
public sealed record NewIdentity(string? Kind, string? Value, string? Scope, string? Name);

/// <summary>A new customer.</summary>
/// <param name="Name">Name to show.</param>
/// <param name="Attributes">Whatever the CRM wants to keep: a JSON object.</param>
/// <param name="ExternalId">The shop's own customer id.</param>
/// <param name="Identities">Addresses; the first is the birth identity. One, or <c>external_id</c>, is needed.</param>
public sealed record NewCustomer(string? Name, JsonObject? Attributes, string? ExternalId, IReadOnlyList<NewIdentity>? Identities);

/// <summary>Changes to a customer; what is absent stays.</summary>
/// <param name="Name">Name to show; null goes back to the one the channel shows.</param>
/// <param name="Attributes">Merged into what is there; null values remove (RFC 7396).</param>
public sealed record CustomerPatch(JsonNode? Name, JsonObject? Attributes);

/// <summary>Customers.</summary>
public sealed class CustomersApi(Database database, FullText search, CustomerWriter writer)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        CustomersApi customers = app.ServiceProvider.GetRequiredService<CustomersApi>();
        RouteGroupBuilder group = app.MapGroup("/v1/customers").WithTags("Customers");
        group.MapGet("", customers.List).RequireScope(Scopes.CustomersRead).WithName("listCustomers").WithSummary("List or find customers");
        group.MapPost("", customers.CreateAsync).RequireScope(Scopes.CustomersWrite).WithName("createCustomer").WithSummary("Create a customer");
        group.MapGet("{id}", customers.Get).RequireScope(Scopes.CustomersRead).WithName("getCustomer").WithSummary("Read a customer by any of its ids");
        group.MapPatch("{id}", customers.PatchAsync).RequireScope(Scopes.CustomersWrite).WithName("updateCustomer").WithSummary("Change name and attributes");
    }

    /// <param name="context">The request.</param>
    /// <param name="q">Words of a name or address, of the last one its beginning is enough; case and accents do not count. Newest first; who came in the last second may be missing.</param>
    /// <param name="identity">An address as <c>kind:value</c>; write a plus as <c>%2B</c>.</param>
    /// <param name="scope">Scope of that address.</param>
    /// <param name="limit">1 to 200; default 50.</param>
    /// <param name="cursor">From the last page.</param>
    public Results<Ok<Page<CustomerShape>>, ProblemHttpResult> List(
        HttpContext context, string? q = null, string? identity = null, string? scope = null, string? limit = null, string? cursor = null)
    {
        if (!Paging.TryLimit(limit, out int most, out ProblemHttpResult? problem))
            return problem;
        Span<long> before = [long.MaxValue];
        if (cursor is not null && !Paging.TryDecode(cursor, before, out problem))
            return problem;
        if (identity is not null)
            return ByIdentity(identity, scope);
        long below = before[0];
        if (!string.IsNullOrWhiteSpace(q))
        {
            return SearchQuery.TryParse(q, out SearchQuery? query, out string? wrong)
                ? Found.Answer<Results<Ok<Page<CustomerShape>>, ProblemHttpResult>>(context, search.Customers(query, below, most),
                    (found, next) => database.Read(session => TypedResults.Ok(new Page<CustomerShape>(CustomerReader.Render(session, found), next))), building => building)
                : Problem.Invalid("q", wrong);
        }
        return database.Read(session =>
        {
            List<long> ids = CustomerStore.Page(session, below, most + 1);
            string? next = ids.Count > most ? Paging.Encode(ids[most - 1]) : null;
            return TypedResults.Ok(new Page<CustomerShape>(CustomerReader.Render(session, [.. ids.Take(most)]), next));
        });
    }

    public Results<Ok<CustomerShape>, ProblemHttpResult> Get(HttpContext context, string id)
    {
        if (HubId.TryParse(IdPrefix.Customer, id, out long birth) && database.Read(session => Tagged(session, birth)) is (CustomerShape customer, var tag))
        {
            context.Response.Headers.ETag = tag;
            return TypedResults.Ok(customer);
        }
        return Problem.NotFound("There is no customer with this id.");
    }

    public async Task<Results<Created<CustomerShape>, ProblemHttpResult>> CreateAsync(HttpContext context, NewCustomer body)
    {
        List<(Key Key, NewIdentity Asked)> keys = [];
        List<FieldError> errors = [];
        IReadOnlyList<NewIdentity> asked = body.Identities ?? [];
        for (int i = 0; i < asked.Count; i++)
            Read(asked[i], $"identities[{i}]", keys, errors);
        if (body.ExternalId is { } external)
            Read(new NewIdentity(KeyKinds.External, external, "", null), "external_id", keys, errors);
        if (keys.Count == 0 && errors.Count == 0)
            errors.Add(new FieldError("identities", "give at least one address, or external_id"));
        if (keys.Select(k => k.Key).Distinct().Count() < keys.Count)
            errors.Add(new FieldError("identities", "the same address stands twice"));
        if (errors.Count > 0)
            return Problem.Invalid(errors);
        CustomerWriter.Created outcome = await writer.CreateAsync(keys, body.Name, body.Attributes?.ToJsonString(ApiJson.Options), Caller.Of(context).Name,
            IdempotencyClaim.Of(context));
        return outcome.OwnedBy is { } owner
            ? Owned(outcome.Key!, owner)
            : TypedResults.Created(CustomerWriter.Location(outcome.Customer!), outcome.Customer);
    }

    public async Task<Results<Ok<CustomerShape>, ProblemHttpResult>> PatchAsync(HttpContext context, string id, CustomerPatch body)
    {
        if (!HubId.TryParse(IdPrefix.Customer, id, out long birth))
            return Problem.NotFound("There is no customer with this id.");
        if (body.Name is not null && body.Name.GetValueKind() != JsonValueKind.String)
            return Problem.Invalid("name", "must be a string");
        string? expected = context.Request.Headers.IfMatch;
        CustomerWriter.Patched outcome = await writer.PatchAsync(birth, body, expected);
        return outcome switch
        {
            { Found: false } => Problem.NotFound("There is no customer with this id."),
            { Survivor: { } survivor } => Problem.MergedAway(survivor),
            { LostRace: true } => Problem.LostRace(),
            _ => TypedResults.Ok(outcome.Customer!),
        };
    }

    /// <summary>A customer and its ETag, which changes with everything that is shown.</summary>
    internal static (CustomerShape, string)? Tagged(Session session, long birth)
    {
        if (CustomerReader.Find(session, birth) is not { } customer)
            return null;
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(customer with { Identities = [.. customer.Identities.Select(i => i with { LastSeen = null })] }, ApiJson.Options);
        return (customer, $"\"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(json).AsSpan(0, 12))}\"");
    }

    internal static ProblemHttpResult Owned(Key key, string owner) => TypedResults.Problem(
        detail: $"This {key.Kind} belongs to {owner}. Merge the two if they are one person.", statusCode: StatusCodes.Status409Conflict, title: "Conflict",
        type: "/problems/key-owned", extensions: [new("customer_id", owner)]);

    internal static void Read(NewIdentity? asked, string field, List<(Key, NewIdentity)> keys, List<FieldError> errors)
    {
        if (asked is null)
            errors.Add(new FieldError(field, "must be an object"));
        else if (string.IsNullOrWhiteSpace(asked.Kind))
            errors.Add(new FieldError(field + ".kind", "is required"));
        else if (string.IsNullOrWhiteSpace(asked.Value))
            errors.Add(new FieldError(field + ".value", "is required"));
        else if (KeyNormalizer.Normalise(new Key(asked.Kind, asked.Scope ?? "", asked.Value)) is { Key: { } key })
            keys.Add((key, asked));
        else
            errors.Add(new FieldError(field + ".value", KeyNormalizer.Normalise(new Key(asked.Kind, asked.Scope ?? "", asked.Value)).Error!));
    }

    private Results<Ok<Page<CustomerShape>>, ProblemHttpResult> ByIdentity(string identity, string? scope)
    {
        int colon = identity.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0)
            return Problem.Invalid("identity", "must be kind:value, such as phone:%2B48600100200");
        string kind = identity[..colon];
        // An unescaped plus arrives as a space; no phone number begins with one.
        string value = kind == KeyKinds.Phone ? identity[(colon + 1)..].Replace(' ', '+') : identity[(colon + 1)..];
        (Key? key, string? error) = KeyNormalizer.Normalise(new Key(kind, scope ?? "", value));
        if (key is null)
            return Problem.Invalid("identity", error!);
        return database.Read(session => TypedResults.Ok(new Page<CustomerShape>(
            IdentityStore.FindByKey(session, key) is { } row ? CustomerReader.Render(session, [row.CustomerId]) : [], Next: null)));
    }
}
