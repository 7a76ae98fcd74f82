using System.Text.Json;
using ChannelHub.Api;
using ChannelHub.Core.Ids;
using ChannelHub.Messages;
using ChannelHub.Security;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Conversations;

/// <summary>One thread over all channels.</summary>
public sealed class ThreadApi(Database database, MessageReader reader)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        ThreadApi thread = app.ServiceProvider.GetRequiredService<ThreadApi>();
        app.MapGet("/v1/conversations/{id}/messages", thread.List).RequireScope(Scopes.ConversationsRead).WithTags("Messages").WithName("listMessages")
            .WithSummary("Read the thread, newest first").Produces<Page<MessageShape>>()
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);
    }

    /// <param name="id">Conversation (<c>cnv_…</c>), any id that resolves to it.</param>
    /// <param name="order"><c>desc</c> (default, newest first) or <c>asc</c>.</param>
    /// <param name="before">Only messages before this one in the thread.</param>
    /// <param name="after">Only messages after this one in the thread.</param>
    /// <param name="limit">1 to 200; default 50.</param>
    /// <param name="cursor">From the last page.</param>
    public IResult List(string id, string? order = null, string? before = null, string? after = null, string? limit = null, string? cursor = null)
    {
        if (order is not null and not ("asc" or "desc"))
            return Problem.Invalid("order", "must be asc or desc");
        Span<long> key = stackalloc long[3];
        if (!Paging.TryLimit(limit, out int most, out ProblemHttpResult? problem) || (cursor is not null && !Paging.TryDecode(cursor, key, out problem)))
            return problem!;
        if (!HubId.TryParse(IdPrefix.Conversation, id, out long birth))
            return Problem.NotFound("There is no conversation with this id.");
        bool newestFirst = order != "asc";
        ThreadPosition? from = cursor is null ? null : new ThreadPosition(key[0], key[1], key[2]);
        return database.Read(session => Page(session, birth, newestFirst, from, before, after, most));
    }

    private IResult Page(Session session, long birth, bool newestFirst, ThreadPosition? from, string? before, string? after, int most)
    {
        if (IdentityStore.CustomerOf(session, birth) is not { } customer)
            return Problem.NotFound("There is no conversation with this id.");
        long[] identities = [.. IdentityStore.OfCustomer(session, customer).Select(i => i.Id)];
        var range = new ThreadRange(from, newestFirst);
        if (!TryBound(session, before, "before", identities, out ThreadPosition? upper, out ProblemHttpResult? problem)
            || !TryBound(session, after, "after", identities, out ThreadPosition? lower, out problem))
            return problem!;
        List<MessageRow> rows = MessageStore.Thread(session, identities, range with { Before = upper, After = lower }, most + 1);
        string? next = rows.Count > most ? Paging.Encode(rows[most - 1].OccurredAt, rows[most - 1].Sequence, rows[most - 1].Id) : null;
        if (rows.Count > most)
            rows.RemoveAt(most);
        var page = new Page<MessageShape>(reader.Render(session, rows), next);
        return Answers.Json(target =>
        {
            using Utf8JsonWriter json = MessageJson.Writer(target);
            MessageJson.Write(json, page);
        });
    }

    private static bool TryBound(Session session, string? messageId, string field, long[] identities, out ThreadPosition? bound, out ProblemHttpResult? problem)
    {
        bound = null;
        problem = null;
        if (messageId is null)
            return true;
        if (HubId.TryParse(IdPrefix.Message, messageId, out long id) && MessageStore.Find(session, id) is { } message && identities.Contains(message.IdentityId))
        {
            bound = new ThreadPosition(message.OccurredAt, message.Sequence, message.Id);
            return true;
        }
        problem = Problem.Invalid(field, "is not a message of this conversation");
        return false;
    }
}
