using ChannelHub.Api;
using ChannelHub.Storage.Search;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Search;

/// <summary>Answers with what was found.</summary>
internal static class Found
{
    /// <summary>An answer; while the index is being built, only what is certain is told.</summary>
    /// <param name="context">The request.</param>
    /// <param name="page">What was found.</param>
    /// <param name="answer">Makes the answer of what was found and the cursor of the next page.</param>
    /// <param name="building">Makes the answer that says to come back.</param>
    public static T Answer<T>(HttpContext context, SearchPage page, Func<IReadOnlyList<long>, string?, T> answer, Func<ProblemHttpResult, T> building)
    {
        if (page is not { Building: { } progress, Found.Count: 0 })
            return answer(page.Found, page.Next is { } next ? Paging.Encode(next) : null);
        context.Response.Headers.RetryAfter = "5";
        return building(StillBuilding(progress));
    }

    private static ProblemHttpResult StillBuilding(SearchProgress progress) => Problem.Of(StatusCodes.Status503ServiceUnavailable, "search-building",
        "The search is being built", progress.Total == 0
            ? "The search index is about to be built. Repeat the request in a moment."
            : $"The search index is being built, newest first, and holds {Math.Min(100, 100 * progress.Built / progress.Total)} % of what there is; what is asked for is not among it. Repeat the request later.");
}
