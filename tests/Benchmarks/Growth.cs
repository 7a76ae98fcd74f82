using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace ChannelHub.Benchmarks;

/// <summary>What a hub does with as many messages as <see cref="GrowthData"/> holds, beside the floor with as many. Every run adds a line to the folder's table.</summary>
internal static class Growth
{
    private const int FloorPort = 18096;
    private const int HubPort = 18097;
    private const int Rounds = 3;
    private const int Merged = 200;
    private const double Seconds = 6;

    private static readonly string[] Columns =
    [
        "messages", "floor/s", "hub/s", "hub/floor", "floor p99 ms", "hub p99 ms", "start s", "thread/s", "thread p99 ms", "conversations p99 ms", "one hit p99 ms", "common word p99 ms",
        "memory MB", "hub bytes each", "search bytes each", "floor bytes each",
    ];

    public static async Task RunAsync(string folder, int senders)
    {
        var data = new GrowthData(folder);
        int messages = data.Messages;
        Directory.CreateDirectory(folder);
        string channel = await data.ChannelAsync();
        var floors = new List<LoadResult>();
        var hubs = new List<LoadResult>();
        var starts = new List<double>();
        for (int round = 0; round < Rounds; round++)
        {
            using (await Server.StartFloorAsync(FloorPort, data.Floor))
                floors.Add(Ingested(new LoadGenerator(FloorPort, "/hook", secret: null, senders)));
            using Server warming = await Server.StartHubAsync(HubPort, data.Hub, Ingest.AdminKey);
            starts.Add(warming.StartSeconds);
            hubs.Add(Ingested(new LoadGenerator(HubPort, "/hooks/" + channel, Ingest.Secret, senders)));
        }
        LoadResult floor = Ingest.Median(floors), hub = Ingest.Median(hubs);

        using Server server = await Server.StartHubAsync(HubPort, data.Hub, Ingest.AdminKey);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{HubPort}") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Ingest.AdminKey);
        await WholeAsync(client);
        List<string> conversations = await ConversationsAsync(folder, client);
        LoadResult thread = Read(r => $"/v1/conversations/{conversations[r.Next(conversations.Count)]}/messages?limit=50");
        LoadResult list = Read(_ => "/v1/conversations?limit=50");
        LoadResult one = Read(r => $"/v1/messages?limit=50&q={GrowthData.FirstNumber + r.Next(Math.Max(1, messages))}");
        LoadResult common = Read(_ => "/v1/messages?limit=50&q=parcel");
        double Each(string file) => messages == 0 ? 0 : new FileInfo(file).Length / (double)messages;

        double[] row =
        [
            messages, floor.PerSecond, hub.PerSecond, hub.PerSecond / floor.PerSecond, floor.P99, hub.P99, starts.Order().ElementAt(Rounds / 2), thread.PerSecond, thread.P99, list.P99, one.P99, common.P99,
            server.MemoryMegabytes(), Each(Path.Combine(data.Hub, "hub.db")), Each(Path.Combine(data.Hub, "search.db")), Each(data.Floor),
        ];
        string table = Table(folder);
        if (!File.Exists(table))
            await File.WriteAllTextAsync(table, string.Join('\t', Columns) + "\n");
        await File.AppendAllTextAsync(table, string.Join('\t', row.Select(n => n.ToString("0.##", CultureInfo.InvariantCulture))) + "\n");
        foreach ((string column, double number) in Columns.Zip(row))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {column} | {number:0.##} |"));
    }

    /// <summary>Where the lines are.</summary>
    internal static string Table(string folder) => Path.Combine(folder, "growth.tsv");

    private static LoadResult Ingested(LoadGenerator load)
    {
        load.Run(32, 2);
        return load.Run(32, Seconds);
    }

    private static LoadResult Read(Func<Random, string> path)
    {
        var loop = new ReadLoop(HubPort, Ingest.AdminKey);
        loop.Run(8, 1, path);
        LoadResult result = loop.Run(8, Seconds, path);
        return result.Failed == 0 ? result : throw new InvalidOperationException($"{result.Failed} reads failed");
    }

    /// <summary>Until nothing is left to index.</summary>
    private static async Task WholeAsync(HttpClient client)
    {
        while (!(await client.GetStringAsync("/metrics")).Contains("\nchannelhub_search_behind 0", StringComparison.Ordinal))
            await Task.Delay(500);
    }

    /// <summary>Of regulars; merged once, and read at every size.</summary>
    private static async Task<List<string>> ConversationsAsync(string folder, HttpClient client)
    {
        string file = Path.Combine(folder, "conversations");
        if (!File.Exists(file))
        {
            List<string> customers = [];
            for (int sender = 0; customers.Count < Merged * 5; sender++)
            {
                JsonNode found = (await client.GetFromJsonAsync<JsonNode>("/v1/customers?q=Ada" + LoadGenerator.Account(sender)))!;
                customers.AddRange(found["data"]!.AsArray().Select(customer => (string)customer!["id"]!)); // not everybody has written yet
            }
            await File.WriteAllLinesAsync(file, await Reads.MergeAsync(client, customers));
        }
        return [.. await File.ReadAllLinesAsync(file)];
    }
}
