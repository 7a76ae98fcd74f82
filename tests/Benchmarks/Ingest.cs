using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace ChannelHub.Benchmarks;

/// <summary>The way in over HTTP beside the bare floor, both as processes of their own, interleaved round by round so that a slow hour slows both.</summary>
internal static class Ingest
{
    internal const string AdminKey = "chk_benchmark_key_of_forty_characters_more";
    internal const string Secret = "benchmark-secret";
    private const int FloorPort = 18090;
    private const int HubPort = 18091;

    public static async Task RunAsync(string folder, int rounds, double seconds, bool slowDisk = false)
    {
        int[] connections = [1, 32, 128];
        var results = connections.ToDictionary(c => c, _ => (Floor: new List<LoadResult>(), Hub: new List<LoadResult>()));
        for (int round = 0; round < rounds; round++)
        {
            using (Server floor = await Server.StartFloorAsync(FloorPort, Path.Combine(folder, $"floor{round}.db"), slowDisk))
                Measure(new LoadGenerator(FloorPort, "/hook", secret: null), c => results[c].Floor);
            using Server hub = await Server.StartHubAsync(HubPort, Path.Combine(folder, $"hub{round}"), AdminKey, slowDisk);
            string channel = await AddChannelAsync(HubPort);
            Measure(new LoadGenerator(HubPort, "/hooks/" + channel, Secret), c => results[c].Hub);
            if (!slowDisk)
                Console.WriteLine($"round {round + 1}: hub memory {hub.MemoryMegabytes():F0} MB");
        }

        Console.WriteLine("| connections | floor msg/s (p50 / p99 ms) | hub msg/s (p50 / p99 ms) | rate hub / floor | p99 hub / floor |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (int c in connections)
        {
            LoadResult floor = Median(results[c].Floor);
            LoadResult hub = Median(results[c].Hub);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {c} | {floor.PerSecond:F0} ({floor.P50:F2} / {floor.P99:F1}) | {hub.PerSecond:F0} ({hub.P50:F2} / {hub.P99:F1}) | {hub.PerSecond / floor.PerSecond:F2} | {hub.P99 / floor.P99:F2} |"));
            if (hub.Failed + floor.Failed > 0)
                Console.WriteLine($"failed: floor {floor.Failed}, hub {hub.Failed}");
        }

        void Measure(LoadGenerator load, Func<int, List<LoadResult>> into)
        {
            load.Run(32, 3); // warm: code, and most senders known
            foreach (int c in connections)
                into(c).Add(load.Run(c, seconds));
        }
    }

    internal static LoadResult Median(List<LoadResult> results) => results.OrderBy(r => r.PerSecond).ElementAt(results.Count / 2);

    internal static async Task<string> AddChannelAsync(int port)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey);
        using HttpResponseMessage answer = await client.PostAsJsonAsync("/v1/channels", new { type = "telegram", name = "bench", settings = new { secret_token = Secret } });
        answer.EnsureSuccessStatusCode();
        return (string)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["id"]!;
    }
}
