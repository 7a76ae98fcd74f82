using System.Net;
using ChannelHub.Access;
using ChannelHub.Api;
using ChannelHub.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Operation;

/// <summary>
/// <c>/metrics</c>: for a key with scope admin; without a key only for a scraper on this machine. A request that came through a proxy comes from anywhere,
/// and one under another name may be a page in a browser on this machine.
/// </summary>
public sealed class MetricsEndpoint(OpenMetrics metrics, ApiAccess access)
{
    private static readonly string[] ProxyHeaders =
    [
        "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Original-For", "X-Original-Proto", "X-Real-IP",
        "X-Forwarded-Server", "X-Forwarded-Port", "True-Client-IP", "CF-Connecting-IP",
    ];

    public static void Map(IEndpointRouteBuilder app)
    {
        MetricsEndpoint endpoint = app.ServiceProvider.GetRequiredService<MetricsEndpoint>();
        app.MapGet("/metrics", endpoint.Render).ExcludeFromDescription();
    }

    private Results<ContentHttpResult, ProblemHttpResult> Render(HttpContext context)
    {
        bool needsKey = context.Request.Headers.Authorization.Count > 0 || !IsFromHere(context);
        if (needsKey && access.Refuse(context, Scopes.Admin) is { } refusal)
            return refusal;
        return TypedResults.Text(metrics.Render(), OpenMetrics.ContentType);
    }

    private static bool IsFromHere(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } peer && IPAddress.IsLoopback(NetworkRange.Plain(peer)) && IsLoopbackName(context.Request.Host.Host)
        && !Array.Exists(ProxyHeaders, context.Request.Headers.ContainsKey);

    private static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));
}
