using System.Text.Json;
using ChannelHub.Core.Events;
using ChannelHub.Operation;
using ChannelHub.Storage.Engine;
using ChannelHub.Tests.Acceptance;
using ChannelHub.Tests.Api;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace ChannelHub.Tests.Publishing;

/// <summary>Every event reaches RabbitMQ, in order, whatever becomes of the broker, the way to it or the hub.</summary>
public sealed class PublisherTests : IAsyncLifetime
{
    private const string Secret = "publisher-secret";

    private readonly RecordedLog log = new();
    private Subscriber subscriber = null!;

    public async Task InitializeAsync()
    {
        if (RabbitFactAttribute.Broker is not null)
            subscriber = await Subscriber.ConnectAsync();
    }

    public async Task DisposeAsync()
    {
        if (subscriber is not null)
            await subscriber.DisposeAsync();
    }

    [RabbitFact]
    public async Task Every_event_comes_once_and_in_order_as_it_stands_on_the_feed()
    {
        await subscriber.ListenAsync(await subscriber.QueueAsync());
        await using TestHub hub = await StartAsync(RabbitFactAttribute.Broker!);
        await LoadAsync(hub, messages: 700);

        List<Delivery> got = await subscriber.UntilAsync(hub.Get<Database>().Head);

        var feed = new List<JsonElement>();
        while (feed.Count < got.Count)
        {
            using HttpResponseMessage page = await hub.Admin.GetAsync($"/v1/events?after={feed.Count}&limit=2000");
            feed.AddRange(JsonDocument.Parse(await page.Content.ReadAsStringAsync()).RootElement.GetProperty("data").EnumerateArray());
        }
        got.Select(d => d.Body).ShouldBe(feed.Select(e => e.GetRawText()));
        got.Select(d => d.Position).ShouldBe(feed.Select(e => e.GetProperty("position").GetInt64()));
        got.Select(d => d.Key).ShouldBe(feed.Select(e => e.GetProperty("type").GetString()!));
        got.Select(d => d.Properties.MessageId).ShouldBe(feed.Select(e => e.GetProperty("id").GetString()));
        got.Select(d => d.Properties.Timestamp.UnixTime).ShouldBe(feed.Select(e => e.GetProperty("at").GetDateTimeOffset().ToUnixTimeSeconds()));
        got.ShouldAllBe(d => d.Properties.DeliveryMode == DeliveryModes.Persistent && d.Properties.ContentType == "application/json");
    }

    [RabbitFact]
    public async Task A_pattern_gets_the_events_it_matches()
    {
        await subscriber.ListenAsync(await subscriber.QueueAsync("message.*"));
        await using TestHub hub = await StartAsync(RabbitFactAttribute.Broker!);
        await LoadAsync(hub, messages: 20);

        await subscriber.UntilAsync(got => got.Count == 20);
        await LoadAsync(hub, messages: 1);
        (await subscriber.UntilAsync(got => got.Count > 20)).ShouldAllBe(d => d.Key == "message.received");
    }

    [RabbitFact]
    public async Task A_broker_that_goes_away_in_the_middle_misses_nothing_and_sees_the_order()
    {
        const int Cuts = 5;
        await subscriber.ListenAsync(await subscriber.QueueAsync());
        using var proxy = new CuttableProxy();
        await using TestHub hub = await StartAsync(proxy.Address);
        string channel = await hub.AddChannelAsync("telegram", new { secret_token = Secret });
        var load = new TelegramLoad(channel, Secret);
        using var enough = new CancellationTokenSource();
        Task posting = load.RunAsync(hub.Address, connections: 2, 100_000, enough.Token);
        var random = new Random(7);
        for (int cut = 0; cut < Cuts; cut++)
        {
            await MetricAsync(hub, "channelhub_rabbitmq_connected 1");
            long seen = subscriber.Deliveries.Count;
            await subscriber.UntilAsync(got => got.Count > seen + 50);
            proxy.CutAfter(random.Next(1, 60_000));
            await Wait.UntilAsync(() => proxy.IsCut);
            int callers = proxy.Callers;
            await Wait.UntilAsync(() => proxy.Callers > callers);
            proxy.Mend();
        }
        await enough.CancelAsync();
        await posting;

        long head = hub.Get<Database>().Head;
        await subscriber.UntilAsync(head);
        subscriber.ShouldHaveAllUpTo(head);
        // The subscriber may have them all before the publisher knows that they were confirmed.
        await MetricAsync(hub, "channelhub_rabbitmq_lag 0");
        await MetricAsync(hub, "channelhub_rabbitmq_connected 1");
        log.Lines.Count(line => line.Level == LogLevel.Warning && line.Text.Contains("RabbitMQ")).ShouldBe(Cuts);
        log.Lines.Count(line => line.Text.Contains("Events are published")).ShouldBe(Cuts + 1);
        log.Lines.ShouldNotContain(line => line.Level >= LogLevel.Error);
    }

    [RabbitFact]
    public async Task A_hub_that_starts_again_goes_on_where_it_was()
    {
        await subscriber.ListenAsync(await subscriber.QueueAsync());
        await using TestHub hub = await StartAsync(RabbitFactAttribute.Broker!);
        for (int start = 0; start < 3; start++)
        {
            await AppendAsync(hub, 400);
            await subscriber.UntilAsync(hub.Get<Database>().Head);
            await hub.RestartAsync();
        }
        await AppendAsync(hub, 1);
        await subscriber.UntilAsync(1201);

        subscriber.Deliveries.Select(d => d.Position).ShouldBe(Enumerable.Range(1, 1201).Select(n => (long)n));
    }

    [RabbitFact]
    public async Task What_the_broker_refuses_is_published_again_until_it_is_taken()
    {
        string queue = await subscriber.QueueAsync(arguments: new() { ["x-max-length"] = 2, ["x-overflow"] = "reject-publish" });
        await using TestHub hub = await StartAsync(RabbitFactAttribute.Broker!);
        await AppendAsync(hub, 6);
        await Wait.UntilAsync(() => log.Lines.Any(line => line.Text.Contains("the broker refused an event")));
        await MetricAsync(hub, "channelhub_rabbitmq_lag 4");
        await MetricAsync(hub, "channelhub_rabbitmq_connected 0");

        await subscriber.ListenAsync(queue);
        List<Delivery> got = await subscriber.UntilAsync(got => got.DistinctBy(d => d.Position).Count() == 6);
        got.DistinctBy(d => d.Properties.MessageId).Count().ShouldBe(6);
        await MetricAsync(hub, "channelhub_rabbitmq_lag 0");
    }

    [RabbitFact]
    public async Task Refused_credentials_are_told_once_and_never_shown()
    {
        using var proxy = new CuttableProxy();
        await using TestHub hub = await StartAsync(proxy.Uri("guest:not-the-passw0rd"));
        await Wait.UntilAsync(() => proxy.Callers == 3);

        log.Lines.Where(line => line.Level >= LogLevel.Warning && line.Text.Contains("RabbitMQ")).ShouldHaveSingleItem().Text.ShouldContain("ACCESS_REFUSED");
        log.Lines.ShouldNotContain(line => line.Text.Contains("not-the-passw0rd"));
        (await hub.CallAsync(HttpMethod.Get, "/readyz")).Status.ShouldBe(200);
    }

    [RabbitFact]
    public async Task One_exchange_is_published_to_by_one_at_a_time()
    {
        await subscriber.ListenAsync(await subscriber.QueueAsync());
        TestHub first = await StartAsync(RabbitFactAttribute.Broker!);
        await MetricAsync(first, "channelhub_rabbitmq_connected 1");
        await using TestHub second = await StartAsync(RabbitFactAttribute.Broker!);
        await AppendAsync(second, 3);
        await Wait.UntilAsync(() => log.Lines.Any(line => line.Text.Contains("another node, or another hub, publishes")));
        subscriber.Deliveries.ShouldBeEmpty();
        await first.DisposeAsync();

        (await subscriber.UntilAsync(3)).Count.ShouldBe(3);
    }

    private Task<TestHub> StartAsync(string broker) => TestHub.StartAsync(
        options => options with { Rabbitmq = new() { Uri = broker, Exchange = subscriber.Exchange } },
        logging: logging => logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(log));

    private static async Task LoadAsync(TestHub hub, int messages)
    {
        string channel = await hub.AddChannelAsync("telegram", new { secret_token = Secret });
        for (int id = 1; id <= messages; id++)
        {
            using HttpResponseMessage posted = await hub.Anonymous.SendAsync(TelegramLoad.Request(hub.Address, channel, Secret, TelegramLoad.Update(id, 1000 + (id % 7))));
            posted.EnsureSuccessStatusCode();
        }
    }

    private static Task AppendAsync(TestHub hub, int count) => hub.Get<Database>().WriteAsync(session =>
    {
        for (int i = 0; i < count; i++)
            session.Append(EventType.ChannelUp, session.Now, identityId: null, customerId: null, data: "{}");
    });

    private static async Task MetricAsync(TestHub hub, string line)
    {
        string text = "";
        await Wait.UntilAsync(() => (text = hub.Get<OpenMetrics>().Render()).Contains("\n" + line + "\n"));
        text.ShouldContain(line);
    }
}
