using System.Net;
using System.Net.Sockets;

namespace ChannelHub.Tests.Publishing;

/// <summary>Stands between the hub and the broker. Cut, it ends all connections where they are and refuses others until it is mended.</summary>
internal sealed class CuttableProxy : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Uri broker;
    private readonly Lock gate = new();
    private readonly HashSet<Socket> open = [];
    private long budget = long.MaxValue;
    private bool isCut;
    private int callers;

    public CuttableProxy(bool cut = false)
    {
        broker = new Uri(RabbitFactAttribute.Broker!);
        isCut = cut;
        listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>The broker's address through this proxy.</summary>
    public string Address => Uri(broker.UserInfo);

    public bool IsCut => Volatile.Read(ref isCut);

    /// <summary>How often somebody connected, refused or not.</summary>
    public int Callers => Volatile.Read(ref callers);

    /// <summary>The same for another user.</summary>
    public string Uri(string user) => $"amqp://{user}@127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}{broker.AbsolutePath}";

    /// <summary>Lets so many more bytes pass to the broker and then cuts, wherever in an event that is.</summary>
    public void CutAfter(int bytes) => Interlocked.Exchange(ref budget, bytes);

    public void Mend()
    {
        Interlocked.Exchange(ref budget, long.MaxValue);
        Volatile.Write(ref isCut, false);
    }

    public void Dispose()
    {
        Cut();
        listener.Dispose();
    }

    private void Cut()
    {
        lock (gate)
        {
            Volatile.Write(ref isCut, true);
            foreach (Socket socket in open)
                socket.Dispose();
            open.Clear();
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket hub;
            try
            {
                hub = await listener.AcceptSocketAsync();
            }
            catch (Exception over) when (over is SocketException or ObjectDisposedException)
            {
                return;
            }
            Interlocked.Increment(ref callers);
            var target = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            lock (gate)
            {
                if (isCut)
                {
                    hub.Dispose();
                    target.Dispose();
                    continue;
                }
                open.Add(hub);
                open.Add(target);
            }
            await target.ConnectAsync(broker.Host, broker.Port);
            _ = PassAsync(hub, target, isCounted: true);
            _ = PassAsync(target, hub, isCounted: false);
        }
    }

    private async Task PassAsync(Socket from, Socket to, bool isCounted)
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (await from.ReceiveAsync(buffer) is var read and > 0)
            {
                long left = isCounted ? Interlocked.Add(ref budget, -read) : 0;
                await to.SendAsync(buffer.AsMemory(0, (int)Math.Max(0, read + Math.Min(left, 0))));
                if (left < 0)
                    Cut();
            }
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            // Cut, or one of the two hung up.
        }
        from.Dispose();
        to.Dispose();
    }
}
