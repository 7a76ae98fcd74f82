using ChannelHub.Api;
using ChannelHub.Core.Ids;
using ChannelHub.Security;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Customers;

/// <summary>Erasing a person.</summary>
internal sealed class ErasureApi(CustomerErasure erasure, Database database)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        ErasureApi api = app.ServiceProvider.GetRequiredService<ErasureApi>();
        app.MapDelete("/v1/customers/{id}", api.DeleteAsync).RequireScope(Scopes.CustomersWrite).WithTags("Customers").WithName("eraseCustomer")
            .WithSummary("Erase a person: their addresses, names, messages and files; it cannot be undone").ProducesProblem(404).ProducesProblem(409);
    }

    /// <summary>
    /// Everything the hub knows of the person goes, over all channels, and every id of theirs is unknown from then on (404). Events stay in their places without
    /// what they told, and <c>customer.erased</c> tells others to let go of their copies. Whoever writes again is a new customer.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="id"><c>cus_…</c>, the survivor's own.</param>
    public async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(HttpContext context, string id)
    {
        if (!HubId.TryParse(IdPrefix.Customer, id, out long birth) || database.Read(session => IdentityStore.CustomerOf(session, birth)) is not { } customer)
            return NotFound();
        if (customer != birth)
            return Problem.MergedAway(HubId.Format(IdPrefix.Customer, customer));
        return await erasure.EraseAsync(birth, Caller.Of(context).Name, IdempotencyClaim.Of(context)) ? TypedResults.NoContent() : NotFound();
    }

    private static ProblemHttpResult NotFound() => Problem.NotFound("There is no customer with this id.");
}
