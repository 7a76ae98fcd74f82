using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ChannelHub.Tests.Acceptance;
using ChannelHub.Tests.Nodes;
using Xunit.Abstractions;

namespace ChannelHub.Tests.Publishing;

/// <summary>One of the nodes publishes; when it sleeps another does, and the order holds though the first wakes in the middle of a batch.</summary>
[Trait("engine", "postgres")]
public sealed class PublishingNodesTests(ITestOutputHelper output)
{
    private const string Secret = "nodes-secret";
    private const string Work = "worker:rabbitmq";

    [RabbitFact(alsoPostgres: true)]
    public async Task The_order_holds_when_the_publishing_node_falls_asleep_and_wakes()
    {
        await using Subscriber subscriber = await Subscriber.ConnectAsync();
        await subscriber.ListenAsync(await subscriber.QueueAsync());
        using var nodes = new ThreeNodes(("CHANNELHUB_RABBITMQ__URI", RabbitFactAttribute.Broker!), ("CHANNELHUB_RABBITMQ__EXCHANGE", subscriber.Exchange));
        await nodes.StartAsync(0);
        await nodes.StartAsync(1);
        using HttpResponseMessage made = await nodes[0].Client.PostAsJsonAsync("/v1/channels", new { type = "telegram", name = "bot", settings = new { secret_token = Secret } });
        string channel = (string)(await made.Content.ReadFromJsonAsync<JsonNode>())!["id"]!;
        var load = new TelegramLoad(channel, Secret);
        using var enough = new CancellationTokenSource();
        Task[] posting = [.. nodes.Living.Select(node => load.RunAsync(node.Address, connections: 1, 1_000_000, enough.Token))];
        await subscriber.UntilAsync(got => got.Count > 500);

        int first = await nodes.WorkerAsync(Work, asked: 0);
        nodes[first].Pause();
        (int second, TimeSpan took) = await nodes.TakenOverAsync(Work, first, asked: 1 - first);
        int before = subscriber.Deliveries.Count;
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await subscriber.UntilAsync(got => got.Count > before + 200);
        output.WriteLine($"asleep: taken over after {took.TotalSeconds:F1} s, published again {watch.Elapsed.TotalSeconds:F1} s later");
        nodes[first].Continue();
        before = subscriber.Deliveries.Count;
        await subscriber.UntilAsync(got => got.Count > before + 500);
        await enough.CancelAsync();
        await Task.WhenAll(posting);

        long head = (long)(await nodes.EventsAsync(second))[^1]["position"]!;
        await subscriber.UntilAsync(head);
        output.WriteLine($"{head} events, {subscriber.Deliveries.Count - head} of them delivered again");
        subscriber.ShouldHaveAllUpTo(head);
    }
}
