using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using ChannelHub.Api;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Search;
using ChannelHub.Search;
using ChannelHub.Security;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;
using ChannelHub.Storage.Search;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Conversations;

/// <summary>How far the shop has read.</summary>
/// <param name="UpTo">The newest message read (<c>msg_…</c>).</param>
public sealed record ReadMark(string? UpTo);

/// <summary>Conversations: one for each customer.</summary>
public sealed class ConversationsApi(Database database, FullText search, ConversationReader reader)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        ConversationsApi conversations = app.ServiceProvider.GetRequiredService<ConversationsApi>();
        RouteGroupBuilder group = app.MapGroup("/v1/conversations").WithTags("Conversations");
        group.MapGet("", conversations.List).RequireScope(Scopes.ConversationsRead).WithName("listConversations").WithSummary("List conversations")
            .Produces<Page<ConversationShape>>();
        group.MapGet("{id}", conversations.Get).RequireScope(Scopes.ConversationsRead).WithName("getConversation").WithSummary("Read a conversation by any of its ids");
        group.MapPost("{id}/read", conversations.MarkReadAsync).RequireScope(Scopes.ConversationsWrite).WithName("markRead").WithSummary("The shop has read up to a message");
    }

    /// <param name="context">The request.</param>
    /// <param name="channel">Only those that run over this channel.</param>
    /// <param name="q">Only those of which one message, or the names and addresses of one identity, hold all of these words; of the last word its beginning is enough. Case and accents do not count. Newest hit first; what was written in the last second may be missing.</param>
    /// <param name="updatedSince">Only those with a message since this time (RFC 3339).</param>
    /// <param name="unread">true: only unread ones; false: only read ones.</param>
    /// <param name="order"><c>activity</c> (default): newest first, a walk may miss what moves. <c>created</c>: oldest first, complete; not together with <c>q</c>.</param>
    /// <param name="limit">1 to 200; default 50.</param>
    /// <param name="cursor">From the last page.</param>
    public IResult List(
        HttpContext context, string? channel = null, string? q = null, [Microsoft.AspNetCore.Mvc.FromQuery(Name = "updated_since")] string? updatedSince = null,
        string? unread = null, string? order = null, string? limit = null, string? cursor = null)
    {
        bool byCreation = order == "created";
        if (order is not null and not ("created" or "activity"))
            return Problem.Invalid("order", "must be activity or created");
        if (q is not null && byCreation)
            return Problem.Invalid("order", "cannot be created together with q: the newest hit comes first");
        SearchQuery? query = null;
        if (!string.IsNullOrWhiteSpace(q) && !SearchQuery.TryParse(q, out query, out string? wrong))
            return Problem.Invalid("q", wrong);
        Span<long> from = query is not null ? [long.MaxValue] : byCreation ? [0] : [long.MaxValue, long.MaxValue];
        if (!Paging.TryLimit(limit, out int most, out ProblemHttpResult? problem)
            || !TryFilter(channel, updatedSince, unread, out ConversationFilter? filter, out problem)
            || (cursor is not null && !Paging.TryDecode(cursor, from, out problem)))
            return problem!;
        long first = from[0];
        long second = from[^1];
        if (query is not null)
        {
            return Found.Answer<IResult>(context, search.Conversations(query, filter, first, most), (found, next) => database.Read(session =>
                Answers.Json(new Page<ConversationShape>(reader.Render(session, found), next))), building => building);
        }
        return database.Read(session =>
        {
            List<ConversationRow> rows = byCreation
                ? ConversationStore.ByCreation(session, filter, first, most + 1)
                : ConversationStore.ByActivity(session, filter, first, second, most + 1);
            List<ConversationRow> shown = [.. rows.Take(most)];
            string? next = rows.Count <= most ? null : byCreation ? Paging.Encode(shown[^1].CustomerId) : Paging.Encode(shown[^1].LastAt, shown[^1].IdentityId);
            return Answers.Json(new Page<ConversationShape>(reader.Render(session, [.. shown.Select(r => r.CustomerId)]), next));
        });
    }

    public Results<Ok<ConversationShape>, ProblemHttpResult> Get(string id) =>
        HubId.TryParse(IdPrefix.Conversation, id, out long birth) && database.Read(session => Find(session, birth)) is { } conversation
            ? TypedResults.Ok(conversation)
            : Problem.NotFound("There is no conversation with this id.");

    public async Task<Results<Ok<ConversationShape>, ProblemHttpResult>> MarkReadAsync(string id, ReadMark body)
    {
        if (!HubId.TryParse(IdPrefix.Conversation, id, out long birth))
            return Problem.NotFound("There is no conversation with this id.");
        if (!HubId.TryParse(IdPrefix.Message, body.UpTo, out long messageId))
            return Problem.Invalid("up_to", "must be the id of a message (msg_…)");
        (bool found, ConversationShape? conversation) = await database.WriteAsync(session =>
        {
            if (IdentityStore.CustomerOf(session, birth) is not { } customer)
                return (false, null);
            long[] identities = [.. IdentityStore.OfCustomer(session, customer).Select(i => i.Id)];
            if (MessageStore.Find(session, messageId) is not { } message || !identities.Contains(message.IdentityId))
                return (true, (ConversationShape?)null);
            if (ConversationStore.MarkRead(session, identities, message))
            {
                var data = new JsonObject { ["conversation_id"] = HubId.Format(IdPrefix.Conversation, customer), ["up_to"] = body.UpTo };
                session.Append(EventType.ConversationRead, session.Now, message.IdentityId, customer, data: data.ToJsonString());
            }
            return (true, Find(session, customer));
        });
        return !found ? Problem.NotFound("There is no conversation with this id.")
            : conversation is null ? Problem.Invalid("up_to", "is not a message of this conversation")
            : TypedResults.Ok(conversation);
    }

    private ConversationShape? Find(Session session, long birth) =>
        IdentityStore.CustomerOf(session, birth) is { } customer ? reader.Render(session, [customer])[0] : null;

    private static bool TryFilter(
        string? channel, string? updatedSince, string? unread, [NotNullWhen(true)] out ConversationFilter? filter, [NotNullWhen(false)] out ProblemHttpResult? problem)
    {
        filter = null;
        problem = null;
        long? channelId = null;
        DateTimeOffset since = default;
        if (channel is not null && !HubId.TryParse(IdPrefix.Channel, channel, out long parsed))
            problem = Problem.Invalid("channel", "must be the id of a channel (chn_…)");
        else if (channel is not null)
            channelId = HubId.TryParse(IdPrefix.Channel, channel, out parsed) ? parsed : null;
        if (updatedSince is not null && !DateTimeOffset.TryParse(updatedSince, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out since))
            problem = Problem.Invalid("updated_since", "must be a time such as 2026-01-31T12:00:00Z");
        if (unread is not null and not ("true" or "false"))
            problem = Problem.Invalid("unread", "must be true or false");
        if (problem is not null)
            return false;
        filter = new ConversationFilter(channelId, updatedSince is null ? null : since.ToUnixTimeMilliseconds(), unread is null ? null : unread == "true", Customers: null);
        return true;
    }
}
