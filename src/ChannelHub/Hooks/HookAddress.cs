using ChannelHub.Options;

namespace ChannelHub.Hooks;

/// <summary>Under what address the world calls a channel.</summary>
public static class HookAddress
{
    /// <summary>The hook of a channel; null while no public address is configured.</summary>
    public static Uri? Of(HubOptions options, string channelId) =>
        options.PublicUrl is { } url ? new Uri(url.AbsoluteUri.TrimEnd('/') + "/hooks/" + channelId) : null;

    /// <summary>The hook of a channel as a client is shown it: where no public address is configured, under the one the client itself has used.</summary>
    public static string Shown(HubOptions options, HttpContext context, string channelId) =>
        Of(options, channelId)?.AbsoluteUri ?? $"{Origin(context.Request)}/hooks/{channelId}";

    /// <summary>
    /// The address a provider called, for schemes that sign it. It comes from the settings; the request's own Host is somebody's claim and only used where
    /// no public address is configured.
    /// </summary>
    public static Uri Of(HubOptions options, HttpContext context)
    {
        HttpRequest request = context.Request;
        return Uri.TryCreate(Origin(options, context) + request.Path.ToUriComponent() + request.QueryString.ToUriComponent(), UriKind.Absolute, out Uri? url)
            ? url
            : new Uri("http://localhost/");
    }

    /// <summary>The hub's own address without a slash behind: as configured, else as the caller knows it.</summary>
    public static string Origin(HubOptions options, HttpContext context) => options.PublicUrl?.AbsoluteUri.TrimEnd('/') ?? Origin(context.Request);

    private static string Origin(HttpRequest request) => $"{request.Scheme}://{(request.Host.HasValue ? request.Host.Value : "localhost")}";
}
