using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Api;

/// <summary>Turns whatever goes wrong into a problem answer: exceptions, and statuses that were set without a word.</summary>
public sealed partial class ApiErrors(ILogger<ApiErrors> log)
{
    /// <summary>Runs <paramref name="next"/> and does not throw. An answer that had already begun is broken off, so that nobody takes it for whole.</summary>
    public async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception exception)
        {
            await AnswerAsync(context, exception);
            return;
        }
        if (IsBare(context.Response))
            await OfStatus(context.Response.StatusCode).ExecuteAsync(context);
    }

    private async Task AnswerAsync(HttpContext context, Exception exception)
    {
        bool abandoned = context.RequestAborted.IsCancellationRequested; // whatever went wrong, nobody waits for the answer
        ProblemHttpResult? answer = abandoned ? null : Of(context, exception);
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }
        string? retryAfter = exception is StoreUnavailableException ? "5" : null;
        context.Response.Clear();
        SecurityHeaders.Apply(context);
        context.Response.Headers.RetryAfter = retryAfter;
        if (answer is null)
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        else
            await answer.ExecuteAsync(context);
    }

    private ProblemHttpResult Of(HttpContext context, Exception exception)
    {
        switch (exception)
        {
            case BadHttpRequestException bad:
                return RequestFaults.Read(bad);
            case StoreUnavailableException unavailable:
                NotStored(log, context.TraceIdentifier, unavailable.Message);
                return Problem.Unavailable();
            default:
                Failed(log, exception, context.TraceIdentifier);
                return Problem.Of(StatusCodes.Status500InternalServerError, "internal", "The hub failed",
                    "This is a fault of the hub. Its log tells more under this request_id.");
        }
    }

    private static bool IsBare(HttpResponse response) =>
        response.StatusCode >= StatusCodes.Status400BadRequest && !response.HasStarted && response.ContentType is null && response.ContentLength is null;

    private static ProblemHttpResult OfStatus(int status) => status switch
    {
        StatusCodes.Status404NotFound => Problem.NotFound("There is nothing at this address."),
        StatusCodes.Status405MethodNotAllowed => Problem.Of(status, "method-not-allowed", "Method not allowed", "The methods that work here are in the Allow header."),
        StatusCodes.Status415UnsupportedMediaType => RequestFaults.UnsupportedMediaType(),
        StatusCodes.Status503ServiceUnavailable => Problem.Unavailable(),
        _ => Problem.Of(status, "http-" + status, Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status), "The request was refused."),
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} was answered 503: {Reason}")]
    private static partial void NotStored(ILogger log, string requestId, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Request {RequestId} failed")]
    private static partial void Failed(ILogger log, Exception exception, string requestId);
}
