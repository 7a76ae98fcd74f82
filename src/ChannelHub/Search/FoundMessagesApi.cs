using ChannelHub.Api;
using ChannelHub.Core.Search;
using ChannelHub.Messages;
using ChannelHub.Security;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;
using ChannelHub.Storage.Search;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Search;

/// <summary>Messages that were found.</summary>
public sealed class FoundMessagesApi(Database database, FullText search, MessageReader reader)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        FoundMessagesApi messages = app.ServiceProvider.GetRequiredService<FoundMessagesApi>();
        app.MapGet("/v1/messages", messages.List).RequireScope(Scopes.ConversationsRead).WithTags("Messages").WithName("searchMessages")
            .WithSummary("Find messages by their words, newest first");
    }

    /// <param name="context">The request.</param>
    /// <param name="q">Words that the message or its subject holds, all of them; of the last word its beginning is enough. Case and accents do not count. What was written in the last second may be missing.</param>
    /// <param name="limit">1 to 200; default 50.</param>
    /// <param name="cursor">From the last page.</param>
    public Results<Ok<Page<MessageShape>>, ProblemHttpResult> List(HttpContext context, string? q = null, string? limit = null, string? cursor = null)
    {
        Span<long> before = [long.MaxValue];
        if (!Paging.TryLimit(limit, out int most, out ProblemHttpResult? problem) || (cursor is not null && !Paging.TryDecode(cursor, before, out problem)))
            return problem;
        if (!SearchQuery.TryParse(q ?? "", out SearchQuery? query, out string? wrong))
            return Problem.Invalid("q", wrong);
        return Found.Answer<Results<Ok<Page<MessageShape>>, ProblemHttpResult>>(
            context, search.Messages(query, before[0], most), (found, next) => TypedResults.Ok(new Page<MessageShape>(Render(found), next)), building => building);
    }

    private List<MessageShape> Render(IReadOnlyList<long> ids) => database.Read(session =>
    {
        Dictionary<long, MessageRow> rows = MessageStore.FindAll(session, [.. ids]).ToDictionary(row => row.Id);
        return reader.Render(session, [.. ids.Where(rows.ContainsKey).Select(id => rows[id])]); // one may have been erased meanwhile
    });
}
