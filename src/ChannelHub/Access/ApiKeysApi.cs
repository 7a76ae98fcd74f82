using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Core.Ids;
using ChannelHub.Security;
using ChannelHub.Storage.Access;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Access;

/// <summary><c>/v1/api-keys</c>: who may call the API.</summary>
public static class ApiKeysApi
{
    private const string Path = "/v1/api-keys";
    private const int LongestName = 200;
    private const long HighestRate = 1_000_000;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Path, List).RequireScope(Scopes.Admin).WithSummary("List API keys")
            .WithDescription("Keys that are not revoked, oldest first. The keys themselves are not kept and cannot be shown again.");
        app.MapGet(Path + "/{id}", Get).RequireScope(Scopes.Admin).WithSummary("Get an API key");
        app.MapPost(Path, CreateAsync).RequireScope(Scopes.Admin).WithSummary("Make an API key").WithMetadata(new SecretInAnswer("key"))
            .WithDescription("The answer is the only time the key is shown; repeated with its Idempotency-Key it comes with the key blanked.");
        app.MapDelete(Path + "/{id}", RevokeAsync).RequireScope(Scopes.Admin).WithSummary("Revoke an API key")
            .WithDescription("From the next request on it is refused. A key that the settings hold is in force again after the next start.");
    }

    private static Results<Ok<Page<ApiKeyShape>>, ProblemHttpResult> List(Database database, string? limit = null, string? cursor = null)
    {
        Span<long> after = [0];
        if (!Paging.TryLimit(limit, out int count, out ProblemHttpResult? problem) || (cursor is not null && !Paging.TryDecode(cursor, after, out problem)))
            return problem;
        long above = after[0];
        List<ApiKeyRow> rows = database.Read(session => ApiKeyStore.Page(session, above, count + 1));
        string? next = rows.Count > count ? Paging.Encode(rows[count - 1].Id) : null;
        return TypedResults.Ok(new Page<ApiKeyShape>([.. rows.Take(count).Select(ApiKeyShape.Of)], next));
    }

    private static Results<Ok<ApiKeyShape>, ProblemHttpResult> Get(string id, Database database) =>
        HubId.TryParse(IdPrefix.ApiKey, id, out long number) && database.Read(session => ApiKeyStore.Find(session, number)) is { } row
            ? TypedResults.Ok(ApiKeyShape.Of(row))
            : Problem.NotFound("There is no such API key.");

    private static async Task<Results<Created<NewApiKeyShape>, ProblemHttpResult>> CreateAsync(
        CreateApiKey request, HttpContext context, Database database, ApiKeyCache keys)
    {
        DateTimeOffset now = database.Clock.GetUtcNow();
        if (Check(request, now) is { Count: > 0 } errors)
            return Problem.Invalid(errors);
        string key = ApiKeys.Generate();
        var row = new ApiKeyRow(database.Ids.Next(), request.Name.Trim(), ApiKeys.Hash(key), ApiKeys.Hint(key), string.Join(' ', request.Scopes.Distinct()),
            request.Rate, ApiKeyOrigins.Api, now.ToUnixTimeMilliseconds(), request.ExpiresAt?.ToUnixTimeMilliseconds(), null, null);
        NewApiKeyShape shape = NewApiKeyShape.Of(row, key);
        string location = $"{Path}/{shape.Id}";
        IdempotencyClaim? claim = IdempotencyClaim.Of(context);
        await database.WriteAsync(session =>
        {
            ApiKeyStore.Insert(session, row);
            claim?.Complete(session, StatusCodes.Status201Created, location, shape);
            session.AfterCommit(() => keys.Add(row));
        });
        return TypedResults.Created(location, shape);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeAsync(string id, Database database, ApiKeyCache keys)
    {
        bool revoked = HubId.TryParse(IdPrefix.ApiKey, id, out long number) && await database.WriteAsync(session =>
        {
            session.AfterCommit(() => keys.Remove(number));
            return ApiKeyStore.Revoke(session, number);
        });
        return revoked ? TypedResults.NoContent() : Problem.NotFound("There is no such API key.");
    }

    private static List<FieldError> Check(CreateApiKey request, DateTimeOffset now)
    {
        List<FieldError> errors = [];
        if (string.IsNullOrWhiteSpace(request.Name) || request.Name.Length > LongestName || request.Name.Any(char.IsControl))
            errors.Add(new FieldError("name", $"must be 1 to {LongestName} characters without control characters"));
        if (request.Scopes is not { Count: > 0 } scopes)
            errors.Add(new FieldError("scopes", "must name at least one of " + string.Join(", ", Scopes.All)));
        else
            errors.AddRange(scopes.Select((scope, i) => (scope, i)).Where(s => s.scope is null || !Scopes.IsKnown(s.scope))
                .Select(s => new FieldError($"scopes[{s.i}]", "must be one of " + string.Join(", ", Scopes.All))));
        if (request.ExpiresAt is { } end && end <= now)
            errors.Add(new FieldError("expires_at", "must lie in the future"));
        if (request.Rate is < 1 or > HighestRate)
            errors.Add(new FieldError("rate", $"must be a number from 1 to {HighestRate}"));
        return errors;
    }
}

/// <summary>What a new API key is to be.</summary>
/// <param name="Name">To tell it from others; also the actor in records of what was done with it.</param>
/// <param name="Scopes">What it may do; <c>admin</c> implies all others.</param>
/// <param name="ExpiresAt">From then on it is refused. Absent or null: it does not expire.</param>
/// <param name="Rate">Calls a second. Absent or null: as the hub's settings say; keys with scope <c>admin</c> then have no limit.</param>
public sealed record CreateApiKey(string Name, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt = null, long? Rate = null);

/// <summary>An API key, without the key itself.</summary>
/// <param name="Id"><c>key_…</c></param>
/// <param name="Name">Given by whoever made it.</param>
/// <param name="Hint">First characters of the key, to tell it from others; empty if it was not made by the hub.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="Rate">Calls a second; null: as the hub's settings say.</param>
/// <param name="Origin"><c>api</c>, <c>first_start</c> or <c>settings</c>.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">From then on it is refused; null: it does not expire.</param>
/// <param name="LastUsedAt">Its last use, to the minute; null: never used.</param>
public sealed record ApiKeyShape(
    string Id, string Name, string Hint, IReadOnlyList<string> Scopes, long? Rate, string Origin, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt,
    DateTimeOffset? LastUsedAt)
{
    public static ApiKeyShape Of(ApiKeyRow row) => new(
        HubId.Format(IdPrefix.ApiKey, row.Id), row.Name, row.Hint, row.Scopes.Split(' '), row.Rate, row.Origin, ApiJson.Time(row.CreatedAt),
        ApiJson.Time(row.ExpiresAt), ApiJson.Time(row.LastUsedAt));
}

/// <summary>A new API key, with the key: the only time it is shown.</summary>
/// <param name="Id"><c>key_…</c></param>
/// <param name="Key">The key; the hub keeps only its hash.</param>
/// <param name="Name">As given.</param>
/// <param name="Hint">First characters of the key, to tell it from others.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="Rate">Calls a second; null: as the hub's settings say.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">From then on it is refused; null: it does not expire.</param>
public sealed record NewApiKeyShape(
    string Id, string Key, string Name, string Hint, IReadOnlyList<string> Scopes, long? Rate, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt)
{
    public static NewApiKeyShape Of(ApiKeyRow row, string key) => new(
        HubId.Format(IdPrefix.ApiKey, row.Id), key, row.Name, row.Hint, row.Scopes.Split(' '), row.Rate, ApiJson.Time(row.CreatedAt),
        ApiJson.Time(row.ExpiresAt));
}
