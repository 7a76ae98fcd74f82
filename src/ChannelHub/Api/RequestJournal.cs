using System.Diagnostics;
using ChannelHub.Core.Ids;
using ChannelHub.Operation;

namespace ChannelHub.Api;

/// <summary>
/// Around every request but those of the hooks: headers, errors, metrics, one line in the log. The line names the path and never the query, where
/// people put what they should not.
/// </summary>
public sealed partial class RequestJournal(ApiErrors errors, HubMetrics metrics, TimeProvider clock, ILogger<RequestJournal> log)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        long began = clock.GetTimestamp();
        HttpRequest request = context.Request;
        string method = request.Method;
        SecurityHeaders.Apply(context);
        if (HttpMethods.IsHead(method))
            AnswerLikeGet(request);
        try
        {
            await errors.GuardAsync(context, next);
        }
        finally
        {
            TimeSpan took = clock.GetElapsedTime(began);
            string route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "none";
            metrics.Answered(method, route, context.Response.StatusCode, took);
            Tag(method, route, context.Response.StatusCode);
            Write(context, method, took);
        }
    }

    /// <summary>The server sends no body to HEAD whatever the endpoint writes; a stream would be held open for nobody.</summary>
    private static void AnswerLikeGet(HttpRequest request)
    {
        request.Method = HttpMethods.Get;
        request.Headers.Accept = default;
    }

    private static void Tag(string method, string route, int status)
    {
        if (Activity.Current is not { IsAllDataRequested: true } activity)
            return;
        activity.DisplayName = $"{method} {route}";
        activity.SetTag("http.request.method", method).SetTag("http.route", route).SetTag("http.response.status_code", status);
    }

    private void Write(HttpContext context, string method, TimeSpan took)
    {
        int status = context.Response.StatusCode;
        LogLevel level = status >= StatusCodes.Status500InternalServerError ? LogLevel.Warning : LogLevel.Debug;
        if (log.IsEnabled(level))
            Line(log, level, method, context.Request.Path.Value, status, took.TotalMilliseconds, HubId.Format(IdPrefix.ApiKey, context.Features.Get<Caller>()?.KeyId), context.TraceIdentifier);
    }

    [LoggerMessage(Message = "{Method} {Path} {Status} in {Milliseconds:0.0} ms by key {Key}, request {RequestId}")]
    private static partial void Line(ILogger log, LogLevel level, string method, string? path, int status, double milliseconds, string? key, string requestId);
}
