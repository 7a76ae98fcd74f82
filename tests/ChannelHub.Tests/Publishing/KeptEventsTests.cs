using ChannelHub.Core.Events;
using ChannelHub.Events;
using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Publishing;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Events;
using ChannelHub.Tests.Api;
using Microsoft.Extensions.Logging;

namespace ChannelHub.Tests.Publishing;

/// <summary>What is not published yet outlives its retention, within a bound; beyond it the gap is told.</summary>
public sealed class KeptEventsTests
{
    private const string Nobody = "amqp://127.0.0.1:1";
    private const int Events = 10;

    [Fact]
    public async Task Events_that_wait_for_the_broker_are_kept_beyond_their_time()
    {
        await using TestHub hub = await StartAsync(Nobody, holdDays: 30);

        await ForgetAsync(hub);
        First(hub).ShouldBe(1);
        await hub.Get<Database>().WriteAsync(session => EventStore.MoveReader(session, EventPublisher.Reader, 4));
        await ForgetAsync(hub);
        First(hub).ShouldBe(5);
    }

    [Fact]
    public async Task Events_that_waited_too_long_go()
    {
        await using TestHub hub = await StartAsync(Nobody, holdDays: 5);

        await ForgetAsync(hub);

        First(hub).ShouldBe(Events);
    }

    [Fact]
    public async Task Without_a_broker_nothing_waits_for_it()
    {
        await using TestHub hub = await StartAsync(broker: null, holdDays: 30);

        await ForgetAsync(hub);

        First(hub).ShouldBe(Events);
    }

    [RabbitFact]
    public async Task Events_that_went_unpublished_are_counted_and_told()
    {
        await using Subscriber subscriber = await Subscriber.ConnectAsync();
        await subscriber.ListenAsync(await subscriber.QueueAsync());
        var log = new RecordedLog();
        using var proxy = new CuttableProxy(cut: true);
        await using TestHub hub = await StartAsync(proxy.Address, holdDays: 5, subscriber.Exchange, log);
        await ForgetAsync(hub);
        proxy.Mend();

        (await subscriber.UntilAsync(Events)).Select(d => d.Position).ShouldBe([Events]);
        await Wait.UntilAsync(() => hub.Get<OpenMetrics>().Render().Contains($"\nchannelhub_rabbitmq_lost_total {Events - 1}\n"));
        log.Lines.Where(line => line.Level == LogLevel.Error).ShouldHaveSingleItem().Text.ShouldContain($"Events 1 to {Events - 1} were no longer kept");
    }

    [RabbitFact]
    public async Task A_broker_that_is_new_gets_what_is_kept_and_nothing_is_missed()
    {
        await using Subscriber subscriber = await Subscriber.ConnectAsync();
        await subscriber.ListenAsync(await subscriber.QueueAsync());
        var log = new RecordedLog();
        await using TestHub hub = await StartAsync(broker: null, holdDays: 5, log: log);
        await ForgetAsync(hub);
        await hub.StopAsync();
        await hub.StartAgainAsync(options => options with { Rabbitmq = new() { Uri = RabbitFactAttribute.Broker, Exchange = subscriber.Exchange } });

        (await subscriber.UntilAsync(Events)).Select(d => d.Position).ShouldBe([Events]);
        log.Lines.ShouldNotContain(line => line.Level == LogLevel.Error);
    }

    /// <summary>A hub with ten events of ten days ago that keeps events for one day. A publisher, if there is one, has been at work.</summary>
    private static async Task<TestHub> StartAsync(string? broker, int holdDays, string exchange = "nobody", RecordedLog? log = null)
    {
        TestHub hub = await TestHub.StartAsync(
            options => options with { Events = new EventOptions { RetentionDays = 1 }, Rabbitmq = new() { Uri = broker, Exchange = exchange, HoldDays = holdDays } },
            logging: logging =>
            {
                logging.ClearProviders();
                if (log is not null)
                    logging.AddProvider(log);
            });
        if (broker is not null)
            await Wait.UntilAsync(() => hub.Get<OpenMetrics>().Render().Contains("\nchannelhub_rabbitmq_connected 0\n"));
        await hub.Get<Database>().WriteAsync(session =>
        {
            for (int i = 0; i < Events; i++)
                session.Append(EventType.ChannelUp, session.Now - (long)TimeSpan.FromDays(10).TotalMilliseconds, identityId: null, customerId: null, data: "{}");
        });
        return hub;
    }

    private static async Task ForgetAsync(TestHub hub) => await hub.Get<EventRetention>().RunOnceAsync(CancellationToken.None);

    private static long First(TestHub hub) => hub.Get<Database>().Read(EventStore.First);
}
