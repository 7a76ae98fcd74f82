using ChannelHub.Options;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ChannelHub.Operation;

/// <summary>The limits of every connection. A body's own limit is set where it is read.</summary>
public static class KestrelLimits
{
    public static void Apply(KestrelServerOptions kestrel, HubOptions options)
    {
        kestrel.AddServerHeader = false;
        HttpLimits http = options.Http;
        KestrelServerLimits limits = kestrel.Limits;
        limits.MaxRequestHeadersTotalSize = http.HeaderBytes;
        limits.MaxRequestHeaderCount = http.HeaderCount;
        limits.MaxRequestLineSize = http.RequestLineBytes;
        limits.MaxConcurrentConnections = http.Connections;
        limits.MaxRequestBodySize = options.Api.BodyBytes;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(http.HeaderSeconds);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(http.KeepAliveSeconds);
        limits.MinRequestBodyDataRate = new MinDataRate(http.BodyBytesPerSecond, TimeSpan.FromSeconds(http.BodyGraceSeconds));
    }
}
