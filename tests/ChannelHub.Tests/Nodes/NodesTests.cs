using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance.Telegram;
using ChannelHub.Tests.Acceptance;
using Xunit.Abstractions;

namespace ChannelHub.Tests.Nodes;

/// <summary>Any node takes anything; what only one may do, one does; and a node that dies or sleeps loses nothing and doubles nothing.</summary>
[Trait("engine", "postgres")]
public sealed class NodesTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Secret = "nodes-secret";
    private static readonly TimeSpan LongestTakeOver = TimeSpan.FromSeconds(15);

    private readonly ThreeNodes nodes = new();
    private FakeBotApi bot = null!;
    private string channel = "";

    public async Task InitializeAsync()
    {
        if (!TestStore.IsPostgres)
            return;
        bot = await FakeBotApi.StartAsync();
        await nodes.StartAsync();
        using HttpResponseMessage made = await nodes[0].Client.PostAsJsonAsync("/v1/channels",
            new { type = "telegram", name = "bot", settings = new { bot_token = bot.Token, secret_token = Secret, api_base_url = bot.Url } });
        channel = (string)(await made.Content.ReadFromJsonAsync<JsonNode>())!["id"]!;
        foreach (HubProcess node in nodes.Living)
            await UntilAsync(async () => (await node.Client.GetAsync("/v1/channels/" + channel)).IsSuccessStatusCode);
    }

    public async Task DisposeAsync()
    {
        nodes.Dispose();
        if (bot is not null)
            await bot.DisposeAsync();
    }

    [PostgresFact]
    public async Task Programs_of_two_versions_run_side_by_side_on_a_schema_that_has_grown()
    {
        // What the next version would do when its first node starts.
        nodes.Store.Run("ALTER TABLE message ADD COLUMN later TEXT; ALTER TABLE identity ADD COLUMN later BIGINT; CREATE TABLE later (id BIGINT PRIMARY KEY); INSERT INTO schema_version VALUES (1000, 0, 1)");
        await SayAsync(0, 1);
        await nodes.KillAsync(2);
        await nodes.StartAsync(2);
        await SayAsync(2, 2);
        (await nodes.EventsAsync(1)).Count(e => (string)e["type"]! == "message.received").ShouldBe(2);

        nodes.Store.Run("INSERT INTO schema_version VALUES (1001, 0, 1001)");
        await SayAsync(2, 3);
        await nodes.KillAsync(2);
        (await Should.ThrowAsync<InvalidOperationException>(() => nodes.StartAsync(2))).Message.ShouldContain("written by a newer program");
    }

    [PostgresFact]
    public async Task People_seen_by_all_nodes_at_the_same_instant_are_one_customer_each()
    {
        await Parallel.ForEachAsync(Enumerable.Range(1, 300), new ParallelOptions { MaxDegreeOfParallelism = 12 }, async (n, _) =>
        {
            // Each of the hundred people writes to all three nodes at once.
            using HttpResponseMessage answer = await nodes[n % 3].Client.SendAsync(
                TelegramLoad.Request(nodes[n % 3].Address, channel, Secret, TelegramLoad.Update(n, 1000 + ((n - 1) / 3))), CancellationToken.None);
            answer.EnsureSuccessStatusCode();
        });

        List<JsonNode> events = await nodes.EventsAsync(asked: 1);
        events.Select(e => (long)e["position"]!).ShouldBe(Enumerable.Range(1, events.Count).Select(n => (long)n));
        List<JsonNode> received = [.. events.Where(e => (string)e["type"]! == "message.received")];
        received.Count.ShouldBe(300);
        received.Select(e => (string)e["customer_id"]!).Distinct().Count().ShouldBe(100);
        foreach (int other in (int[])[0, 2])
            (await nodes.EventsAsync(other)).Select(e => e.ToJsonString()).ShouldBe(events.Select(e => e.ToJsonString()));
    }

    [PostgresFact]
    public async Task A_killed_and_a_sleeping_node_lose_nothing_and_send_nothing_twice()
    {
        var load = new TelegramLoad(channel, Secret);
        using var enough = new CancellationTokenSource();
        Task[] posting = [.. nodes.Living.Select(node => load.RunAsync(node.Address, connections: 3, 1_000_000, enough.Token))];
        await UntilAsync(() => Task.FromResult(load.Acknowledged.Count > 600));
        string lanes = "lanes:" + channel;
        int first = await UntilFoundAsync(() => nodes.WorkerAsync(lanes, asked: 0));
        int api = (first + 1) % 3;
        var queued = new ConcurrentDictionary<string, string>();
        Task sending = SendAsync(nodes[api], queued, enough.Token);
        await UntilAsync(() => Task.FromResult(bot.Calls.Count(c => c.Method == "sendMessage") > 20));

        await nodes.KillAsync(first);
        (int second, TimeSpan took) = await nodes.TakenOverAsync(lanes, first, api);
        output.WriteLine($"killed: its lanes were taken over after {took.TotalSeconds:F1} s");
        took.ShouldBeLessThan(LongestTakeOver);
        await UntilAsync(() => Task.FromResult(bot.Calls.Count(c => c.Method == "sendMessage") > 40));

        // The node that sends now falls asleep in the middle of it. Another one answers the questions.
        if (second == api)
        {
            await nodes.StartAsync(first);
            api = first;
        }
        int third = await SleepAsync(second, lanes, api);
        nodes[second].Continue();
        await UntilAsync(async () => (await nodes[second].Client.GetAsync("/readyz")).IsSuccessStatusCode);
        (await nodes.WorkerAsync(lanes, asked: api)).ShouldBe(third);
        await enough.CancelAsync();
        await Task.WhenAll([.. posting, sending]);

        await BalancesAsync(load, asked: second, queued);
    }

    private async Task SayAsync(int node, int number)
    {
        using HttpResponseMessage answer = await nodes[node].Client.SendAsync(TelegramLoad.Request(nodes[node].Address, channel, Secret, TelegramLoad.Update(number, 1000 + number)));
        answer.EnsureSuccessStatusCode();
    }

    private async Task<int> SleepAsync(int second, string lanes, int asked)
    {
        nodes[second].Pause();
        (int third, TimeSpan took) = await nodes.TakenOverAsync(lanes, second, asked);
        output.WriteLine($"asleep: its lanes were taken over after {took.TotalSeconds:F1} s");
        took.ShouldBeLessThan(LongestTakeOver);
        return third;
    }

    /// <summary>Answers customers one after another until it is told to stop or the node no longer answers.</summary>
    private static async Task SendAsync(HubProcess node, ConcurrentDictionary<string, string> queued, CancellationToken stop)
    {
        List<string> conversations = [.. (await node.Client.GetFromJsonAsync<JsonNode>("/v1/conversations?limit=200", CancellationToken.None))!["data"]!.AsArray().Select(c => (string)c!["id"]!)];
        for (int n = 0; !stop.IsCancellationRequested && n < 2_000; n++)
        {
            try
            {
                using HttpResponseMessage answer = await node.Client.PostAsJsonAsync(
                    $"/v1/conversations/{conversations[n % conversations.Count]}/messages", new { parts = new[] { new { type = "text", text = $"answer {n}" } } }, CancellationToken.None);
                if (answer.IsSuccessStatusCode)
                    queued[(string)(await answer.Content.ReadFromJsonAsync<JsonNode>(CancellationToken.None))!["id"]!] = $"answer {n}";
            }
            catch (HttpRequestException)
            {
                return;
            }
            catch (TaskCanceledException)
            {
                // It was asleep.
            }
            await Task.Delay(30, CancellationToken.None);
        }
    }

    private async Task BalancesAsync(TelegramLoad load, int asked, ConcurrentDictionary<string, string> queued)
    {
        HttpClient client = nodes[asked].Client;
        await UntilAsync(async () => (await StatesAsync(client, queued.Keys)).All(state => state is not ("queued" or "sending")), seconds: 90);
        List<JsonNode> events = await nodes.EventsAsync(asked);
        events.Select(e => (long)e["position"]!).ShouldBe(Enumerable.Range(1, events.Count).Select(n => (long)n));
        Dictionary<string, int> stored = events.Where(e => (string)e["type"]! == "message.received").GroupBy(e => (string)e["data"]!["parts"]![0]!["text"]!).ToDictionary(g => g.Key, g => g.Count());
        load.Acknowledged.Where(id => !stored.ContainsKey("number " + id)).ShouldBeEmpty("acknowledged and lost");
        stored.Where(s => s.Value > 1).ShouldBeEmpty("stored twice");
        JsonNode counted = (await client.GetFromJsonAsync<JsonNode>($"/v1/channels/{channel}/accounting"))!;
        ((long)counted["received"]!).ShouldBe((long)counted["stored"]! + (long)counted["duplicate"]! + (long)counted["ignored"]! + (long)counted["quarantined"]!);

        Dictionary<string, int> sent = bot.Calls.Where(c => c.Method == "sendMessage").GroupBy(c => c["text"]!).ToDictionary(g => g.Key, g => g.Count());
        sent.Where(s => s.Value > 1).ShouldBeEmpty("sent twice");
        List<string> states = await StatesAsync(client, queued.Keys);
        output.WriteLine($"{load.Acknowledged.Count} taken in, {queued.Count} queued, {sent.Count} seen by the provider, {states.Count(s => s == "unconfirmed")} unconfirmed");
        foreach ((string id, string text) in queued)
        {
            string state = (string)(await client.GetFromJsonAsync<JsonNode>("/v1/messages/" + id))!["state"]!;
            (state == "sent" && !sent.ContainsKey(text)).ShouldBeFalse($"{text} is said to be sent, and was not");
        }
    }

    private static async Task<List<string>> StatesAsync(HttpClient client, IEnumerable<string> messages)
    {
        List<string> states = [];
        foreach (string id in messages)
            states.Add((string)(await client.GetFromJsonAsync<JsonNode>("/v1/messages/" + id))!["state"]!);
        return states;
    }

    private static async Task<int> UntilFoundAsync(Func<Task<int>> find)
    {
        int found = -1;
        await UntilAsync(async () => (found = await find()) >= 0);
        return found;
    }

    private static async Task UntilAsync(Func<Task<bool>> satisfied, int seconds = 60)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!await satisfied())
            await Task.Delay(50, limit.Token);
    }
}
