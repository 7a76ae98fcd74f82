using System.Net;

namespace ChannelHub.Security;

/// <summary>
/// Makes the HTTP clients of everything that leaves the hub on behalf of a channel, a customer's file or a webhook. They connect through
/// the guard, keep no cookies, follow no redirects, use no proxy from the environment, decompress nothing, and end in time: the deadline
/// of a client covers connecting, sending, waiting and reading the answer to its end.
/// </summary>
public sealed class GuardedHttp : IDisposable
{
    private const int MostHeaderKilobytes = 32;

    private readonly SocketsHttpHandler sockets;
    private readonly TimeProvider clock;
    private readonly ILogger<GuardedHttp> log;

    /// <summary>Keep one for the life of the program: connections are pooled in it.</summary>
    /// <param name="guard">Makes the connections.</param>
    /// <param name="connectTimeout">The guard's timeout; the TLS handshake may take as long again.</param>
    /// <param name="clock">Measures deadlines.</param>
    /// <param name="log">Gets host and reason, never path or query: some providers put a token there.</param>
    public GuardedHttp(EgressGuard guard, TimeSpan connectTimeout, TimeProvider clock, ILogger<GuardedHttp> log)
    {
        this.clock = clock;
        this.log = log;
        sockets = new SocketsHttpHandler
        {
            ConnectCallback = (context, cancellation) => guard.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellation),
            ConnectTimeout = connectTimeout * 2,
            UseCookies = false,
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            PreAuthenticate = false,
            Credentials = null,
            MaxResponseHeadersLength = MostHeaderKilobytes,
            MaxResponseDrainSize = 64 * 1024,
            ResponseDrainTimeout = TimeSpan.FromSeconds(2),
            // Shorter than servers usually wait, so that a request seldom meets a connection that is just being closed.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            // A connection is judged when it is made; after this it is made and judged anew.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            // Neither trace headers for strangers nor activities, whose URL would carry a token in the path.
            ActivityHeadersPropagator = null,
        };
    }

    /// <summary>Makes a client. Disposing it does not close the pooled connections.</summary>
    /// <param name="purpose">Names it in the log: <c>channel</c>, <c>media</c>, <c>webhook</c>.</param>
    /// <param name="deadline">For one request with its whole answer.</param>
    public HttpClient Create(string purpose, TimeSpan deadline) =>
        new(new GuardedHandler(sockets, purpose, deadline, clock, log), disposeHandler: false)
        {
            // The handler keeps the deadline, to the end of the body, and logs it; this one only shows it to adapters and comes too late.
            Timeout = deadline + TimeSpan.FromSeconds(1),
            MaxResponseContentBufferSize = 16 * 1024 * 1024,
            DefaultRequestHeaders = { { "User-Agent", "ChannelHub" } },
        };

    /// <summary>Closes all connections.</summary>
    public void Dispose() => sockets.Dispose();
}
