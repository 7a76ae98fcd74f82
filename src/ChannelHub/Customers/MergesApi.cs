using ChannelHub.Api;
using ChannelHub.Core.Customers;
using ChannelHub.Core.Ids;
using ChannelHub.Messages;
using ChannelHub.Security;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Customers;

/// <summary>Merging customers, and taking it back exactly.</summary>
public sealed class MergesApi(Database database)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        MergesApi merges = app.ServiceProvider.GetRequiredService<MergesApi>();
        app.MapPost("/v1/customers/{id}/merge", merges.MergeAsync).RequireScope(Scopes.CustomersWrite).WithTags("Merges").WithName("mergeCustomers")
            .WithSummary("Make one customer of two, or show what that would do");
        RouteGroupBuilder group = app.MapGroup("/v1/merges").WithTags("Merges");
        group.MapGet("", merges.List).RequireScope(Scopes.CustomersWrite).WithName("listMerges").WithSummary("Who linked what, when, and on what evidence");
        group.MapPost("{id}/undo", merges.UndoAsync).RequireScope(Scopes.CustomersWrite).WithName("undoMerge").WithSummary("Undo one merge, attach, detach or automatic link");
    }

    public async Task<Results<Ok<MergeShape>, ProblemHttpResult>> MergeAsync(HttpContext context, string id, MergeRequest body)
    {
        if (!HubId.TryParse(IdPrefix.Customer, id, out long left))
            return Problem.NotFound("There is no customer with this id.");
        if (!HubId.TryParse(IdPrefix.Customer, body.With, out long right))
            return Problem.Invalid("with", "must be the id of the other customer (cus_…)");
        IdempotencyClaim? claim = IdempotencyClaim.Of(context);
        Outcome outcome = body.DryRun == true
            ? database.Read(session => Try(session, left, right, database.Ids.Next(), dryRun: true))
            : await database.WriteAsync(session => Remember(session, claim, Merge(session, left, right, Caller.Of(context).Name, body.Reason)));
        return Answer(outcome);
    }

    /// <param name="limit">1 to 200; default 50.</param>
    /// <param name="cursor">From the last page.</param>
    public Results<Ok<Page<ActionShape>>, ProblemHttpResult> List(string? limit = null, string? cursor = null)
    {
        if (!Paging.TryLimit(limit, out int most, out ProblemHttpResult? problem))
            return problem;
        Span<long> before = [long.MaxValue];
        if (cursor is not null && !Paging.TryDecode(cursor, before, out problem))
            return problem;
        long below = before[0];
        return database.Read(session =>
        {
            List<ActionRow> rows = ActionStore.Page(session, below, vetoes: false, most + 1);
            string? next = rows.Count > most ? Paging.Encode(rows[most - 1].Id) : null;
            ILookup<long, FactRow> facts = ActionStore.Facts(session, [.. rows.Select(r => r.Id)]).ToLookup(f => f.ActionId);
            return TypedResults.Ok(new Page<ActionShape>([.. rows.Take(most).Select(r => Shape(r, facts[r.Id]))], next));
        });
    }

    public async Task<Results<Ok<MergeShape>, ProblemHttpResult>> UndoAsync(HttpContext context, string id)
    {
        if (!HubId.TryParse(IdPrefix.Merge, id, out long actionId))
            return Problem.NotFound("There is no merge with this id.");
        IdempotencyClaim? claim = IdempotencyClaim.Of(context);
        return Answer(await database.WriteAsync(session => Remember(session, claim, Undo(session, actionId, Caller.Of(context).Name))));
    }

    /// <summary>Makes one customer of two, if nothing stands against it.</summary>
    internal static Outcome Merge(WriteSession session, long left, long right, string actor, string? reason)
    {
        Outcome planned = Try(session, left, right, session.NewId(), dryRun: false);
        if (planned.Change is { } change)
            CustomerGraph.Apply(session, change, new ActionInfo(change.Append[0].ActionId, "merge", actor, reason));
        return planned;
    }

    private static Outcome Try(Session session, long left, long right, long newId, bool dryRun)
    {
        if (IdentityStore.CustomerOf(session, left) is null || IdentityStore.CustomerOf(session, right) is null)
            return new Outcome(NotFound: true);
        return Merging.Merge(CustomerGraph.Load(session, left, right), left, right, newId) switch
        {
            MergePlan.Change change => new Outcome { Change = change, Shape = MergeShapes.Of(session, change, dryRun ? null : newId, left, right) },
            MergePlan.Refused refused => new Outcome { Refused = refused },
            _ => throw new InvalidOperationException("a plan is a change or a refusal"),
        };
    }

    private static Outcome Undo(WriteSession session, long actionId, string actor)
    {
        if (ActionStore.Find(session, actionId) is null)
            return new Outcome(NotFound: true);
        // Whether anything of it is left to undo follows from the facts: a bar on its evidence may have been lifted since.
        long[] named = [.. ActionStore.Facts(session, [actionId]).SelectMany(f => new[] { f.LeftId, f.RightId }).Distinct()];
        if (named.Length == 0)
            return new Outcome { Refused = new MergePlan.Refused(MergeRefusal.NothingToUndo) };
        long newId = session.NewId();
        MergePlan plan = Merging.Undo(CustomerGraph.Load(session, named), actionId, newId);
        if (plan is not MergePlan.Change change)
            return new Outcome { Refused = (MergePlan.Refused)plan };
        CustomerGraph.Apply(session, change, new ActionInfo(newId, "undo", actor, Reason: null, Undoes: actionId));
        return new Outcome { Shape = MergeShapes.Of(session, change, newId, named) };
    }

    /// <summary>Keeps the answer with its effect, so that a repeated request does not have it again.</summary>
    internal static Outcome Remember(WriteSession session, IdempotencyClaim? claim, Outcome outcome)
    {
        if (outcome.Shape is { } shape)
            claim?.Complete(session, StatusCodes.Status200OK, location: null, shape);
        return outcome;
    }

    internal static Results<Ok<MergeShape>, ProblemHttpResult> Answer(Outcome outcome) => outcome switch
    {
        { NotFound: true } => Problem.NotFound("There is no such customer or merge."),
        { Shape: { } shape } => TypedResults.Ok(shape),
        { Refused.Reason: MergeRefusal.SameIdentity } => Problem.Invalid("with", "is the same customer"),
        { Refused.Reason: MergeRefusal.NothingToUndo } => Problem.Conflict("nothing-to-undo", "It has been undone already, or nothing of it is left."),
        { Refused: { Reason: MergeRefusal.Vetoed, Veto: { } veto } } => Problem.Conflict("vetoed",
            $"Somebody recorded that {HubId.Format(IdPrefix.Identity, veto.Left)} and {HubId.Format(IdPrefix.Identity, veto.Right)} are not one person. Lift that veto first."),
        _ => Problem.Conflict("linked-by-hand", "Links made by hand connect the two; undo those first."),
    };

    private static ActionShape Shape(ActionRow row, IEnumerable<FactRow> facts) => new(
        HubId.Format(IdPrefix.Merge, row.Id), row.Kind, ApiJson.Time(row.At), row.Actor, row.Reason, [.. facts.Select(MergeShapes.Link)],
        row.Detail is null ? null : new RawJson(row.Detail), HubId.Format(IdPrefix.Merge, row.UndoneBy));

    /// <summary>What became of a wish.</summary>
    internal sealed record Outcome(bool NotFound = false)
    {
        public MergePlan.Change? Change { get; init; }
        public MergeShape? Shape { get; init; }
        public MergePlan.Refused? Refused { get; init; }
    }
}
