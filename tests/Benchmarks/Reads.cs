using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace ChannelHub.Benchmarks;

/// <summary>What clients read, over HTTP, on a hub with a number of messages: start, thread, lists, search, and the whole feed by pull.</summary>
internal static class Reads
{
    private const int Port = 18092;
    private const int Merged = 200;
    private const double Seconds = 5;

    public static async Task RunAsync(string folder, int messages)
    {
        string data = Path.Combine(folder, "reads");
        string channel;
        using (Server empty = await Server.StartHubAsync(Port, data, Ingest.AdminKey))
        {
            Show("start to ready, empty", $"{empty.StartSeconds:F2} s");
            channel = await Ingest.AddChannelAsync(Port);
            Show("memory, idle", $"{empty.MemoryMegabytes():F0} MB");
            LoadResult filled = new LoadGenerator(Port, "/hooks/" + channel, Ingest.Secret).Fill(64, messages);
            Show($"{messages:N0} messages in", $"{filled.PerSecond:F0}/s, p99 {filled.P99:F1} ms");
            Show("memory after that", $"{empty.MemoryMegabytes():F0} MB");
        }
        using Server hub = await Server.StartHubAsync(Port, data, Ingest.AdminKey);
        Show($"start to ready, {messages:N0} messages", $"{hub.StartSeconds:F2} s");
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Ingest.AdminKey);

        List<string> conversations = await MergeAsync(client, await CustomersAsync(client));
        var loop = new ReadLoop(Port, Ingest.AdminKey);
        Measure("thread, newest 50, 5 identities, c=8", r => $"/v1/conversations/{conversations[r.Next(conversations.Count)]}/messages?limit=50");
        Measure("conversation list, c=8", _ => "/v1/conversations?limit=50");
        Measure("customers by name, c=8", r => "/v1/customers?q=Ada" + LoadGenerator.Account(r.Next(10_000)));
        await FeedAsync(client);
        Show("memory at the end", $"{hub.MemoryMegabytes():F0} MB");
        Show("bytes on disk for each message", $"{new FileInfo(Path.Combine(data, "hub.db")).Length / messages}");

        void Measure(string what, Func<Random, string> path)
        {
            loop.Run(8, 1, path);
            LoadResult result = loop.Run(8, Seconds, path);
            Show(what, $"{result.PerSecond:F0}/s, p50 {result.P50:F2} ms, p99 {result.P99:F1} ms{(result.Failed > 0 ? $", {result.Failed} failed" : "")}");
        }
    }

    private static async Task<List<string>> CustomersAsync(HttpClient client)
    {
        List<string> customers = [];
        for (string? cursor = ""; cursor is not null && customers.Count < Merged * 5;)
        {
            JsonNode page = (await client.GetFromJsonAsync<JsonNode>("/v1/customers?limit=200" + (cursor.Length > 0 ? "&cursor=" + cursor : "")))!;
            customers.AddRange(page["data"]!.AsArray().Select(c => (string)c!["id"]!));
            cursor = (string?)page["next"];
        }
        return customers;
    }

    /// <summary>Makes conversations of five identities each.</summary>
    internal static async Task<List<string>> MergeAsync(HttpClient client, List<string> customers)
    {
        List<string> conversations = [];
        for (int i = 0; i + 5 <= customers.Count; i += 5)
        {
            for (int other = 1; other < 5; other++)
            {
                using HttpResponseMessage answer = await client.PostAsJsonAsync($"/v1/customers/{customers[i]}/merge", new { with = customers[i + other] });
                answer.EnsureSuccessStatusCode();
            }
            conversations.Add((string)(await client.GetFromJsonAsync<JsonNode>("/v1/customers/" + customers[i]))!["conversation_id"]!);
        }
        return conversations;
    }

    private static async Task FeedAsync(HttpClient client)
    {
        var watch = Stopwatch.StartNew();
        long position = 0;
        long events = 0;
        long bytes = 0;
        while (true)
        {
            byte[] page = await client.GetByteArrayAsync($"/v1/events?after={position}&limit=2000");
            // The client's own parsing is not what is measured: the place to go on from stands at the end.
            int at = page.AsSpan().LastIndexOf("\"next\":"u8);
            long next = long.Parse(page.AsSpan(at + 7, page.Length - at - 8), CultureInfo.InvariantCulture);
            if (next == position)
                break;
            events += next - position;
            bytes += page.Length;
            position = next;
        }
        Show("feed by pull", $"{events / watch.Elapsed.TotalSeconds:F0} events/s, {bytes / Math.Max(1, events)} bytes each");
    }

    private static void Show(string what, string figure) => Console.WriteLine($"| {what} | {figure} |");
}
