using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace ChannelHub.Benchmarks;

/// <summary>What a load measured.</summary>
internal sealed record LoadResult(double PerSecond, double P50, double P99, int Failed);

/// <summary>
/// A closed loop over bare sockets: each connection posts a new Telegram text update as soon as the last one was answered. Every id is new; senders
/// are drawn from as many as told. Loopback only.
/// </summary>
internal sealed class LoadGenerator(int port, string path, string? secret, int senders = 10_000)
{
    private const int Regulars = 10_000;

    private long next = DateTimeOffset.UtcNow.ToUnixTimeSeconds() % 100_000 * 20_000;

    public LoadResult Run(int connections, double seconds) => Run(connections, seconds, long.MaxValue);

    /// <summary>Posts a number of updates, as fast as they are taken.</summary>
    public LoadResult Fill(int connections, int count) => Run(connections, double.MaxValue, next + count);

    private LoadResult Run(int connections, double seconds, long last)
    {
        var latencies = new List<double>[connections];
        int failed = 0;
        var watch = Stopwatch.StartNew();
        Thread[] threads = [.. Enumerable.Range(0, connections).Select(i => new Thread(() =>
        {
            latencies[i] = Post(i, watch, seconds, last, ref failed);
        })
        { IsBackground = true })];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        double[] all = [.. latencies.SelectMany(l => l).Order()];
        return new LoadResult(all.Length / watch.Elapsed.TotalSeconds, At(all, 0.5), At(all, 0.99), failed);
    }

    private List<double> Post(int connection, Stopwatch watch, double seconds, long last, ref int failed)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect("127.0.0.1", port);
        var random = new Random(connection);
        var latencies = new List<double>(8192);
        byte[] answer = new byte[4096];
        while (watch.Elapsed.TotalSeconds < seconds && Interlocked.Read(ref next) < last)
        {
            byte[] request = Request(Interlocked.Increment(ref next), Sender(random, senders));
            long started = Stopwatch.GetTimestamp();
            socket.Send(request);
            int length = 0;
            do
            {
                int got = socket.Receive(answer, length, answer.Length - length, SocketFlags.None);
                if (got == 0)
                    return latencies;
                length += got;
            }
            while (answer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) < 0);
            latencies.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (!answer.AsSpan(0, length).StartsWith("HTTP/1.1 200"u8))
                Interlocked.Increment(ref failed);
        }
        return latencies;
    }

    /// <summary>The update a provider would push.</summary>
    internal static byte[] Update(long number, int sender)
    {
        string account = Account(sender);
        return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $$$"""{"update_id":{{{number}}},"message":{"message_id":{{{number}}},"from":{"id":{{{account}}},"is_bot":false,"first_name":"Ada{{{account}}}","last_name":"Load","username":"ada{{{account}}}","language_code":"en"},"chat":{"id":{{{account}}},"first_name":"Ada{{{account}}}","last_name":"Load","username":"ada{{{account}}}","type":"private"},"date":{{{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}}},"text":"{{{Text(number)}}}"}}"""));
    }

    /// <summary>Half of what is written comes from regulars.</summary>
    internal static int Sender(Random random, int senders) => random.Next(random.Next(2) == 0 ? Math.Min(senders, Regulars) : senders);

    internal static string Account(int sender) => (100_000_000 + sender).ToString(CultureInfo.InvariantCulture);

    internal static string Text(long number) => string.Create(CultureInfo.InvariantCulture, $"Hello, my order has not arrived yet, could you please tell me where the parcel is right now? Ref {number}");

    private byte[] Request(long number, int sender)
    {
        byte[] body = Update(number, sender);
        string authentic = secret is null ? "" : $"X-Telegram-Bot-Api-Secret-Token: {secret}\r\n";
        return [.. Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{authentic}Content-Length: {body.Length}\r\n\r\n"), .. body];
    }

    internal static double At(double[] sorted, double share) => sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];
}
