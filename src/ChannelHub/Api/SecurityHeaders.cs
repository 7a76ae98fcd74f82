using Microsoft.Extensions.Primitives;

namespace ChannelHub.Api;

/// <summary>
/// What every answer tells browsers: show nothing of this inside other pages, run nothing of it, guess no types, keep it nowhere. Pages and files that
/// are meant to be shown or kept say so in their own endpoint.
/// </summary>
public static class SecurityHeaders
{
    /// <summary>The policy of what is not a page.</summary>
    public const string NothingPolicy = "default-src 'none'; frame-ancestors 'none'";

    private static readonly StringValues NoSniff = "nosniff";
    private static readonly StringValues NoReferrer = "no-referrer";
    private static readonly StringValues Deny = "DENY";
    private static readonly StringValues SameOrigin = "same-origin";
    private static readonly StringValues CrossOrigin = "cross-origin";
    private static readonly StringValues Nothing = NothingPolicy;
    private static readonly StringValues NoStore = "no-store";

    public static void Apply(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers["X-Request-Id"] = context.TraceIdentifier;
        headers.XContentTypeOptions = NoSniff;
        headers["Referrer-Policy"] = NoReferrer;
        headers.XFrameOptions = Deny;
        headers.ContentSecurityPolicy = Nothing;
        headers["Cross-Origin-Opener-Policy"] = SameOrigin;
        headers["Cross-Origin-Resource-Policy"] = IsForShops(context.Request.Path) ? CrossOrigin : SameOrigin;
        headers.CacheControl = NoStore;
    }

    /// <summary>For the way in, which is not for browsers and counts every microsecond.</summary>
    public static void ApplyToHook(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.XContentTypeOptions = NoSniff;
        headers.ContentSecurityPolicy = Nothing;
    }

    /// <summary>The shop's own pages, on another origin, load the widget and talk to the chat.</summary>
    private static bool IsForShops(PathString path) => path.StartsWithSegments("/chat") || path.StartsWithSegments("/widget.js");
}
