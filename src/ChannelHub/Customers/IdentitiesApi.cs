using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Core.Customers;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Security;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Outbox;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Customers;

/// <summary>Changes to one address.</summary>
/// <param name="Blocked">True: its messages are stored and flagged, and never answered.</param>
public sealed record IdentityPatch(bool? Blocked);

/// <summary>Addresses of customers.</summary>
public sealed class IdentitiesApi(Database database, CustomerWriter writer)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        IdentitiesApi identities = app.ServiceProvider.GetRequiredService<IdentitiesApi>();
        app.MapPost("/v1/customers/{id}/identities", identities.AttachAsync).RequireScope(Scopes.CustomersWrite).WithTags("Identities").WithName("attachIdentity")
            .WithSummary("Attach an address that an agent or CRM asserts");
        app.MapDelete("/v1/customers/{id}/identities/{identityId}", identities.DetachAsync).RequireScope(Scopes.CustomersWrite).WithTags("Identities").WithName("detachIdentity")
            .WithSummary("Take an address out of its customer; what it held together stays together");
        RouteGroupBuilder group = app.MapGroup("/v1/identities").WithTags("Identities");
        group.MapGet("{id}", identities.Get).RequireScope(Scopes.CustomersWrite).WithName("getIdentity").WithSummary("Read one address");
        group.MapPatch("{id}", identities.PatchAsync).RequireScope(Scopes.CustomersWrite).WithName("updateIdentity").WithSummary("Block or unblock one address");
        group.MapPost("{id}/close", identities.CloseAsync).RequireScope(Scopes.CustomersWrite).WithName("closeIdentity")
            .WithSummary("Close an address that changed hands; its next message opens a new customer");
    }

    public async Task<Results<Created<CustomerShape>, ProblemHttpResult>> AttachAsync(HttpContext context, string id, NewIdentity body)
    {
        if (!HubId.TryParse(IdPrefix.Customer, id, out long birth))
            return Problem.NotFound("There is no customer with this id.");
        List<(Key Key, NewIdentity Asked)> keys = [];
        List<FieldError> errors = [];
        CustomersApi.Read(body, "identity", keys, errors);
        if (errors.Count > 0)
            return Problem.Invalid([.. errors.Select(e => e with { Field = e.Field["identity.".Length..] })]);
        return await writer.AttachAsync(birth, keys[0], Caller.Of(context).Name, IdempotencyClaim.Of(context)) switch
        {
            null => Problem.NotFound("There is no customer with this id."),
            { OwnedBy: { } owner, Key: { } key } => CustomersApi.Owned(key, owner),
            { Customer: var customer } => TypedResults.Created(CustomerWriter.Location(customer!), customer),
        };
    }

    public async Task<Results<Ok<MergeShape>, ProblemHttpResult>> DetachAsync(HttpContext context, string id, string identityId)
    {
        if (!HubId.TryParse(IdPrefix.Customer, id, out long birth) || !HubId.TryParse(IdPrefix.Identity, identityId, out long identity))
            return Problem.NotFound("There is no such identity on this customer.");
        IdempotencyClaim? claim = IdempotencyClaim.Of(context);
        return MergesApi.Answer(await database.WriteAsync(session =>
        {
            if (IdentityStore.Find(session, identity) is not { } row || IdentityStore.CustomerOf(session, birth) != row.CustomerId)
                return new MergesApi.Outcome(NotFound: true);
            long newId = session.NewId();
            var change = (MergePlan.Change)Merging.Detach(CustomerGraph.Load(session, identity), identity, newId);
            CustomerGraph.Apply(session, change, new ActionInfo(newId, "detach", Caller.Of(context).Name, Reason: null));
            return MergesApi.Remember(session, claim, new MergesApi.Outcome { Shape = MergeShapes.Of(session, change, newId, identity) });
        }));
    }

    public Results<Ok<IdentityShape>, ProblemHttpResult> Get(string id) =>
        HubId.TryParse(IdPrefix.Identity, id, out long identity) && database.Read(session => CustomerReader.FindIdentity(session, identity)) is { } shape
            ? TypedResults.Ok(shape)
            : Problem.NotFound("There is no identity with this id.");

    public async Task<Results<Ok<IdentityShape>, ProblemHttpResult>> PatchAsync(string id, IdentityPatch body)
    {
        if (!HubId.TryParse(IdPrefix.Identity, id, out long identity))
            return Problem.NotFound("There is no identity with this id.");
        if (body.Blocked is not { } blocked)
            return Problem.Invalid("blocked", "is required: true or false");
        return await ChangeAsync(identity, session =>
        {
            if (!CustomerStore.Block(session, identity, blocked))
                return;
            Announce(session, EventType.IdentityBlocked, identity, blocked);
            if (blocked)
                GiveUpWaiting(session, identity, "blocked", "The identity was blocked before this was sent.");
        });
    }

    public async Task<Results<Ok<IdentityShape>, ProblemHttpResult>> CloseAsync(HttpContext context, string id)
    {
        if (!HubId.TryParse(IdPrefix.Identity, id, out long identity))
            return Problem.NotFound("There is no identity with this id.");
        return await ChangeAsync(identity, session => Close(session, identity, Caller.Of(context).Name));
    }

    /// <summary>Closes an identity and tells of it; false if it was closed already.</summary>
    internal static bool Close(WriteSession session, long identity, string actor)
    {
        if (!CustomerStore.Close(session, identity))
            return false;
        Announce(session, EventType.IdentityClosed, identity, blocked: null);
        SuggestionStore.Closed(session, identity, actor);
        // It was meant for whoever had the address, and is not for whoever has it now.
        GiveUpWaiting(session, identity, "closed", "The address changed hands before this was sent.");
        return true;
    }

    private async Task<Results<Ok<IdentityShape>, ProblemHttpResult>> ChangeAsync(long identity, Action<WriteSession> change)
    {
        IdentityShape? shape = await database.WriteAsync(session =>
        {
            if (IdentityStore.Find(session, identity) is null)
                return null;
            change(session);
            return CustomerReader.FindIdentity(session, identity);
        });
        return shape is null ? Problem.NotFound("There is no identity with this id.") : TypedResults.Ok(shape);
    }

    private static void GiveUpWaiting(WriteSession session, long identity, string kind, string detail)
    {
        foreach (OutboxRow unit in OutboxStore.WaitingFor(session, identity))
            SendRecords.GiveUp(session, unit, SentParts.Json(kind, detail));
    }

    private static void Announce(WriteSession session, EventType type, long identity, bool? blocked)
    {
        var data = new JsonObject { ["identity_id"] = HubId.Format(IdPrefix.Identity, identity) };
        if (blocked is { } value)
            data["blocked"] = value;
        session.Append(type, session.Now, identity, IdentityStore.CustomerOf(session, identity), data: data.ToJsonString(ApiJson.Options));
    }
}
