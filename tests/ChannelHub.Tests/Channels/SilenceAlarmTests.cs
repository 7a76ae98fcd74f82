using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Channels;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Tests.Channels;

public sealed class SilenceAlarmTests : IAsyncLifetime
{
    private readonly ManualTimeProvider clock = new(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));
    private TestHub hub = null!;
    private long channel;

    public async Task InitializeAsync()
    {
        hub = await TestHub.StartAsync(clock: clock, moreTypes: [new ScriptedChannelType()]);
        HubId.TryParse(IdPrefix.Channel, await hub.AddChannelAsync("scripted", new { token = "t" }), out channel).ShouldBeTrue();
    }

    public async Task DisposeAsync() => await hub.DisposeAsync();

    [Fact]
    public async Task Each_silence_is_told_once()
    {
        await ArriveAsync(weeks: 4, anHour: 30);
        SilenceAlarm alarm = Alarm();
        await alarm.RunOnceAsync(CancellationToken.None);
        clock.Advance(TimeSpan.FromMinutes(10));
        await alarm.RunOnceAsync(CancellationToken.None);
        (await EventsAsync()).ShouldBeEmpty();

        clock.Advance(TimeSpan.FromHours(1));
        await alarm.RunOnceAsync(CancellationToken.None);
        await alarm.RunOnceAsync(CancellationToken.None);
        JsonNode data = (await EventsAsync()).ShouldHaveSingleItem();
        data["channel_id"].ShouldBeJson($"\"{HubId.Format(IdPrefix.Channel, channel)}\"");
        data["last_received_at"].ShouldBeJson("\"2026-03-02T10:00:00.000Z\"");
        ((double)data["expected"]!).ShouldBe(35);

        await ArriveAsync(weeks: 0, anHour: 1);
        clock.Advance(TimeSpan.FromHours(1));
        await alarm.RunOnceAsync(CancellationToken.None);
        (await EventsAsync()).Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_restart_neither_repeats_the_alarm_nor_counts_the_time_the_hub_was_off()
    {
        await ArriveAsync(weeks: 4, anHour: 30);
        SilenceAlarm alarm = Alarm();
        await alarm.RunOnceAsync(CancellationToken.None);
        clock.Advance(TimeSpan.FromHours(1));
        await alarm.RunOnceAsync(CancellationToken.None);
        (await EventsAsync()).Length.ShouldBe(1);

        alarm = Alarm();
        clock.Advance(TimeSpan.FromDays(1));
        await alarm.RunOnceAsync(CancellationToken.None);
        clock.Advance(TimeSpan.FromHours(1));
        await alarm.RunOnceAsync(CancellationToken.None);
        (await EventsAsync()).Length.ShouldBe(1);

        await ArriveAsync(weeks: 0, anHour: 1);
        clock.Advance(TimeSpan.FromDays(1)); // the hub is off
        alarm = Alarm();
        await alarm.RunOnceAsync(CancellationToken.None);
        (await EventsAsync()).Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_disabled_channel_may_be_silent()
    {
        await ArriveAsync(weeks: 4, anHour: 30);
        SilenceAlarm alarm = Alarm();
        await alarm.RunOnceAsync(CancellationToken.None);
        await hub.CallAsync(HttpMethod.Patch, $"/v1/channels/{HubId.Format(IdPrefix.Channel, channel)}", new { enabled = false });
        clock.Advance(TimeSpan.FromDays(1));
        await alarm.RunOnceAsync(CancellationToken.None);
        await hub.CallAsync(HttpMethod.Patch, $"/v1/channels/{HubId.Format(IdPrefix.Channel, channel)}", new { enabled = true });
        await alarm.RunOnceAsync(CancellationToken.None);

        (await EventsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_nobody_looks_at_any_more_is_forgotten()
    {
        Database database = hub.Get<Database>();
        await ArriveAsync(weeks: 6, anHour: 1);
        await database.WriteAsync(session =>
        {
            for (int i = 0; i < 1200; i++)
                ChannelStore.Log(session, channel, "info", "line", $"{i}");
        });

        await new ChannelTidying(database, hub.Get<ChannelDirectory>()).RunOnceAsync(CancellationToken.None);

        database.Read(session => ChannelStore.Hours(session, channel, 0)).Count.ShouldBe(35 * 24);
        List<LogRow> log = database.Read(session => ChannelStore.ReadLog(session, channel, long.MaxValue, 5000));
        log.Count.ShouldBe(1000);
        log[0].Detail.ShouldBe("1199");
    }

    private SilenceAlarm Alarm() => new(hub.Get<Database>(), hub.Get<ChannelDirectory>());

    /// <summary>Something has arrived just now, and so much an hour in the weeks before.</summary>
    private Task ArriveAsync(int weeks, int anHour) => hub.Get<Database>().WriteAsync(session =>
    {
        long now = session.Now;
        for (int hour = 1; hour <= weeks * 7 * 24; hour++)
        {
            session.Execute("INSERT INTO channel_hour (channel_id, hour, received) VALUES (@channel, @at, @anHour)",
                new { channel, at = (now / 3_600_000) - hour, anHour });
        }
        session.Execute("INSERT INTO channel_count (channel_id, last_at) VALUES (@channel, @now) ON CONFLICT (channel_id) DO UPDATE SET last_at = excluded.last_at",
            new { channel, now });
    });

    private async Task<JsonNode[]> EventsAsync() =>
        [.. (await hub.GetAsync("/v1/events?after=0"))["data"]!.AsArray().Where(e => (string)e!["type"]! == "channel.silent").Select(e => e!["data"]!)];
}
