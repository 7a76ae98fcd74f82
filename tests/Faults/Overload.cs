using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace ChannelHub.Faults;

/// <summary>
/// Ten times what the hub can sustain, for minutes. Batches of a hundred, so that taking one costs much more than sending it, and the load itself can be had from
/// the same machine; if it cannot, that is said.
/// </summary>
internal sealed class Overload(World world) : IDisposable
{
    private const int BatchSize = 100;
    private const int Times = 10;
    private const int MostInFlight = 2_000;
    private const long MostGrowth = 150;
    private static readonly TimeSpan LongestAccepted = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRecovery = TimeSpan.FromSeconds(30);

    private readonly HttpClient client = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly HubNode hub = world.Nodes[0];
    private readonly Uri hook = new(world.Nodes[0].Address, "/hooks/" + world.Channels.First(c => !c.IsTelegram).Id);
    private readonly ConcurrentDictionary<string, int> wrong = new();
    private readonly ConcurrentBag<int> taken = []; // the first message of each batch
    private ConcurrentBag<double> accepted = [];
    private ConcurrentBag<double> refused = [];
    private int next;
    private int inFlight;
    private int heldBack;

    public static async Task<bool> RunAsync(bool postgres, int seconds)
    {
        await using World world = await World.StartAsync(postgres, nodes: 1);
        using var overload = new Overload(world);
        return await overload.RunAsync(TimeSpan.FromSeconds(seconds));
    }

    public void Dispose() => client.Dispose();

    private async Task<bool> RunAsync(TimeSpan time)
    {
        await SustainAsync(TimeSpan.FromSeconds(5)); // warm
        double sustainable = await SustainAsync(TimeSpan.FromSeconds(10));
        (accepted, refused) = ([], []);
        List<long> memory = await StormAsync(sustainable * Times, time);
        (double[] yes, double[] no) = ([.. accepted.Order()], [.. refused.Order()]);
        TimeSpan recovery = await RecoveryAsync();

        double offered = (yes.Length + no.Length) / time.TotalSeconds;
        Console.WriteLine($"overload: sustainable {sustainable * BatchSize:F0} messages/s in {sustainable:F0} calls/s; then for {time.TotalSeconds:F0} s {offered:F0} calls/s, {offered / sustainable:F1} times that");
        if (heldBack > 0)
            Console.WriteLine($"not offered, because {MostInFlight} calls were under way: {heldBack / time.TotalSeconds:F0} calls/s");
        Console.WriteLine($"accepted {yes.Length / time.TotalSeconds:F0} calls/s, {Spread(yes)}; refused with 503 and Retry-After {no.Length / time.TotalSeconds:F0} calls/s, {Spread(no)}");
        Console.WriteLine($"recovered after {recovery.TotalSeconds:F1} s; memory in MB: {string.Join(' ', memory)}");
        foreach ((string answer, int count) in wrong)
            Console.WriteLine($"BROKEN: {count} × {answer}");
        bool kept = await IsKeptAsync();
        return kept && wrong.IsEmpty && no.Length > 0 && At(yes, 0.99) < LongestAccepted.TotalSeconds && recovery < LongestRecovery && memory[^1] - memory[memory.Count / 4] < MostGrowth;

        static string Spread(double[] sorted) => $"p50 {At(sorted, 0.5) * 1000:F0} ms, p99 {At(sorted, 0.99) * 1000:F0} ms, longest {At(sorted, 1) * 1000:F0} ms";
    }

    private static double At(double[] sorted, double share) => sorted.Length == 0 ? double.PositiveInfinity : sorted[(int)((sorted.Length - 1) * share)];

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

    /// <summary>Until twenty in a row are taken in time, and nothing is under way any more.</summary>
    private async Task<TimeSpan> RecoveryAsync()
    {
        var watch = Stopwatch.StartNew();
        for (int good = 0; good < 20 && watch.Elapsed < TimeSpan.FromMinutes(2);)
        {
            long began = Stopwatch.GetTimestamp();
            good = await PostAsync() && Stopwatch.GetElapsedTime(began) < LongestAccepted ? good + 1 : 0;
        }
        while (Volatile.Read(ref inFlight) > 0)
            await Task.Delay(50);
        return watch.Elapsed;
    }

    /// <summary>Sends a batch; true if it was taken.</summary>
    private async Task<bool> PostAsync()
    {
        int first = Interlocked.Add(ref next, BatchSize) - BatchSize;
        Interlocked.Increment(ref inFlight);
        try
        {
            long began = Stopwatch.GetTimestamp();
            using var request = new HttpRequestMessage(HttpMethod.Post, hook) { Content = Batch(first) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", World.Secret);
            using HttpResponseMessage answer = await client.SendAsync(request);
            double took = Stopwatch.GetElapsedTime(began).TotalSeconds;
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                accepted.Add(took);
                taken.Add(first);
                return true;
            }
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable && answer.Headers.RetryAfter is not null)
                refused.Add(took);
            else
                wrong.AddOrUpdate($"{(int)answer.StatusCode}", 1, (_, n) => n + 1);
        }
        catch (Exception gone) when (gone is HttpRequestException or OperationCanceledException)
        {
            wrong.AddOrUpdate(gone.Message, 1, (_, n) => n + 1);
        }
        finally
        {
            Interlocked.Decrement(ref inFlight);
        }
        return false;
    }

    /// <summary>Spelled out rather than built of nodes: the time is the hub's.</summary>
    private static ByteArrayContent Batch(int first)
    {
        IEnumerable<string> messages = Enumerable.Range(first, BatchSize).Select(n => $$$"""
            {"type":"message.received","timestamp":"2026-09-21T12:00:00Z","data":{"external_id":"m{{{n}}}","sender":{"external_id":"u{{{n % 10_000}}}","name":"Ada"},"content":[{"type":"text","text":"in {{{n}}}"}]}}
            """);
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes($$"""{"type":"batch","data":[{{string.Join(',', messages)}}]}"""));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    /// <summary>Whether what was acknowledged is there, once, and nothing that nobody sent.</summary>
    private async Task<bool> IsKeptAsync()
    {
        byte[] seen = new byte[next];
        int ghosts = 0;
        await foreach (JsonNode told in Feed.ReadAsync(hub.Client))
        {
            if ((string)told["type"]! != "message.received")
                continue;
            int number = int.Parse(((string)told["data"]!["parts"]![0]!["text"]!).AsSpan(3));
            if (number < seen.Length)
                seen[number]++;
            else
                ghosts++;
        }
        int lost = taken.Sum(first => seen.AsSpan(first, BatchSize).Count((byte)0));
        int doubles = seen.Count(times => times > 1);
        Console.WriteLine($"messages: acknowledged {taken.Count * BatchSize}, there {seen.Count(times => times > 0)}, lost {lost}, ghost {ghosts}, double {doubles}");
        return lost == 0 && ghosts == 0 && doubles == 0;
    }
}
