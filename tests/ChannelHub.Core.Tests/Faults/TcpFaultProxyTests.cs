using System.Net;
using System.Net.Sockets;
using ChannelHub.Faults;

namespace ChannelHub.Core.Tests.Faults;

/// <summary>The proxy does the harm that a run asks of it, and heals.</summary>
public sealed class TcpFaultProxyTests : IDisposable
{
    private readonly TcpListener server = new(IPAddress.Loopback, 0);
    private readonly TcpFaultProxy proxy;

    public TcpFaultProxyTests()
    {
        server.Start();
        proxy = new TcpFaultProxy(((IPEndPoint)server.LocalEndpoint).Port);
    }

    public void Dispose()
    {
        proxy.Dispose();
        server.Dispose();
    }

    [Fact]
    public async Task Bytes_pass_both_ways()
    {
        (TcpClient near, TcpClient far) = await ConnectAsync();
        (await PassesAsync(near, far)).ShouldBeTrue();
        (await PassesAsync(far, near)).ShouldBeTrue();
    }

    [Fact]
    public async Task Cut_resets_what_is_open_and_lets_others_in()
    {
        (TcpClient near, _) = await ConnectAsync();
        proxy.Cut();
        await Should.ThrowAsync<IOException>(async () => await near.GetStream().ReadExactlyAsync(new byte[1]));
        (TcpClient again, TcpClient far) = await ConnectAsync();
        (await PassesAsync(again, far)).ShouldBeTrue();
    }

    [Fact]
    public async Task Refuse_lets_nobody_in_until_it_ends()
    {
        proxy.Set(TcpFault.Refuse);
        await Should.ThrowAsync<SocketException>(async () => await ConnectAsync());
        proxy.Set(TcpFault.None);
        (TcpClient near, TcpClient far) = await ConnectAsync();
        (await PassesAsync(near, far)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_black_hole_swallows_nothing_and_gives_it_out_when_it_ends()
    {
        (TcpClient near, TcpClient far) = await ConnectAsync();
        proxy.Set(TcpFault.BlackHole);
        await near.GetStream().WriteAsync("x"u8.ToArray());
        Task<int> read = far.GetStream().ReadAsync(new byte[1]).AsTask();
        read.IsCompleted.ShouldBeFalse();
        proxy.Set(TcpFault.None);
        (await read).ShouldBe(1);
    }

    private async Task<(TcpClient Near, TcpClient Far)> ConnectAsync()
    {
        var near = new TcpClient();
        await near.ConnectAsync(IPAddress.Loopback, proxy.Port);
        return (near, await server.AcceptTcpClientAsync());
    }

    private static async Task<bool> PassesAsync(TcpClient from, TcpClient to)
    {
        byte[] got = new byte[3];
        await from.GetStream().WriteAsync("abc"u8.ToArray());
        await to.GetStream().ReadExactlyAsync(got);
        return got.AsSpan().SequenceEqual("abc"u8);
    }
}
