using System.Globalization;
using ChannelHub.Api;
using ChannelHub.Security;
using ChannelHub.Storage.Access;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Primitives;

namespace ChannelHub.Access;

/// <summary>Lets a request through to an endpoint that asks for a scope, or says why not. Reads pass here thousands of times a second.</summary>
public sealed class ApiAccess(ApiKeyCache keys, Database database)
{
    private static readonly string[] NamesOfKeys = ["access_token", "api_key", "apikey", "api-key"];

    /// <summary>Goes on to <paramref name="admitted"/> with a key that may, to <paramref name="open"/> where no key is asked for.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate open, RequestDelegate admitted)
    {
        if (context.GetEndpoint()?.Metadata is not { } endpoint || endpoint.GetMetadata<RequiredScope>() is not { } required
            || (endpoint.GetMetadata<LinkInstead>() is not null && LinkInstead.IsIn(context.Request)))
            return open(context);
        return Refuse(context, required.Scope) is { } refusal ? refusal.ExecuteAsync(context) : admitted(context);
    }

    /// <summary>Judges the request's key; null when it may, and then the request has a <see cref="Caller"/>.</summary>
    public ProblemHttpResult? Refuse(HttpContext context, string scope)
    {
        if (context.Request.QueryString.HasValue && KeyInQuery(context.Request.Query) is { } name)
        {
            return Problem.Invalid(name, "is or looks like an API key, and query strings end up in logs; "
                + "send keys as 'Authorization: Bearer …' and revoke one that was sent like this");
        }
        StringValues header = context.Request.Headers.Authorization;
        if (header.Count == 0)
            return Unauthorised(context, "Bearer", "This needs an API key: Authorization: Bearer chk_…");
        DateTimeOffset now = database.Clock.GetUtcNow();
        if (header.Count > 1 || !ApiKeys.TryRead(header[0], out ReadOnlySpan<char> text) || keys.Find(text) is not { } key || key.IsExpired(now))
            return Unauthorised(context, "Bearer error=\"invalid_token\"", "The API key is unknown, revoked or expired.");
        if (key.Rate is { } rate && !rate.TryTake(out TimeSpan wait))
            return TooMany(context, wait);
        if (!key.Caller.Has(scope))
            return Forbidden(context, scope);
        long at = now.ToUnixTimeMilliseconds();
        if (key.ShouldNoteUse(at))
            _ = NoteUseAsync(key.Caller.KeyId, at);
        context.Features.Set(key.Caller);
        return null;
    }

    private static ProblemHttpResult Unauthorised(HttpContext context, string challenge, string detail)
    {
        context.Response.Headers.WWWAuthenticate = challenge;
        return Problem.Of(StatusCodes.Status401Unauthorized, "unauthorized", "Not authorised", detail);
    }

    private static ProblemHttpResult Forbidden(HttpContext context, string scope)
    {
        context.Response.Headers.WWWAuthenticate = $"Bearer error=\"insufficient_scope\", scope=\"{scope}\"";
        return Problem.Of(StatusCodes.Status403Forbidden, "missing-scope", "Not allowed", $"The API key lacks the scope '{scope}'.");
    }

    private static ProblemHttpResult TooMany(HttpContext context, TimeSpan wait)
    {
        context.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return Problem.Of(StatusCodes.Status429TooManyRequests, "rate-limited", "Too many requests", "The API key has used up its calls; go on after the time in Retry-After.");
    }

    private static string? KeyInQuery(IQueryCollection query)
    {
        foreach ((string name, StringValues values) in query)
        {
            if (NamesOfKeys.Contains(name, StringComparer.OrdinalIgnoreCase))
                return name;
            foreach (string? value in values)
            {
                if (value is not null && ApiKeys.LooksLikeKey(value))
                    return name;
            }
        }
        return null;
    }

    // Nobody waits for it, and if the store is away the next minute writes it.
    private async Task NoteUseAsync(long id, long at)
    {
        try
        {
            await database.WriteAsync(session => ApiKeyStore.Used(session, id, at));
        }
        catch (StoreUnavailableException)
        {
            return;
        }
    }
}
