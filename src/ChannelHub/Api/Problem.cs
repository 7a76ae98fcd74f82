using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Api;

/// <summary>Errors as clients see them: <c>application/problem+json</c> with a stable type, and what to do about it.</summary>
public static class Problem
{
    private const string Types = "/problems/";

    /// <summary>400: something in the request is wrong; every error at once.</summary>
    public static ProblemHttpResult Invalid(params IReadOnlyList<Adapters.FieldError> errors)
    {
        var byField = errors.GroupBy(e => e.Field).ToDictionary(g => g.Key, g => g.Select(e => e.Message).ToArray());
        return TypedResults.Problem(
            detail: string.Join("; ", errors.Select(e => e.Field.Length == 0 ? e.Message : $"{e.Field}: {e.Message}")),
            statusCode: StatusCodes.Status400BadRequest, title: "The request is invalid", type: Types + "invalid",
            extensions: [new("errors", byField)]);
    }

    /// <summary>400 for one field.</summary>
    public static ProblemHttpResult Invalid(string field, string message) => Invalid(new Adapters.FieldError(field, message));

    /// <summary>404: no such thing, or not for this caller.</summary>
    public static ProblemHttpResult NotFound(string what) => Of(StatusCodes.Status404NotFound, "not-found", "Not found", what);

    /// <summary>409: the request does not fit what is there.</summary>
    public static ProblemHttpResult Conflict(string slug, string detail) => Of(StatusCodes.Status409Conflict, slug, "Conflict", detail);

    /// <summary>409 on changing a customer that was merged away; names the survivor.</summary>
    public static ProblemHttpResult MergedAway(string survivor) => TypedResults.Problem(
        detail: $"This customer was merged into {survivor}; change that one.", statusCode: StatusCodes.Status409Conflict, title: "Conflict",
        type: Types + "merged-away", extensions: [new("survivor", survivor)]);

    /// <summary>412: somebody else was faster.</summary>
    public static ProblemHttpResult LostRace() => Of(StatusCodes.Status412PreconditionFailed, "precondition-failed", "Changed meanwhile",
        "The resource has changed since its ETag was read; read it again and repeat the change.");

    /// <summary>503: the store cannot be written; nothing was kept.</summary>
    public static ProblemHttpResult Unavailable() => Of(StatusCodes.Status503ServiceUnavailable, "unavailable", "Cannot store now",
        "Nothing was stored. Repeat the request after the time in Retry-After.");

    /// <summary><see cref="Unavailable"/> with the seconds after which to come back.</summary>
    public static Task ComeBackAsync(HttpContext context, string seconds = "5")
    {
        context.Response.Headers.RetryAfter = seconds;
        return Unavailable().ExecuteAsync(context);
    }

    /// <summary>Any other.</summary>
    public static ProblemHttpResult Of(int status, string slug, string title, string detail) =>
        TypedResults.Problem(detail: detail, statusCode: status, title: title, type: Types + slug);
}
