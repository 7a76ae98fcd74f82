using System.Net;
using System.Net.Sockets;

namespace ChannelHub.Security;

/// <summary>Resolves a host name to addresses.</summary>
public delegate Task<IPAddress[]> ResolveHost(string host, CancellationToken cancellation);

/// <summary>
/// Makes every connection that an adapter, a media worker or a webhook asks for, and judges it by the address it really connects to: names
/// are resolved here, all their addresses judged, and the connection made to a judged address, so that a second look-up cannot differ.
/// </summary>
/// <param name="allowed">Inner ranges that the operator has opened.</param>
/// <param name="resolve">Looks names up.</param>
/// <param name="connectTimeout">For look-up and connecting together.</param>
/// <param name="clock">Measures it.</param>
/// <param name="log">Tells the operator what a caller is not told: why.</param>
public sealed class EgressGuard(
    IReadOnlyList<EgressAllowance> allowed, ResolveHost resolve, TimeSpan connectTimeout, TimeProvider clock, ILogger<EgressGuard> log)
{
    /// <summary>All that a caller ever learns; refused, filtered, closed and unknown look alike, or the hub would be a port scanner.</summary>
    public const string CannotBeReached = "the address cannot be reached";

    private const int MostAddresses = 16;

    /// <summary>Looks names up as the system does.</summary>
    public static Task<IPAddress[]> SystemResolver(string host, CancellationToken cancellation) => Dns.GetHostAddressesAsync(host, cancellation);

    /// <summary>Why a connection to the address is refused, or null when it is allowed.</summary>
    public string? Refusal(IPAddress address, int port)
    {
        address = NetworkRange.Plain(address);
        if (IsOpened(address, port))
        {
            // Who opens the NAT64 prefix wants to reach the public internet through it, not every inner address.
            IPAddress? behind = EgressRanges.BehindNat64(address);
            return behind is null || IsOpened(behind, port) ? null : EgressRanges.Refusal(behind);
        }
        return EgressRanges.Refusal(address) ?? (IsThisMachine(address) ? "this machine" : null);
    }

    /// <summary>
    /// Connects, or throws an <see cref="IOException"/> with <see cref="CannotBeReached"/>. Running out of time is such an exception too and
    /// not a cancellation: whoever sees a cancellation must think that something may have left.
    /// </summary>
    public async ValueTask<Stream> ConnectAsync(string host, int port, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(connectTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            IPAddress[] addresses = await AddressesAsync(host, port, either.Token);
            return new NetworkStream(await ConnectAnyAsync(addresses, port, either.Token), ownsSocket: true);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            log.LogInformation("Connecting to {Host}:{Port} took too long", Shown(host), port);
        }
        catch (Exception fault) when (fault is SocketException or ArgumentException)
        {
            log.LogInformation("Connecting to {Host}:{Port} failed: {Reason}", Shown(host), port, (fault as SocketException)?.SocketErrorCode.ToString() ?? "not a host name");
        }
        throw new IOException(CannotBeReached);
    }

    private async Task<IPAddress[]> AddressesAsync(string host, int port, CancellationToken cancellation)
    {
        string name = host.Trim('[', ']');
        // The resolver may take its time to notice a cancellation; we do not.
        IPAddress[] addresses = IPAddress.TryParse(name, out IPAddress? literal) ? [literal] : await resolve(name, cancellation).WaitAsync(cancellation);
        if (addresses.Length == 0)
            throw new SocketException((int)SocketError.HostNotFound);
        foreach (IPAddress address in addresses)
        {
            if (Refusal(address, port) is { } reason)
            {
                log.LogWarning("Refused to connect to {Host}:{Port}: {Address} is {Reason}. CHANNELHUB_EGRESS_ALLOW can open it", Shown(host), port, address, reason);
                throw new IOException(CannotBeReached);
            }
        }
        return Ordered(addresses.Select(NetworkRange.Plain));
    }

    // The resolver's order, but the first of each family before the second of any.
    private static IPAddress[] Ordered(IEnumerable<IPAddress> addresses) =>
        [.. addresses.GroupBy(a => a.AddressFamily).SelectMany(family => family.Index()).OrderBy(a => a.Index).Select(a => a.Item).Take(MostAddresses)];

    // One after the other. Each may use half of what time is left, so that an address family that goes nowhere does not keep the
    // other from being tried.
    private async Task<Socket> ConnectAnyAsync(IPAddress[] addresses, int port, CancellationToken cancellation)
    {
        long begun = clock.GetTimestamp();
        for (int i = 0; ; i++)
        {
            bool isLast = i == addresses.Length - 1;
            using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            using var end = new CancellationTokenSource(isLast ? Timeout.InfiniteTimeSpan : Half(connectTimeout - clock.GetElapsedTime(begun)), clock);
            await using CancellationTokenRegistration stop = end.Token.Register(turn.Cancel);
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(addresses[i], port), turn.Token);
                return socket;
            }
            catch (Exception fault) when (!isLast && !cancellation.IsCancellationRequested && fault is SocketException or OperationCanceledException)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private static TimeSpan Half(TimeSpan left) => left > TimeSpan.Zero ? left / 2 : TimeSpan.Zero;

    private bool IsOpened(IPAddress address, int port)
    {
        foreach (EgressAllowance allowance in allowed)
        {
            if (allowance.Covers(address, port))
                return true;
        }
        return false;
    }

    // A public address of this very machine leads to its inner services as loopback does. Towards itself the kernel
    // picks the same address as source; nothing is sent by connecting a datagram socket.
    private static bool IsThisMachine(IPAddress address)
    {
        try
        {
            using var probe = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            probe.Connect(address, 9);
            return probe.LocalEndPoint is IPEndPoint local && local.Address.Equals(address);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string Shown(string host) => host.Length <= 255 ? host : host[..255];
}
