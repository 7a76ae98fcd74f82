using ChannelHub.Api;
using ChannelHub.Core.Customers;
using ChannelHub.Core.Ids;
using ChannelHub.Security;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Customers;

/// <summary>A person says that two identities are not one customer.</summary>
/// <param name="Left">An identity (<c>idn_…</c>).</param>
/// <param name="Right">The other identity.</param>
/// <param name="Reason">Why, for the audit.</param>
public sealed record NewVeto(string? Left, string? Right, string? Reason);

/// <summary>Something that stands between two identities.</summary>
/// <param name="Id"><c>vto_…</c></param>
/// <param name="Kind">veto: the two are not one person; bar: one piece of evidence does not count.</param>
/// <param name="Left">One identity.</param>
/// <param name="Right">The other.</param>
/// <param name="Key">For a bar: the key, as <c>kind:value</c>.</param>
public sealed record VetoShape(string Id, string Kind, string Left, string Right, string? Key);

/// <summary>Vetoes and bars: what keeps identities apart, listed and liftable.</summary>
public sealed class VetoesApi(Database database)
{
    private const string Path = "/v1/vetoes";

    public static void Map(IEndpointRouteBuilder app)
    {
        VetoesApi vetoes = app.ServiceProvider.GetRequiredService<VetoesApi>();
        RouteGroupBuilder group = app.MapGroup(Path).WithTags("Merges");
        group.MapGet("", vetoes.List).RequireScope(Scopes.CustomersWrite).WithName("listVetoes").WithSummary("Vetoes and bars in force");
        group.MapPost("", vetoes.CreateAsync).RequireScope(Scopes.CustomersWrite).WithName("createVeto").WithSummary("Record that two identities are not one customer");
        group.MapDelete("{id}", vetoes.LiftAsync).RequireScope(Scopes.CustomersWrite).WithName("liftVeto").WithSummary("Lift a veto or a bar");
    }

    /// <param name="limit">1 to 200; default 50.</param>
    /// <param name="cursor">From the last page.</param>
    public Results<Ok<Page<VetoShape>>, ProblemHttpResult> List(string? limit = null, string? cursor = null)
    {
        if (!Paging.TryLimit(limit, out int most, out ProblemHttpResult? problem))
            return problem;
        Span<long> before = [long.MaxValue];
        if (cursor is not null && !Paging.TryDecode(cursor, before, out problem))
            return problem;
        long below = before[0];
        List<FactRow> rows = database.Read(session => ActionStore.Against(session, below, most + 1));
        return TypedResults.Ok(new Page<VetoShape>([.. rows.Take(most).Select(Shape)], rows.Count > most ? Paging.Encode(rows[most - 1].Id) : null));
    }

    public async Task<Results<Created<VetoShape>, ProblemHttpResult>> CreateAsync(HttpContext context, NewVeto body)
    {
        if (!HubId.TryParse(IdPrefix.Identity, body.Left, out long left))
            return Problem.Invalid("left", "must be the id of an identity (idn_…)");
        if (!HubId.TryParse(IdPrefix.Identity, body.Right, out long right) || right == left)
            return Problem.Invalid("right", "must be the id of another identity (idn_…)");
        IdempotencyClaim? claim = IdempotencyClaim.Of(context);
        (bool found, VetoShape? veto) = await database.WriteAsync(session =>
        {
            if (IdentityStore.Find(session, left) is null || IdentityStore.Find(session, right) is null)
                return (false, (VetoShape?)null);
            long newId = session.NewId();
            MergePlan planned = Merging.Veto(CustomerGraph.Load(session, left, right), left, right, newId);
            if (planned is not MergePlan.Change change)
                return (true, null);
            CustomerGraph.Apply(session, change, new ActionInfo(newId, "veto", Caller.Of(context).Name, body.Reason));
            var shape = new VetoShape(HubId.Format(IdPrefix.Veto, newId), "veto", body.Left!, body.Right!, null);
            claim?.Complete(session, StatusCodes.Status201Created, Path, shape);
            return (true, shape);
        });
        if (!found)
            return Problem.NotFound("There is no such identity.");
        return veto is null
            ? Problem.Conflict("linked-by-hand", "Links made by hand connect the two; undo those first.")
            : TypedResults.Created(Path, veto);
    }

    public async Task<Results<NoContent, ProblemHttpResult>> LiftAsync(HttpContext context, string id)
    {
        if (!HubId.TryParse(IdPrefix.Veto, id, out long factId))
            return Problem.NotFound("There is no veto with this id.");
        bool lifted = await database.WriteAsync(session =>
        {
            FactRow? fact = ActionStore.Against(session, factId + 1, 1).Find(f => f.Id == factId);
            if (fact is null)
                return false;
            long newId = session.NewId();
            Region region = CustomerGraph.Load(session, fact.LeftId, fact.RightId);
            if (Merging.Undo(region, fact.ActionId, newId) is not MergePlan.Change change)
                return false;
            CustomerGraph.Apply(session, change, new ActionInfo(newId, "undo", Caller.Of(context).Name, Reason: null, Undoes: fact.ActionId));
            return true;
        });
        return lifted ? TypedResults.NoContent() : Problem.NotFound("There is no veto with this id in force.");
    }

    private static VetoShape Shape(FactRow row) => new(HubId.Format(IdPrefix.Veto, row.Id), row.Kind == FactKind.Veto ? "veto" : "bar",
        HubId.Format(IdPrefix.Identity, row.LeftId), HubId.Format(IdPrefix.Identity, row.RightId), row.KeyKind is null ? null : $"{row.KeyKind}:{row.KeyValue}");
}
