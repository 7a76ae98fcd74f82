using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ChannelHub.Tests.Attachments;

/// <summary>A host of files that answers each connection with exactly these bytes and then closes it, whatever HTTP says of that.</summary>
internal sealed class MediaHost : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Func<int, byte[]> answer;
    private int connections;

    /// <param name="answer">What the n-th connection gets, from 1.</param>
    public MediaHost(Func<int, byte[]> answer)
    {
        this.answer = answer;
        listener.Start();
        _ = ServeAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public int Connections => Volatile.Read(ref connections);

    public string Url(string path = "/file") => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}{path}");

    /// <summary>An answer that announces a length of its own.</summary>
    public static byte[] Answer(string status, byte[] body, long? announced, string headers = "") =>
        [.. Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{headers}{(announced is null ? "" : $"Content-Length: {announced}\r\n")}Connection: close\r\n\r\n"), .. body];

    public void Dispose() => listener.Dispose();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync();
                NetworkStream stream = client.GetStream();
                byte[] request = new byte[8192];
                _ = await stream.ReadAsync(request);
                await stream.WriteAsync(answer(Interlocked.Increment(ref connections)));
                client.Client.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or IOException)
        {
            // The test is over, or the hub has hung up.
        }
    }
}
