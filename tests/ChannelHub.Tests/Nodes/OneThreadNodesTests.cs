using System.Text.Json.Nodes;
using ChannelHub.Tests.Acceptance;
using ChannelHub.Tests.Publishing;

namespace ChannelHub.Tests.Nodes;

/// <summary>The main job on three nodes, no two steps of it on the same one, and the whole of it on the queue.</summary>
[Trait("engine", "postgres")]
public sealed class OneThreadNodesTests
{
    [RabbitFact(alsoPostgres: true)]
    public async Task Chat_Telegram_and_mail_are_one_thread_that_is_answered_in_each_place()
    {
        await using Subscriber subscriber = await Subscriber.ConnectAsync();
        await subscriber.ListenAsync(await subscriber.QueueAsync());
        using var nodes = new ThreeNodes(("CHANNELHUB_RABBITMQ__URI", RabbitFactAttribute.Broker!), ("CHANNELHUB_RABBITMQ__EXCHANGE", subscriber.Exchange));
        await nodes.StartAsync();
        using var hub = new NodesInTurn([.. nodes.Living.Select(node => node.Address)]);

        List<JsonNode> feed = await OneThreadFlow.RunAsync(hub);

        List<Delivery> queue = await subscriber.UntilAsync((long)feed[^1]["position"]!);
        queue.Select(got => JsonNode.Parse(got.Body)!.ToJsonString()).ShouldBe(feed.Select(e => e.ToJsonString()));
        queue.Select(got => got.Key).ShouldBe(feed.Select(e => (string)e["type"]!));
    }
}
