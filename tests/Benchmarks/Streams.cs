using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace ChannelHub.Benchmarks;

/// <summary>A webhook in, its event on every live stream: how long that takes at a steady rate, and what the hub's processor does meanwhile.</summary>
internal static class Streams
{
    private const int Port = 18093;
    private const int WarmSeconds = 10; // as long as most of the program is being compiled
    private const int Seconds = 10;

    public static async Task RunAsync(string folder, int streams, int perSecond)
    {
        using Server hub = await Server.StartHubAsync(Port, Path.Combine(folder, "streams"), Ingest.AdminKey, ("CHANNELHUB_EVENTS__STREAMS_PER_KEY", "100000"));
        string channel = await Ingest.AddChannelAsync(Port);
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue }) { BaseAddress = new Uri($"http://127.0.0.1:{Port}"), Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Ingest.AdminKey);
        var posted = new ConcurrentDictionary<int, long>();
        var latencies = new ConcurrentQueue<double>();
        long seen = 0;
        using var stop = new CancellationTokenSource();
        var open = new CountdownEvent(streams);
        Task[] readers = [.. Enumerable.Range(0, streams).Select(i => ReadAsync(client, listen: i % 50 == 0))];
        open.Wait();
        var begun = Stopwatch.StartNew();
        Task posting = Task.WhenAll(Enumerable.Range(0, 8).Select(lane => PostAsync(client, channel, lane, begun)));
        await Task.Delay(TimeSpan.FromSeconds(WarmSeconds));
        TimeSpan before = hub.Cpu;
        var watch = Stopwatch.StartNew();
        await posting;
        await Task.Delay(500);
        double cores = (hub.Cpu - before).TotalSeconds / watch.Elapsed.TotalSeconds;
        await stop.CancelAsync();
        await Task.WhenAll(readers);
        double[] all = [.. latencies.Order()];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {streams} streams, {posted.Count / (double)(WarmSeconds + Seconds):F0} messages/s | p50 {LoadGenerator.At(all, 0.5):F1} ms, p99 {LoadGenerator.At(all, 0.99):F1} ms; {cores:F2} cores; {hub.MemoryMegabytes():F0} MB; {Interlocked.Read(ref seen)} lines on streams |"));

        async Task ReadAsync(HttpClient http, bool listen)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events?types=message.received") { Headers = { Accept = { new("text/event-stream") } } };
            using HttpResponseMessage answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            answer.EnsureSuccessStatusCode();
            using Stream body = await answer.Content.ReadAsStreamAsync();
            open.Signal();
            try
            {
                await DrainAsync(body, listen);
            }
            catch (OperationCanceledException)
            {
                // The measurement is over.
            }
        }

        async Task DrainAsync(Stream body, bool listen)
        {
            if (!listen)
            {
                byte[] bytes = new byte[65536];
                while (true)
                    await body.ReadAsync(bytes, stop.Token);
            }
            using var lines = new StreamReader(body);
            while (await lines.ReadLineAsync(stop.Token) is { } line)
            {
                if (!line.StartsWith("data:", StringComparison.Ordinal))
                    continue;
                int at = line.IndexOf("mark ", StringComparison.Ordinal) + 5;
                int number = int.Parse(line.AsSpan(at, 9), CultureInfo.InvariantCulture);
                if (number >= perSecond * WarmSeconds)
                    latencies.Enqueue(Stopwatch.GetElapsedTime(posted[number]).TotalMilliseconds);
                Interlocked.Increment(ref seen);
            }
        }

        async Task PostAsync(HttpClient http, string to, int lane, Stopwatch clock)
        {
            for (int i = lane; i < perSecond * (WarmSeconds + Seconds); i += 8)
            {
                double due = i / (double)perSecond;
                if (due - clock.Elapsed.TotalSeconds is > 0 and var wait)
                    await Task.Delay(TimeSpan.FromSeconds(wait));
                posted[i] = Stopwatch.GetTimestamp();
                int sender = 100_000_000 + (i % 10_000);
                using var request = new HttpRequestMessage(HttpMethod.Post, "/hooks/" + to)
                {
                    Content = new StringContent(string.Create(CultureInfo.InvariantCulture,
                        $$$"""{"update_id":{{{i}}},"message":{"message_id":{{{i}}},"from":{"id":{{{sender}}},"is_bot":false,"first_name":"Ada"},"chat":{"id":{{{sender}}},"type":"private","first_name":"Ada"},"date":{{{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}}},"text":"mark {{{i:D9}}}"}}"""), Encoding.UTF8, "application/json"),
                    Headers = { { "X-Telegram-Bot-Api-Secret-Token", Ingest.Secret } },
                };
                using HttpResponseMessage answer = await http.SendAsync(request);
                answer.EnsureSuccessStatusCode();
            }
        }
    }
}
