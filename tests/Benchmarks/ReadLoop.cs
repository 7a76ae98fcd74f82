using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ChannelHub.Benchmarks;

/// <summary>A closed loop of GETs over bare sockets: each connection asks again as soon as it has the whole answer.</summary>
internal sealed class ReadLoop(int port, string key)
{
    public LoadResult Run(int connections, double seconds, Func<Random, string> path)
    {
        var latencies = new List<double>[connections];
        int failed = 0;
        var watch = Stopwatch.StartNew();
        Thread[] threads = [.. Enumerable.Range(0, connections).Select(i => new Thread(() => latencies[i] = Read(i, watch, seconds, path, ref failed)) { IsBackground = true })];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        double[] all = [.. latencies.SelectMany(l => l).Order()];
        return new LoadResult(all.Length / watch.Elapsed.TotalSeconds, LoadGenerator.At(all, 0.5), LoadGenerator.At(all, 0.99), failed);
    }

    private List<double> Read(int connection, Stopwatch watch, double seconds, Func<Random, string> path, ref int failed)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect("127.0.0.1", port);
        var random = new Random(connection);
        var latencies = new List<double>(8192);
        byte[] answer = new byte[1024 * 1024];
        while (watch.Elapsed.TotalSeconds < seconds)
        {
            byte[] request = Encoding.ASCII.GetBytes($"GET {path(random)} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n");
            long started = Stopwatch.GetTimestamp();
            socket.Send(request);
            int length = 0;
            while (!IsWhole(answer.AsSpan(0, length)))
                length += socket.Receive(answer, length, answer.Length - length, SocketFlags.None);
            latencies.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (!answer.AsSpan(0, length).StartsWith("HTTP/1.1 200"u8))
                Interlocked.Increment(ref failed);
        }
        return latencies;
    }

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        int end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;
        ReadOnlySpan<byte> head = answer[..end];
        int length = head.IndexOf("Content-Length: "u8);
        if (length < 0)
            return answer.EndsWith("\r\n0\r\n\r\n"u8);
        ReadOnlySpan<byte> number = head[(length + 16)..];
        int line = number.IndexOf((byte)'\r');
        return answer.Length >= end + 4 + int.Parse(line < 0 ? number : number[..line], CultureInfo.InvariantCulture);
    }
}
