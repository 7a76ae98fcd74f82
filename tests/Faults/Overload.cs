using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace ChannelHub.Faults;

/// <summary>
/// Ten times what the hub can sustain, for minutes. Batches of twenty, so that taking one costs much more than sending it, and the load itself can be had from
/// the same machine.
/// </summary>
internal sealed class Overload(World world) : IDisposable
{
    private const int BatchSize = 20;
    private const int Times = 10;
    private const int MostInFlight = 20_000;
    private const long MostGrowth = 150;
    private static readonly TimeSpan LongestAccepted = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRecovery = TimeSpan.FromSeconds(30);

    private readonly HttpClient client = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly Channel channel = world.Channels.First(c => !c.IsTelegram);
    private readonly HubNode hub = world.Nodes[0];
    private readonly History history = new();
    private readonly ConcurrentDictionary<string, int> wrong = new();
    private ConcurrentBag<double> accepted = [];
    private int next;
    private int refused;
    private int inFlight;
    private int heldBack;

    public static async Task<bool> RunAsync(int seconds)
    {
        await using World world = await World.StartAsync(postgres: false, nodes: 1);
        using var overload = new Overload(world);
        return await overload.RunAsync(TimeSpan.FromSeconds(seconds));
    }

    public void Dispose() => client.Dispose();

    private async Task<bool> RunAsync(TimeSpan time)
    {
        await SustainAsync(TimeSpan.FromSeconds(5)); // warm
        double sustainable = await SustainAsync(TimeSpan.FromSeconds(10));
        accepted = [];
        List<long> memory = await StormAsync(sustainable * Times, time);
        double[] latencies = [.. accepted.Order()];
        TimeSpan p99 = TimeSpan.FromSeconds(latencies.Length == 0 ? 999 : latencies[(int)(latencies.Length * 0.99)]);
        TimeSpan recovery = await RecoveryAsync();
        long growth = memory[^1] - memory[memory.Count / 4];
        Console.WriteLine($"overload: sustainable {sustainable * BatchSize:F0} messages/s in {sustainable:F0} calls/s; {Times} times that for {time.TotalSeconds:F0} s: accepted {latencies.Length / time.TotalSeconds:F0}/s with p99 {p99.TotalMilliseconds:F0} ms, refused with 503 and Retry-After {refused / time.TotalSeconds:F0}/s, held back by the load itself {heldBack / time.TotalSeconds:F0}/s");
        Console.WriteLine($"recovered after {recovery.TotalSeconds:F1} s; memory in MB: {string.Join(' ', memory)}");
        foreach ((string answer, int count) in wrong)
            Console.WriteLine($"BROKEN: {count} × {answer}");
        Verdict verdict = await JudgeAsync();
        Console.WriteLine($"messages: {verdict}");
        return verdict.Holds && wrong.IsEmpty && refused > 0 && p99 < LongestAccepted && recovery < LongestRecovery && growth < MostGrowth;
    }

    /// <summary>As fast as the hub takes them with some always waiting; answers calls a second.</summary>
    private async Task<double> SustainAsync(TimeSpan time)
    {
        var watch = Stopwatch.StartNew();
        int before = accepted.Count;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            while (watch.Elapsed < time)
                await PostAsync();
        }));
        return (accepted.Count - before) / watch.Elapsed.TotalSeconds;
    }

    /// <summary>Begins so many calls a second, whatever becomes of them; answers the hub's memory from time to time.</summary>
    private async Task<List<long>> StormAsync(double perSecond, TimeSpan time)
    {
        List<long> memory = [];
        var watch = Stopwatch.StartNew();
        for (long begun = 0; watch.Elapsed < time; await Task.Delay(5))
        {
            for (; begun < watch.Elapsed.TotalSeconds * perSecond; begun++)
            {
                if (Volatile.Read(ref inFlight) < MostInFlight)
                    _ = PostAsync();
                else
                    heldBack++;
            }
            if (watch.Elapsed.TotalSeconds > memory.Count * time.TotalSeconds / 20)
                memory.Add(hub.ResidentMegabytes);
        }
        return memory;
    }

    /// <summary>Until twenty in a row are taken in time.</summary>
    private async Task<TimeSpan> RecoveryAsync()
    {
        var watch = Stopwatch.StartNew();
        for (int good = 0; good < 20 && watch.Elapsed < TimeSpan.FromMinutes(2);)
        {
            int before = refused;
            long began = Stopwatch.GetTimestamp();
            good = await PostAsync() && refused == before && Stopwatch.GetElapsedTime(began) < LongestAccepted ? good + 1 : 0;
        }
        TimeSpan recovery = watch.Elapsed;
        while (Volatile.Read(ref inFlight) > 0)
            await Task.Delay(50);
        return recovery;
    }

    private async Task<bool> PostAsync()
    {
        int first = Interlocked.Add(ref next, BatchSize);
        string[] texts = [.. Enumerable.Range(first, BatchSize).Select(n => $"in {n}")];
        Interlocked.Increment(ref inFlight);
        foreach (string text in texts)
            history.Called(text);
        try
        {
            long began = Stopwatch.GetTimestamp();
            using HttpRequestMessage request = World.Batch(hub, channel, first, texts);
            using HttpResponseMessage answer = await client.SendAsync(request);
            if (answer.StatusCode != HttpStatusCode.OK)
                return Refuse(answer, texts);
            accepted.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            foreach (string text in texts)
                history.Ok(text);
            return true;
        }
        catch (Exception gone) when (gone is HttpRequestException or OperationCanceledException)
        {
            wrong.AddOrUpdate(gone.Message, 1, (_, n) => n + 1);
            return false;
        }
        finally
        {
            Interlocked.Decrement(ref inFlight);
        }
    }

    private bool Refuse(HttpResponseMessage answer, string[] texts)
    {
        foreach (string text in texts)
            history.Refused(text);
        if (answer.StatusCode == HttpStatusCode.ServiceUnavailable && answer.Headers.RetryAfter is not null)
            Interlocked.Increment(ref refused);
        else
            wrong.AddOrUpdate($"{(int)answer.StatusCode}", 1, (_, n) => n + 1);
        return false;
    }

    private async Task<Verdict> JudgeAsync()
    {
        List<string> seen = [];
        await foreach (JsonNode told in Feed.ReadAsync(hub.Client))
        {
            if ((string)told["type"]! == "message.received")
                seen.Add((string)told["data"]!["parts"]![0]!["text"]!);
        }
        return history.Check(seen);
    }
}
