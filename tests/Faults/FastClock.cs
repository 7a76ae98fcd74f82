using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace ChannelHub.Faults;

/// <summary>
/// For hours of the hub's clock its provider is away, nobody reads the feed and, when it is a day or more, RabbitMQ is away. All come back and find what they
/// missed, although events are to be kept for a day only.
/// </summary>
internal sealed class FastClock(World world, HubClock clock, TimeSpan away)
{
    // At this rate a day takes 144 seconds, and a patience of ten seconds 17 ms.
    private const int Times = 600;
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly List<string> broken = [];

    public static async Task<bool> RunAsync(int hours)
    {
        if (HubClock.Library() is not { } library)
            return Programs.Skip("libfaketime is not installed");
        var away = TimeSpan.FromHours(hours);
        using Broker? broker = away >= Day ? await Broker.TryStartAsync() : null;
        if (away >= Day && broker is null)
            return Programs.Skip("RabbitMQ cannot be had here");
        broker?.Line.Set(TcpFault.Refuse);
        HubClock clock = null!;
        await using World world = await World.StartAsync(postgres: false, nodes: 1, settings: folder =>
        {
            clock = new HubClock(library, folder);
            return Settings(clock, broker);
        });
        world.ToProvider.Delay = TimeSpan.Zero;
        var run = new FastClock(world, clock, away);
        bool balanced = await run.PassAsync();
        if (broker is not null)
            await run.PublishAsync(broker);
        foreach (string line in run.broken)
            Console.WriteLine("BROKEN: " + line);
        return balanced && run.broken.Count == 0;
    }

    // The network and the disk are no faster than before, so the patience with them is as long as can be set.
    private static Dictionary<string, string> Settings(HubClock clock, Broker? broker)
    {
        var settings = new Dictionary<string, string>(clock.Settings)
        {
            ["CHANNELHUB_HTTP__HEADER_SECONDS"] = "120",
            ["CHANNELHUB_HTTP__BODY_GRACE_SECONDS"] = "120",
            ["CHANNELHUB_HTTP__KEEP_ALIVE_SECONDS"] = "3600",
            ["CHANNELHUB_EGRESS__CONNECT_SECONDS"] = "60",
            ["CHANNELHUB_EGRESS__CHANNEL_SECONDS"] = "600",
            ["CHANNELHUB_OUTBOX__SEND_SECONDS"] = "300",
            ["CHANNELHUB_OUTBOX__LEASE_SECONDS"] = "3600",
            ["CHANNELHUB_OUTBOX__GIVE_UP_HOURS"] = "72",
            ["CHANNELHUB_EVENTS__RETENTION_DAYS"] = "1",
        };
        if (broker is not null)
            settings["CHANNELHUB_RABBITMQ__URI"] = broker.Address;
        return settings;
    }

    /// <summary>The time passes, under load; then the provider is back, the reader reads on and everything is counted. The clock stays fast.</summary>
    private async Task<bool> PassAsync()
    {
        using var load = new Load(world, TimeSpan.FromMilliseconds(200));
        load.Start(perChannel: 1);
        await Task.Delay(TimeSpan.FromSeconds(2));
        long position = (await FeedAsync(0))[^1].Position;
        string key = await MakeKeyAsync();
        world.ToProvider.Set(TcpFault.Refuse);
        world.ToProvider.Cut();
        clock.Run(Times);
        var watch = Stopwatch.StartNew();
        DateTimeOffset left = await HubClock.NowAsync(world.Nodes[0]);

        await UntilAsync(left + TimeSpan.FromHours(Math.Min(23, away.TotalHours)));
        Expect(await MakeKeyAsync() == key, "an Idempotency-Key was forgotten within its day");
        await UntilAsync(left + away);
        if (away >= Day)
            Expect(await MakeKeyAsync() != key, "an Idempotency-Key was remembered beyond its day");
        world.ToProvider.Set(TcpFault.None);
        await load.StopAsync();

        Console.WriteLine($"fast clock: away for {away.TotalHours:F0} h in {watch.Elapsed.TotalSeconds:F0} s");
        DateTimeOffset back = await HubClock.NowAsync(world.Nodes[0]);
        bool balanced = await new Balance(world, load).PrintAsync();
        Console.WriteLine($"what had waited for the provider was sent {(await HubClock.NowAsync(world.Nodes[0]) - back).TotalHours:F1} h after it was back");
        List<(long Position, string Id)> missed = await FeedAsync(position);
        Console.WriteLine($"the reader was at {position} and found {missed.Count} events");
        Expect(missed.Select((e, n) => e.Position - n).All(first => first == position + 1), "the reader missed events, or was told twice");
        CheckOrder();
        return balanced;
    }

    /// <summary>RabbitMQ is back, at the kernel's pace: a heartbeat would take a few milliseconds. What it has got is no longer kept for it.</summary>
    private async Task PublishAsync(Broker broker)
    {
        clock.Run(1);
        broker.Line.Set(TcpFault.None);
        var watch = Stopwatch.StartNew();
        List<(long Position, string Id)> told = await FeedAsync(0);
        List<(long Position, string Id)> published = await broker.TakeAsync(told[^1].Position, TimeSpan.FromMinutes(2));
        Console.WriteLine($"RabbitMQ was back: {published.Count} events published of {told.Count}, {published.Count - published.Distinct().Count()} again, after {watch.Elapsed.TotalSeconds:F0} s");
        Expect(published.Distinct().Take(told.Count).SequenceEqual(told), "RabbitMQ did not get every event in order");

        broker.Line.Set(TcpFault.Refuse);
        clock.Run(Times);
        for (watch.Restart(); await world.Nodes[0].AnswersAsync("/v1/events?after=0") && watch.Elapsed < TimeSpan.FromSeconds(30);)
            await Task.Delay(50);
        Expect(!await world.Nodes[0].AnswersAsync("/v1/events?after=0"), "events were kept beyond their day, with nobody to wait for them");
    }

    /// <summary>Nobody got an answer before one that was written earlier.</summary>
    private void CheckOrder()
    {
        foreach (var chat in world.Bot.Calls.Where(call => call.Method == "sendMessage").GroupBy(call => call["chat_id"]))
        {
            int[] numbers = [.. chat.Select(call => int.Parse(call["text"]!.Split(' ')[1]))];
            Expect(numbers.SequenceEqual(numbers.Order()), $"the order of what was sent to {chat.Key}: {string.Join(", ", numbers)}");
        }
    }

    /// <summary>Makes a key of the API under an <c>Idempotency-Key</c> that is always the same, and asks again while the hub is busy: a moment's wait is a second to it.</summary>
    private async Task<string> MakeKeyAsync()
    {
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/api-keys") { Content = JsonContent.Create(new { name = "clock", scopes = new[] { "events:read" } }) };
            request.Headers.Add("Idempotency-Key", "the-same-all-day");
            using HttpResponseMessage answer = await world.Nodes[0].Client.SendAsync(request);
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
                return (string)(await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>())!["id"]!;
            await Task.Delay(50);
        }
    }

    private async Task<List<(long Position, string Id)>> FeedAsync(long after)
    {
        List<(long Position, string Id)> told = [];
        await foreach (JsonNode happened in Feed.ReadAsync(world.Nodes[0].Client, after))
            told.Add(((long)happened["position"]!, (string)happened["id"]!));
        return told;
    }

    private async Task UntilAsync(DateTimeOffset time)
    {
        while (await HubClock.NowAsync(world.Nodes[0]) < time)
            await Task.Delay(50);
    }

    private void Expect(bool kept, string promise)
    {
        if (!kept)
            broken.Add(promise);
    }
}
