using System.Net;
using System.Net.Sockets;

namespace ChannelHub.Faults;

/// <summary>What a <see cref="TcpFaultProxy"/> does with connections.</summary>
internal enum TcpFault
{
    /// <summary>Bytes pass.</summary>
    None,

    /// <summary>Nobody listens: a connection is refused at once.</summary>
    Refuse,

    /// <summary>Connections open and stay open, and nothing passes.</summary>
    BlackHole,
}

/// <summary>Stands between the hub and what it talks to, on a loopback port of its own, and does what networks do.</summary>
internal sealed class TcpFaultProxy : IDisposable
{
    private readonly IPEndPoint target;
    private readonly Lock gate = new();
    private readonly HashSet<Socket> open = [];
    private Socket? listener;
    private TaskCompletionSource passing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool disposed;

    public TcpFaultProxy(int targetPort)
    {
        target = new IPEndPoint(IPAddress.Loopback, targetPort);
        passing.SetResult();
        Listen();
    }

    public int Port { get; private set; }

    /// <summary>How long each piece is held up, in either direction.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Begins a fault or ends it; connections that are open stay so.</summary>
    public void Set(TcpFault fault)
    {
        lock (gate)
        {
            if (fault == TcpFault.BlackHole && passing.Task.IsCompleted)
                passing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (fault != TcpFault.BlackHole)
                passing.TrySetResult();
            if (fault == TcpFault.Refuse)
            {
                listener?.Dispose();
                listener = null;
            }
            else if (listener is null)
                Listen();
        }
    }

    /// <summary>Resets every open connection.</summary>
    public void Cut()
    {
        lock (gate)
        {
            foreach (Socket socket in open)
            {
                // Lingering for no time at all turns the close into a reset.
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
                socket.Dispose();
            }
            open.Clear();
        }
    }

    public void Dispose()
    {
        disposed = true;
        Set(TcpFault.Refuse);
        Cut();
    }

    private void Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, Port));
        socket.Listen(512);
        Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        listener = socket;
        _ = AcceptAsync(socket);
    }

    private async Task AcceptAsync(Socket socket)
    {
        try
        {
            while (true)
                _ = ServeAsync(await socket.AcceptAsync());
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // Nobody listens any more.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        try
        {
            lock (gate)
            {
                if (disposed)
                    return;
                open.Add(client);
                open.Add(server);
            }
            await Passing();
            await server.ConnectAsync(target);
            await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client)).Unwrap();
        }
        catch (Exception cut) when (cut is SocketException or ObjectDisposedException)
        {
            // One side is gone, so is the other.
        }
        finally
        {
            lock (gate)
            {
                open.Remove(client);
                open.Remove(server);
            }
            client.Dispose();
            server.Dispose();
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        byte[] buffer = new byte[64 * 1024];
        while (true)
        {
            int got = await from.ReceiveAsync(buffer);
            await Passing();
            if (got == 0)
                return;
            if (Delay > TimeSpan.Zero)
                await Task.Delay(Delay);
            await Passing();
            for (int sent = 0; sent < got;)
                sent += await to.SendAsync(buffer.AsMemory(sent, got - sent));
        }
    }

    private Task Passing()
    {
        lock (gate)
            return passing.Task;
    }
}
