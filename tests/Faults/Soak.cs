using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace ChannelHub.Faults;

/// <summary>
/// No harm but time: messages and answers at a steady rate, and everything that reads beside them. What grows without end, leaks connections or loses an event
/// when a stream is opened anew is seen here.
/// </summary>
internal sealed class Soak(World world, CancellationToken over)
{
    private const int Senders = 5_000;
    private const int Samples = 24;
    private const double MostGrowth = 30;
    private static readonly TimeSpan StreamLife = TimeSpan.FromSeconds(60);

    private readonly HubNode hub = world.Nodes[0];
    private readonly Dictionary<string, int> wrong = [];
    private long told;
    private int streams;
    private int reads;

    public static async Task<bool> RunAsync(bool postgres, int seconds)
    {
        await using World world = await World.StartAsync(postgres, nodes: 1);
        using var load = new Load(world, TimeSpan.FromMilliseconds(100), Senders);
        using var over = new CancellationTokenSource();
        var soak = new Soak(world, over.Token);
        load.Start(perChannel: 4);
        Task[] readers = [soak.FollowAsync(StreamLife), soak.FollowAsync(Timeout.InfiniteTimeSpan), soak.ReadAsync()];
        List<double> memory = await soak.WatchAsync(TimeSpan.FromSeconds(seconds), load);
        await over.CancelAsync();
        await Task.WhenAll(readers);
        await load.StopAsync();
        bool flat = soak.Print(memory);
        return await new Balance(world, load).PrintAsync() && flat;
    }

    /// <summary>The hub's memory from time to time, in MB, each the mean of what was seen since the one before.</summary>
    private async Task<List<double>> WatchAsync(TimeSpan time, Load load)
    {
        List<double> means = [];
        List<long> seen = [];
        var watch = Stopwatch.StartNew();
        while (means.Count < Samples)
        {
            await Task.Delay(TimeSpan.FromSeconds(1));
            seen.Add(hub.ResidentMegabytes);
            if (watch.Elapsed < time * (means.Count + 1) / Samples)
                continue;
            means.Add(seen.Average());
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{watch.Elapsed:h\\:mm\\:ss}  {load.OkCount} taken, {Volatile.Read(ref told)} events, memory {seen.Min()} to {seen.Max()} MB, {Descriptors()} descriptors"));
            seen.Clear();
        }
        return means;
    }

    /// <summary>A live stream, opened anew where the last one ended when its life is over.</summary>
    private async Task FollowAsync(TimeSpan life)
    {
        long position = 0;
        while (!over.IsCancellationRequested)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(over);
            end.CancelAfter(life);
            try
            {
                await foreach (long next in StreamAsync(position, end.Token))
                {
                    if (next != position + 1)
                        Note($"a stream told {next} after {position}");
                    position = next;
                    Volatile.Write(ref told, next);
                }
                Note("a stream was ended by the hub");
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref streams);
            }
        }
    }

    private async IAsyncEnumerable<long> StreamAsync(long after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/events?after={after}") { Headers = { Accept = { new MediaTypeWithQualityHeaderValue("text/event-stream") } } };
        using HttpResponseMessage answer = await hub.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        using var lines = new StreamReader(await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(cancellation));
        while (await lines.ReadLineAsync(cancellation) is { } line)
        {
            if (line.StartsWith("id:", StringComparison.Ordinal))
                yield return long.Parse(line.AsSpan(3), CultureInfo.InvariantCulture);
        }
    }

    /// <summary>What a helpdesk and its operator ask for: the newest conversations, each one's thread, search, channels, metrics.</summary>
    private async Task ReadAsync()
    {
        while (!over.IsCancellationRequested)
        {
            JsonNode? newest = JsonNode.Parse(await GetAsync("/v1/conversations?limit=50"));
            foreach (JsonNode? conversation in newest!["data"]!.AsArray().Take(5))
                await GetAsync($"/v1/conversations/{conversation!["id"]}/messages?limit=50");
            foreach (string path in (string[])[$"/v1/messages?q={reads}&limit=20", "/v1/channels", "/metrics"])
                await GetAsync(path);
            await Task.Delay(TimeSpan.FromMilliseconds(500), over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<byte[]> GetAsync(string path)
    {
        using HttpResponseMessage answer = await hub.Client.GetAsync(path, CancellationToken.None);
        reads++;
        if (answer.StatusCode != HttpStatusCode.OK)
            Note($"{path.Split('?')[0]} answered {(int)answer.StatusCode}");
        return await answer.Content.ReadAsByteArrayAsync(CancellationToken.None);
    }

    private bool Print(List<double> memory)
    {
        double before = memory[(Samples / 4)..(Samples / 2)].Average(), after = memory[^(Samples / 4)..].Average();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"memory: {before:F0} MB in the second quarter, {after:F0} MB in the last; {streams} streams, {reads} reads"));
        foreach ((string what, int times) in wrong)
            Console.WriteLine($"BROKEN: {times} × {what}");
        return wrong.Count == 0 && after - before < MostGrowth;
    }

    private int Descriptors() => Directory.GetFiles($"/proc/{hub.ProcessId}/fd").Length;

    private void Note(string what)
    {
        lock (wrong)
            wrong[what] = wrong.GetValueOrDefault(what) + 1;
    }
}
