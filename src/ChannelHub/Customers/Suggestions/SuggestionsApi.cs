using ChannelHub.Api;
using ChannelHub.Core.Customers;
using ChannelHub.Core.Ids;
using ChannelHub.Operation;
using ChannelHub.Security;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Customers.Suggestions;

/// <summary>Two customers that may be one person, or an address that may have changed hands.</summary>
public sealed record SuggestionShape
{
    /// <summary><c>sug_…</c></summary>
    public required string Id { get; init; }

    /// <summary><c>merge</c>: the two may be one person. <c>close</c>: the address may be somebody else's by now; left and right are the one identity.</summary>
    public required string Proposes { get; init; }

    /// <summary>open, accepted, dismissed or never.</summary>
    public required string State { get; init; }

    /// <summary>One identity.</summary>
    public required string Left { get; init; }

    /// <summary>The other identity.</summary>
    public required string Right { get; init; }

    /// <summary>The customer that the left identity belongs to now.</summary>
    public string? LeftCustomerId { get; init; }

    /// <summary>The customer that the right identity belongs to now.</summary>
    public string? RightCustomerId { get; init; }

    /// <summary>Why, the strongest first.</summary>
    public required IReadOnlyList<SuggestionEvidence> Evidence { get; init; }

    /// <summary>From 0 to 1.</summary>
    public required double Score { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was decided; null while it is open.</summary>
    public DateTimeOffset? ResolvedAt { get; init; }

    /// <summary>Who decided: the name of an API key, or <c>system</c>.</summary>
    public string? ResolvedBy { get; init; }
}

/// <summary>One reason for a suggestion.</summary>
/// <param name="Kind">The kind of key that both have (phone, email, external, …), or order, plus_tag, handle, note, unverified_mail, name, silence.</param>
/// <param name="Value">What both have.</param>
/// <param name="Reason">Why it is not a link: claimed, asserted, noted, not_proven, shared_key, two_external_ids, veto, same_name_and_order, look_alike, same_mailbox,
/// sender_not_verified, same_name, changed_hands.</param>
/// <param name="AssuranceLeft">How well the left side is proven to have it.</param>
/// <param name="AssuranceRight">How well the right side is.</param>
public sealed record SuggestionEvidence(string Kind, string Value, string Reason, string AssuranceLeft, string AssuranceRight);

/// <summary>Suggestions: what a person decides because the evidence alone must not.</summary>
public sealed class SuggestionsApi(Database database)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        SuggestionsApi suggestions = app.ServiceProvider.GetRequiredService<SuggestionsApi>();
        RouteGroupBuilder group = app.MapGroup("/v1/merge-suggestions").WithTags("Merges");
        group.MapGet("", suggestions.List).RequireScope(Scopes.CustomersWrite).WithName("listSuggestions").WithSummary("Who may be one person");
        group.MapPost("{id}/accept", suggestions.AcceptAsync).RequireScope(Scopes.CustomersWrite).WithName("acceptSuggestion")
            .WithSummary("Merge the two (or close the address); undo it like any merge");
        group.MapPost("{id}/dismiss", suggestions.DismissAsync).RequireScope(Scopes.CustomersWrite).WithName("dismissSuggestion")
            .WithSummary("Not now: it comes back only on other evidence");
        group.MapPost("{id}/never", suggestions.NeverAsync).RequireScope(Scopes.CustomersWrite).WithName("neverSuggestion")
            .WithSummary("Record that they are not one customer: a veto, which binds automatic links too");
    }

    /// <param name="state">open (the default), accepted, dismissed or never.</param>
    /// <param name="limit">1 to 200; default 50.</param>
    /// <param name="cursor">From the last page.</param>
    public Results<Ok<Page<SuggestionShape>>, ProblemHttpResult> List(string? state = null, string? limit = null, string? cursor = null)
    {
        if (!Paging.TryLimit(limit, out int most, out ProblemHttpResult? problem))
            return problem;
        Span<long> before = [long.MaxValue];
        if (cursor is not null && !Paging.TryDecode(cursor, before, out problem))
            return problem;
        if (state is not (null or SuggestionStore.Open or SuggestionStore.Accepted or SuggestionStore.Dismissed or SuggestionStore.Never))
            return Problem.Invalid("state", "must be open, accepted, dismissed or never");
        long below = before[0];
        return database.Read(session =>
        {
            List<SuggestionRow> rows = SuggestionStore.Page(session, state ?? SuggestionStore.Open, below, most + 1);
            return TypedResults.Ok(new Page<SuggestionShape>(
                [.. rows.Take(most).Select(row => Shape(session, row))], rows.Count > most ? Paging.Encode(rows[most - 1].Id) : null));
        });
    }

    public async Task<Results<Ok<MergeShape>, ProblemHttpResult>> AcceptAsync(HttpContext context, string id)
    {
        if (!HubId.TryParse(IdPrefix.Suggestion, id, out long suggestionId))
            return NotFound();
        string actor = Caller.Of(context).Name;
        IdempotencyClaim? claim = IdempotencyClaim.Of(context);
        (SuggestionRow? row, MergesApi.Outcome? outcome) = await database.WriteAsync(session =>
            SuggestionStore.Find(session, suggestionId) is not { State: SuggestionStore.Open } open
                ? (SuggestionStore.Find(session, suggestionId), (MergesApi.Outcome?)null)
                : (open, MergesApi.Remember(session, claim, Accept(session, open, actor))));
        return outcome is null ? Closed(row) : MergesApi.Answer(outcome);
    }

    public Task<Results<Ok<SuggestionShape>, ProblemHttpResult>> DismissAsync(HttpContext context, string id) => DecideAsync(context, id, (session, row) =>
    {
        SuggestionStore.Resolve(session, row, SuggestionStore.Dismissed, Caller.Of(context).Name);
        return null;
    });

    public Task<Results<Ok<SuggestionShape>, ProblemHttpResult>> NeverAsync(HttpContext context, string id) => DecideAsync(context, id, (session, row) =>
    {
        string actor = Caller.Of(context).Name;
        if (row.LeftId == row.RightId)
        {
            SuggestionStore.Resolve(session, row, SuggestionStore.Never, actor);
            return null;
        }
        long newId = session.NewId();
        MergePlan plan = Merging.Veto(CustomerGraph.Load(session, row.LeftId, row.RightId), row.LeftId, row.RightId, newId);
        if (plan is not MergePlan.Change change)
            return (MergePlan.Refused)plan;
        CustomerGraph.Apply(session, change, new ActionInfo(newId, "veto", actor, "suggestion " + id));
        return null;
    });

    private async Task<Results<Ok<SuggestionShape>, ProblemHttpResult>> DecideAsync(
        HttpContext context, string id, Func<WriteSession, SuggestionRow, MergePlan.Refused?> decide)
    {
        if (!HubId.TryParse(IdPrefix.Suggestion, id, out long suggestionId))
            return NotFound();
        IdempotencyClaim? claim = IdempotencyClaim.Of(context);
        (SuggestionRow? row, SuggestionShape? shape, MergePlan.Refused? refused) = await database.WriteAsync(session =>
        {
            if (SuggestionStore.Find(session, suggestionId) is not { State: SuggestionStore.Open } open)
                return (SuggestionStore.Find(session, suggestionId), (SuggestionShape?)null, (MergePlan.Refused?)null);
            if (decide(session, open) is { } no)
                return (open, (SuggestionShape?)null, (MergePlan.Refused?)no);
            SuggestionShape decided = Shape(session, SuggestionStore.Find(session, suggestionId)!);
            claim?.Complete(session, StatusCodes.Status200OK, location: null, decided);
            return (open, (SuggestionShape?)decided, (MergePlan.Refused?)null);
        });
        if (shape is not null)
            return TypedResults.Ok(shape);
        return refused is null ? Closed(row) : Problem.Conflict("linked-by-hand", "Links made by hand connect the two; undo those first.");
    }

    private static MergesApi.Outcome Accept(WriteSession session, SuggestionRow row, string actor)
    {
        if (row.LeftId != row.RightId)
            return MergesApi.Merge(session, row.LeftId, row.RightId, actor, "suggestion " + HubId.Format(IdPrefix.Suggestion, row.Id));
        IdentitiesApi.Close(session, row.LeftId, actor);
        Partition partition = Grouping.Partition(CustomerGraph.Load(session, row.LeftId));
        return new MergesApi.Outcome { Shape = MergeShapes.Of(session, new MergePlan.Change(partition, partition, [], []), actionId: null, row.LeftId) };
    }

    private static ProblemHttpResult NotFound() => Problem.NotFound("There is no suggestion with this id.");

    private static ProblemHttpResult Closed(SuggestionRow? row) =>
        row is null ? NotFound() : Problem.Conflict("suggestion-resolved", $"It has been decided already: {row.State}.");

    private static SuggestionShape Shape(Session session, SuggestionRow row) => new()
    {
        Id = HubId.Format(IdPrefix.Suggestion, row.Id),
        Proposes = row.Proposes,
        State = row.State,
        Left = HubId.Format(IdPrefix.Identity, row.LeftId),
        Right = HubId.Format(IdPrefix.Identity, row.RightId),
        LeftCustomerId = HubId.Format(IdPrefix.Customer, IdentityStore.CustomerOf(session, row.LeftId)),
        RightCustomerId = HubId.Format(IdPrefix.Customer, IdentityStore.CustomerOf(session, row.RightId)),
        Evidence = [.. SuggestionStore.EvidenceOf(row).Select(e => new SuggestionEvidence(e.Kind, e.Value, e.Reason, e.AssuranceLeft, e.AssuranceRight))],
        Score = row.Score,
        CreatedAt = ApiJson.Time(row.CreatedAt),
        ResolvedAt = ApiJson.Time(row.ResolvedAt),
        ResolvedBy = row.ResolvedBy,
    };
}

/// <summary>What suggestions bring.</summary>
internal static class SuggestionServices
{
    public static IServiceCollection AddSuggestions(this IServiceCollection services)
    {
        services.AddSingleton<SuggestionsApi>();
        services.AddWorker<SuggestionFinder>();
        return services;
    }
}
