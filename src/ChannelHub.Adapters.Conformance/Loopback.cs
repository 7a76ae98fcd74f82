using System.Net.Sockets;

namespace ChannelHub.Adapters.Conformance;

/// <summary>Connections for adapters under test; to this machine only, so that no test leaves it.</summary>
public static class Loopback
{
    /// <summary>Connects as a <see cref="DialAsync"/> does.</summary>
    public static async ValueTask<Stream> DialAsync(string host, int port, CancellationToken cancellation)
    {
        if (host is not ("127.0.0.1" or "localhost" or "::1"))
            throw new IOException("a test wants to leave the machine");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException failure)
        {
            socket.Dispose();
            throw new IOException("the address cannot be reached", failure);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
