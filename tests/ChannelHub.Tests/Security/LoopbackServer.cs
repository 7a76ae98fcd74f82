using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ChannelHub.Tests.Security;

/// <summary>A listener on one port of both loopback addresses. Without <see cref="Answer"/> it takes no connection; what arrived can be seen.</summary>
public sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener v4;
    private readonly TcpListener v6;

    public LoopbackServer()
    {
        for (; ; )
        {
            v4 = new TcpListener(IPAddress.Loopback, 0);
            v4.Start();
            v6 = new TcpListener(IPAddress.IPv6Loopback, ((IPEndPoint)v4.LocalEndpoint).Port);
            try
            {
                v6.Start();
                return;
            }
            catch (SocketException)
            {
                v4.Dispose(); // The port is taken on the other address.
            }
        }
    }

    public int Port => ((IPEndPoint)v4.LocalEndpoint).Port;

    /// <summary>The kernel completes a connection before anybody accepts it, so this is exact and needs no waiting.</summary>
    public bool WasConnectedTo => v4.Pending() || v6.Pending();

    /// <summary>Takes one connection on 127.0.0.1, reads one request without body, and sends the pieces; then it closes or holds the line.</summary>
    public async Task<string> Answer(string pieces, bool thenClose = true)
    {
        TcpClient client = await v4.AcceptTcpClientAsync();
        NetworkStream stream = client.GetStream();
        var request = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (!request.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            int read = await stream.ReadAsync(buffer);
            if (read == 0)
                break;
            request.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        await stream.WriteAsync(Encoding.ASCII.GetBytes(pieces));
        if (thenClose)
            client.Dispose();
        return request.ToString();
    }

    public void Dispose()
    {
        v4.Dispose();
        v6.Dispose();
    }
}
