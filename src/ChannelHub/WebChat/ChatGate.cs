using ChannelHub.Api;
using ChannelHub.Channels;
using ChannelHub.Options;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.WebChat;

/// <summary>What every call on a chat passes: there is such a chat, and the page may talk to it. Also where a store that cannot be written is told.</summary>
public sealed class ChatGate(ChannelDirectory channels, Database database, HubOptions options) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        HttpContext http = context.HttpContext;
        IHeaderDictionary headers = http.Response.Headers;
        headers.Vary = "Origin";
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        if (channels.Find((string)http.GetRouteValue("channel")!) is not { Enabled: true, Account: WebChatChannel chat } channel)
            return Problem.NotFound("There is no chat here.");
        if (http.Request.Headers.Origin is { Count: > 0 } given)
        {
            string origin = given.ToString();
            if (!ChatOrigins.Allows(chat.Settings, options, http.Request, origin))
                return Problem.Of(StatusCodes.Status403Forbidden, "origin-not-allowed", "Not allowed", "The chat does not work on this page.");
            ChatOrigins.Open(http.Response, origin);
        }
        if (HttpMethods.IsPost(http.Request.Method) && !database.CanTakeMore)
            return NotNow(http);
        http.Features.Set(ChatCall.Create(channel, chat.Settings, http.Connection.RemoteIpAddress));
        try
        {
            return await next(context);
        }
        catch (StoreUnavailableException)
        {
            return NotNow(http);
        }
    }

    private static ProblemHttpResult NotNow(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "5";
        return Problem.Of(StatusCodes.Status503ServiceUnavailable, "unavailable", "Not now", "The chat is not available at the moment. Please try again.");
    }

    /// <summary>401 for a token that is nobody's or has ended.</summary>
    public static ProblemHttpResult Ended() =>
        Problem.Of(StatusCodes.Status401Unauthorized, "session-ended", "Session ended", "This chat session has ended.");

    /// <summary>429 with the time after which to come back.</summary>
    public static ProblemHttpResult TooMany(HttpContext context, TimeSpan wait, string detail = "That was too fast. Please wait a moment.")
    {
        context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Problem.Of(StatusCodes.Status429TooManyRequests, "too-many-requests", "Too many requests", detail);
    }
}

/// <summary>For endpoints that ask for a visitor's token.</summary>
public sealed class VisitorGate(VisitorSessions sessions) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        HttpContext http = context.HttpContext;
        var call = ChatCall.Of(http);
        if (sessions.Find(call.Channel, TokenOf(http)) is not { } visitor)
            return ChatGate.Ended();
        await sessions.TouchAsync(visitor);
        http.Features.Set(call with { Visitor = visitor });
        return await next(context);
    }

    /// <summary>The bearer token of a request.</summary>
    public static string? TokenOf(HttpContext context)
    {
        const string scheme = "Bearer ";
        string header = context.Request.Headers.Authorization.ToString();
        return header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? header[scheme.Length..].Trim(' ') : null;
    }
}
