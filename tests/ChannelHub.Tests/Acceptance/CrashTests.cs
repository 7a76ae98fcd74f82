using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace ChannelHub.Tests.Acceptance;

/// <summary>What is acknowledged is never lost, doubled or torn, however the process ends.</summary>
public sealed class CrashTests : IDisposable
{
    private const string Secret = "crash-secret";
    private const int Kills = 10;
    private const int PostsPerRound = 2000;

    private readonly string data = Directory.CreateTempSubdirectory("channelhub-crash").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task Every_acknowledged_message_is_there_once_after_ten_kills_under_load()
    {
        int port = HubProcess.FreePort();
        TelegramLoad? load = null;
        string channel = "";
        var random = new Random(7);
        for (int round = 0; round < Kills; round++)
        {
            using HubProcess hub = await HubProcess.StartAsync(data, port);
            load ??= new TelegramLoad(channel = await AddTelegramAsync(hub.Client), Secret);
            int before = load.Acknowledged.Count;
            Task posting = load.RunAsync(hub.Address, connections: 20, PostsPerRound, CancellationToken.None);
            // In the middle: some are answered, many are on their way.
            int enough = before + random.Next(100, PostsPerRound - 200);
            while (load.Acknowledged.Count < enough && !posting.IsCompleted)
                await Task.Yield();
            await hub.KillAsync();
            await posting;
        }

        using HubProcess last = await HubProcess.StartAsync(data, port);
        List<JsonNode> events = await AllEventsAsync(last.Client);
        events.Select(e => (long)e["position"]!).ShouldBe(Enumerable.Range(1, events.Count).Select(n => (long)n));
        Dictionary<long, int> stored = events.Where(e => (string)e["type"]! == "message.received")
            .Select(e => long.Parse(((string)e["data"]!["parts"]![0]!["text"]!)["number ".Length..]))
            .GroupBy(id => id).ToDictionary(g => g.Key, g => g.Count());
        load!.Acknowledged.Where(id => !stored.ContainsKey(id)).ShouldBeEmpty("acknowledged and lost");
        stored.Where(s => s.Value > 1).ShouldBeEmpty("stored twice");
        stored.Keys.Where(id => id < 1 || id > load.Posted).ShouldBeEmpty("never sent");
        load.Acknowledged.Count.ShouldBeGreaterThan(1000);

        JsonNode a = (await last.Client.GetFromJsonAsync<JsonNode>($"/v1/channels/{channel}/accounting"))!;
        ((long)a["received"]!).ShouldBe((long)a["stored"]! + (long)a["duplicate"]! + (long)a["ignored"]! + (long)a["quarantined"]!);
        ((long)a["stored"]!).ShouldBe(stored.Count);
    }

    [Fact]
    public async Task A_send_that_is_repeated_with_its_key_after_a_kill_is_one_message()
    {
        int port = HubProcess.FreePort();
        var unanswered = new ConcurrentQueue<int>(Enumerable.Range(0, 1500));
        string channel = "";
        int killed = 0;
        while (!unanswered.IsEmpty)
        {
            using HubProcess hub = await HubProcess.StartAsync(data, port);
            channel = channel.Length > 0 ? channel : await AddHttpAsync(hub.Client);
            int answered = 0;
            Task sending = Task.WhenAll(Enumerable.Range(0, 10).Select(_ => SendAllAsync(hub.Client, channel, unanswered, () => Interlocked.Increment(ref answered))));
            while (killed < 6 && Volatile.Read(ref answered) < 150 && !sending.IsCompleted)
                await Task.Yield();
            if (killed++ < 6)
                await hub.KillAsync();
            await sending;
        }

        using HubProcess last = await HubProcess.StartAsync(data, port);
        List<int> queued = [.. (await AllEventsAsync(last.Client)).Where(e => (string)e["type"]! == "message.queued")
            .Select(e => int.Parse((string)e["data"]!["parts"]![0]!["text"]!))];
        queued.Order().ShouldBe(Enumerable.Range(0, 1500));
    }

    [Fact]
    public async Task A_terminated_hub_finishes_what_it_accepted_and_exits_with_zero()
    {
        int port = HubProcess.FreePort();
        using HubProcess hub = await HubProcess.StartAsync(data, port);
        var load = new TelegramLoad(await AddTelegramAsync(hub.Client), Secret);
        Task posting = load.RunAsync(hub.Address, connections: 20, 4000, CancellationToken.None);
        while (load.Acknowledged.Count < 300 && !posting.IsCompleted)
            await Task.Yield();
        (await hub.TerminateAsync()).ShouldBe(0, hub.Output);
        await posting;

        using HubProcess again = await HubProcess.StartAsync(data, port);
        int stored = (await AllEventsAsync(again.Client)).Count(e => (string)e["type"]! == "message.received");
        stored.ShouldBeGreaterThanOrEqualTo(load.Acknowledged.Count);
    }

    [Fact]
    public async Task A_second_process_on_the_same_data_refuses_to_start_and_says_why()
    {
        using HubProcess first = await HubProcess.StartAsync(data, HubProcess.FreePort());
        using HubProcess second = HubProcess.Launch(data, HubProcess.FreePort());
        (await second.ExitAsync()).ShouldNotBe(0);
        second.Output.ShouldContain("ChannelHub cannot start");
        second.Output.ShouldContain(data);
    }

    [Fact]
    public async Task Wrong_settings_are_all_named_at_once_and_stop_the_start()
    {
        using HubProcess hub = HubProcess.Launch(data, HubProcess.FreePort(), ("CHANNELHUB_OUTBOX__CONCURRENCY", "many"), ("CHANNELHUB_PUBLIK_URL", "https://shop.example"));
        (await hub.ExitAsync()).ShouldNotBe(0);
        hub.Output.ShouldContain("CHANNELHUB_OUTBOX__CONCURRENCY");
        hub.Output.ShouldContain("CHANNELHUB_PUBLIC_URL");
    }

    private static async Task<string> AddTelegramAsync(HttpClient client)
    {
        using HttpResponseMessage answer = await client.PostAsJsonAsync("/v1/channels", new { type = "telegram", name = "bot", settings = new { secret_token = Secret } });
        answer.EnsureSuccessStatusCode();
        return (string)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["id"]!;
    }

    /// <summary>A channel whose receiver does not exist: what is queued stays.</summary>
    private static async Task<string> AddHttpAsync(HttpClient client)
    {
        using HttpResponseMessage answer = await client.PostAsJsonAsync("/v1/channels",
            new { type = "http", name = "shop", settings = new { send_url = "http://127.0.0.1:9/", outbound_secret = "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0" } });
        answer.EnsureSuccessStatusCode();
        return (string)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["id"]!;
    }

    /// <summary>Sends each number under its own key, until all have gone or the hub is killed; what was not answered goes back.</summary>
    private static async Task SendAllAsync(HttpClient client, string channel, ConcurrentQueue<int> unanswered, Action answered)
    {
        while (unanswered.TryDequeue(out int number))
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages")
            {
                Content = JsonContent.Create(new { channel_id = channel, to = new { kind = "app", value = $"u{number % 20}" }, parts = new[] { new { type = "text", text = $"{number}" } } }),
                Headers = { { "Idempotency-Key", $"send-{number}" } },
            };
            try
            {
                using HttpResponseMessage answer = await client.SendAsync(request);
                if (answer.StatusCode == HttpStatusCode.Conflict)
                {
                    // The database may not have noticed yet that who began it was killed.
                    (await answer.Content.ReadAsStringAsync()).ShouldContain("idempotency-in-flight");
                    unanswered.Enqueue(number);
                    continue;
                }
                answer.StatusCode.ShouldBe(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
                answered();
            }
            catch (Exception gone) when (gone is HttpRequestException or IOException)
            {
                unanswered.Enqueue(number);
                return;
            }
        }
    }

    private static async Task<List<JsonNode>> AllEventsAsync(HttpClient client)
    {
        List<JsonNode> events = [];
        long position = 0;
        while (true)
        {
            JsonNode page = (await client.GetFromJsonAsync<JsonNode>($"/v1/events?after={position}&limit=2000"))!;
            events.AddRange(page["data"]!.AsArray().Select(e => e!.DeepClone()));
            if (page["data"]!.AsArray().Count == 0)
                return events;
            position = (long)page["next"]!;
        }
    }
}
