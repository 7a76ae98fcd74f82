using ChannelHub.Options;

namespace ChannelHub.WebChat;

/// <summary>Which pages may talk to a chat. It holds in browsers only: whoever sends no Origin is no page.</summary>
internal static class ChatOrigins
{
    /// <summary>Whether a page of this origin may call.</summary>
    public static bool Allows(WebChatSettings settings, HubOptions options, HttpRequest request, string origin) =>
        settings.AllowedOrigins.Any(allowed => string.Equals(allowed.TrimEnd('/'), origin, StringComparison.OrdinalIgnoreCase)) && origin.Contains("://", StringComparison.Ordinal)
        || string.Equals(origin, $"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase)
        || (options.PublicUrl is { } url && string.Equals(origin, url.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase));

    /// <summary>Lets that page read the answer.</summary>
    public static void Open(HttpResponse response, string origin)
    {
        response.Headers.AccessControlAllowOrigin = origin;
        response.Headers.AccessControlExposeHeaders = "Retry-After";
    }

    /// <summary>Answers the browser's question what it may send.</summary>
    public static void Preflight(HttpResponse response)
    {
        response.Headers.AccessControlAllowMethods = "GET, POST";
        response.Headers.AccessControlAllowHeaders = "authorization, content-type, last-event-id";
        response.Headers.AccessControlMaxAge = "7200";
        response.StatusCode = StatusCodes.Status204NoContent;
    }
}
