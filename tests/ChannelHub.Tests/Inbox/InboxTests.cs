using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Inbox;
using ChannelHub.Options;
using ChannelHub.Storage.Engine;
using ChannelHub.Tests.Channels;

namespace ChannelHub.Tests.Inbox;

public sealed class InboxTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    private readonly ScriptedChannelType type = new();
    private readonly ManualTimeProvider clock = new(Start);
    private TestHub hub = null!;
    private string channel = null!;

    public async Task InitializeAsync()
    {
        hub = await TestHub.StartAsync(clock: clock, moreTypes: [type]);
        channel = await hub.AddChannelAsync("scripted", new { token = ScriptedChannelType.Token });
    }

    public async Task DisposeAsync() => await hub.DisposeAsync();

    [Theory]
    [InlineData(1000, false)]
    [InlineData(40, true)]
    public async Task Quarantined_messages_each_appear_once_after_the_fix(int count, bool parserThrows)
    {
        if (parserThrows)
            type.Parse = _ => throw new FormatException("oops");
        for (int i = 0; i < count; i++)
        {
            await PushAsync(ScriptedWire.Riddle($"m{i}", from: $"u{i % 7}"));
            clock.Advance(TimeSpan.FromMilliseconds(i % 3)); // some arrive in the same millisecond
        }
        await BalanceAsync(received: count, quarantined: count);
        (await ReplayAsync()).ShouldBeJson($$"""{"replayed":{{count}},"stored":0,"duplicate":0,"ignored":0,"quarantined":{{count}}}""");
        await BalanceAsync(received: count, quarantined: count);

        type.Parse = ScriptedWire.ParseMended;
        clock.Advance(TimeSpan.FromDays(3));
        await PushAsync(ScriptedWire.Riddle("m20", from: "u6")); // the provider delivers one of them again before the replay
        await BalanceAsync(received: count + 1, stored: 1, quarantined: count);
        (await ReplayAsync()).ShouldBeJson($$"""{"replayed":{{count + 1}},"stored":{{count - 1}},"duplicate":2,"ignored":0,"quarantined":0}""");
        await BalanceAsync(received: count + 1, stored: count, duplicate: 1);
        (await ReplayAsync()).ShouldBeJson($$"""{"replayed":{{count + 1}},"stored":0,"duplicate":{{count + 1}},"ignored":0,"quarantined":0}""");
        await BalanceAsync(received: count + 1, stored: count, duplicate: 1);

        List<StoredMessage> messages = Messages();
        messages.Count.ShouldBe(count);
        messages[^1].ExternalId.ShouldBe("m20");
        messages.SkipLast(1).Select(m => m.ExternalId).ShouldBe(Enumerable.Range(0, count).Where(i => i != 20).Select(i => $"m{i}"));
        messages.SkipLast(1).ShouldAllBe(m => m.ReceivedAt < Start.AddHours(1).ToUnixTimeMilliseconds());
        (await hub.GetAsync("/v1/inbox?state=quarantined"))["data"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_mixed_input_is_completed_and_nothing_of_it_repeated()
    {
        await PushAsync(ScriptedWire.Message("1"), ScriptedWire.Ignored("2"), ScriptedWire.Riddle("3"), ScriptedWire.Message("1"));
        await BalanceAsync(received: 4, stored: 1, duplicate: 1, ignored: 1, quarantined: 1);
        JsonNode input = await OnlyAsync("quarantined");
        input["counts"].ShouldBeJson("""{"stored":1,"duplicate":1,"ignored":1,"quarantined":1}""");
        input["reason"].ShouldBeJson("\"a riddle\"");
        string path = $"/v1/inbox/{(string)input["id"]!}/replay";

        (await hub.PostAsync(path))["quarantined"].ShouldBeJson("1");
        await BalanceAsync(received: 4, stored: 1, duplicate: 1, ignored: 1, quarantined: 1);
        type.Parse = ScriptedWire.ParseMended;
        (await hub.PostAsync(path)).ShouldBeJson("""{"replayed":1,"stored":1,"duplicate":2,"ignored":1,"quarantined":0}""");
        await BalanceAsync(received: 4, stored: 2, duplicate: 1, ignored: 1);
        await hub.PostAsync(path);
        await BalanceAsync(received: 4, stored: 2, duplicate: 1, ignored: 1);

        Messages().Select(m => m.ExternalId).ShouldBe(["1", "3"]);
        (await OnlyAsync("done"))["counts"].ShouldBeJson("""{"stored":2,"duplicate":1,"ignored":1,"quarantined":0}""");
        (await hub.GetAsync("/v1/events?after=0"))["data"]!.AsArray().Count(e => (string)e!["type"]! == "inbox.quarantined").ShouldBe(1);
    }

    [Fact]
    public async Task A_replay_works_on_a_disabled_channel_and_not_on_a_retired_one()
    {
        await PushAsync(ScriptedWire.Riddle("1"));
        string path = $"/v1/inbox/{(string)(await OnlyAsync("quarantined"))["id"]!}/replay";
        type.Parse = ScriptedWire.ParseMended;
        await hub.CallAsync(HttpMethod.Patch, $"/v1/channels/{channel}", new { enabled = false });

        (await hub.PostAsync(path))["stored"].ShouldBeJson("1");
        await hub.CallAsync(HttpMethod.Delete, $"/v1/channels/{channel}");
        (await hub.CallAsync(HttpMethod.Post, path, new { })).Status.ShouldBe(409);
        (await hub.CallAsync(HttpMethod.Post, "/v1/inbox/replay", Span(channel))).Status.ShouldBe(409);
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        (await hub.CallAsync(HttpMethod.Get, "/v1/inbox/inb_0000000000000")).Status.ShouldBe(404);
        (await hub.CallAsync(HttpMethod.Get, "/v1/inbox/nonsense")).Status.ShouldBe(404);
        (await hub.CallAsync(HttpMethod.Post, "/v1/inbox/inb_0000000000000/replay", new { })).Status.ShouldBe(404);
        (await hub.CallAsync(HttpMethod.Post, "/v1/inbox/replay", Span("chn_0000000000000"))).Status.ShouldBe(404);
        (await hub.CallAsync(HttpMethod.Post, "/v1/inbox/replay", new { })).Body!["errors"]!.AsObject().Select(e => e.Key).ShouldBe(["channel_id", "from", "to"], ignoreOrder: true);
        (await hub.CallAsync(HttpMethod.Get, "/v1/inbox?state=lost")).Status.ShouldBe(400);
        (await hub.CallAsync(HttpMethod.Get, "/v1/inbox?channel_id=lost")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task An_input_is_shown_as_it_came_but_for_its_secrets()
    {
        await PushAsync("?place=1", ScriptedWire.Body(ScriptedWire.Message("1", text: "приве́т")));
        type.Parse = _ => throw new FormatException("oops");
        await PushAsync("", [0xff, 0x00, 0x80]);
        JsonNode text = await hub.GetAsync($"/v1/inbox/{(string)(await OnlyAsync("done"))["id"]!}");
        JsonNode bytes = await hub.GetAsync($"/v1/inbox/{(string)(await OnlyAsync("quarantined"))["id"]!}");

        ((string)text["body"]!).ShouldContain("1");
        text["body_base64"].ShouldBeNull();
        text["query"].ShouldBeJson("""{"place":"1"}""");
        text["headers"].ShouldBeJson("""{"content-type":"application/json","x-trace":"abc","x-token":"•••"}""");
        text["adapter_version"].ShouldBeJson("\"1\"");
        text["counts"].ShouldBeJson("""{"stored":1,"duplicate":0,"ignored":0,"quarantined":0}""");
        bytes["body"].ShouldBeNull();
        bytes["body_base64"].ShouldBeJson("\"/wCA\"");
        bytes["reason"].ShouldBeJson("\"the adapter failed (FormatException)\"");
    }

    [Fact]
    public async Task A_replay_sees_what_the_first_run_saw()
    {
        Adapters.AuthenticInput? first = null, second = null;
        type.Parse = input =>
        {
            first = input;
            return ScriptedWire.Parse(input);
        };
        await PushAsync("/deeper?place=1", ScriptedWire.Body(ScriptedWire.Riddle("1")));
        clock.Advance(TimeSpan.FromHours(1));
        type.Parse = input =>
        {
            second = input;
            return ScriptedWire.Parse(input);
        };
        await ReplayAsync();

        second!.Method.ShouldBe(first!.Method);
        second.SubPath.ShouldBe("deeper");
        second.Query.ShouldBe(first.Query);
        second.Headers.ShouldBe(first.Headers, ignoreOrder: true);
        second.Headers.ContainsKey("X-Trace").ShouldBeTrue();
        second.Body.ToArray().ShouldBe(first.Body.ToArray());
        second.ReceivedAt.ShouldBe(first.ReceivedAt);
    }

    [Fact]
    public async Task Only_what_arrived_in_the_span_is_run_again()
    {
        for (int i = 0; i < 5; i++)
        {
            await PushAsync(ScriptedWire.Riddle($"m{i}"));
            clock.Advance(TimeSpan.FromMinutes(1));
        }
        type.Parse = ScriptedWire.ParseMended;

        JsonNode result = await hub.PostAsync("/v1/inbox/replay", new { channel_id = channel, from = Rfc3339(Start.AddMinutes(1)), to = Rfc3339(Start.AddMinutes(3)) });

        result["stored"].ShouldBeJson("3");
        Messages().Select(m => m.ExternalId).ShouldBe(["m1", "m2", "m3"]);
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 1)]
    [InlineData("9999-12-31T23:59:58Z", "9999-12-31T23:59:59Z", 0)]
    public async Task A_span_may_be_as_long_as_time(string from, string to, int replayed)
    {
        await PushAsync(ScriptedWire.Message("1"));

        (await hub.PostAsync("/v1/inbox/replay", new { channel_id = channel, from, to }))["replayed"].ShouldBeJson($"{replayed}");
    }

    [Fact]
    public async Task The_inbox_is_read_page_by_page()
    {
        for (int i = 0; i < 5; i++)
            await PushAsync(i % 2 == 0 ? ScriptedWire.Message($"m{i}") : ScriptedWire.Riddle($"m{i}"));
        string other = await hub.AddChannelAsync("scripted", new { token = "t" });

        JsonNode first = await hub.GetAsync("/v1/inbox?limit=3");
        JsonNode second = await hub.GetAsync($"/v1/inbox?limit=3&cursor={(string)first["next"]!}");
        first["data"]!.AsArray().Count.ShouldBe(3);
        second["data"]!.AsArray().Count.ShouldBe(2);
        second["next"].ShouldBeNull();
        (await hub.GetAsync("/v1/inbox?state=quarantined"))["data"]!.AsArray().Count.ShouldBe(2);
        (await hub.GetAsync($"/v1/inbox?channel_id={channel}"))["data"]!.AsArray().Count.ShouldBe(5);
        (await hub.GetAsync($"/v1/inbox?channel_id={other}"))["data"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Old_input_is_forgotten_and_what_is_quarantined_stays()
    {
        await PushAsync(ScriptedWire.Message("old"));
        await PushAsync(ScriptedWire.Riddle("old riddle"));
        clock.Advance(TimeSpan.FromDays(31));
        await PushAsync(ScriptedWire.Message("new"));

        while (await new InboxRetention(hub.Get<Database>(), hub.Get<HubOptions>()).RunOnceAsync(CancellationToken.None))
        {
            // One day after the other, where they are kept apart.
        }

        JsonArray left = (await hub.GetAsync("/v1/inbox"))["data"]!.AsArray();
        left.Select(i => (string)i!["state"]!).ShouldBe(["done", "quarantined"]);
        Messages().Count.ShouldBe(2); // the messages themselves stay
    }

    private Task PushAsync(params object[] entries) => PushAsync("", ScriptedWire.Body(entries));

    private async Task PushAsync(string where, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/hooks/{channel}{where}") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("x-token", ScriptedChannelType.Token);
        request.Headers.Add("x-trace", "abc");
        request.Headers.Add("x-other", "not kept");
        using HttpResponseMessage response = await hub.Anonymous.SendAsync(request);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private Task<JsonNode> ReplayAsync() => hub.PostAsync("/v1/inbox/replay", Span(channel));

    private static object Span(string channel) => new { channel_id = channel, from = Rfc3339(Start), to = Rfc3339(Start.AddDays(30)) };

    private static string Rfc3339(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private async Task<JsonNode> OnlyAsync(string state) => (await hub.GetAsync($"/v1/inbox?state={state}"))["data"]!.AsArray().ShouldHaveSingleItem()!;

    private async Task BalanceAsync(long received, long stored = 0, long duplicate = 0, long ignored = 0, long quarantined = 0)
    {
        (stored + duplicate + ignored + quarantined).ShouldBe(received);
        JsonNode counts = await hub.GetAsync($"/v1/channels/{channel}/accounting");
        new[] { "received", "stored", "duplicate", "ignored", "quarantined" }.Select(name => (long)counts[name]!).ShouldBe([received, stored, duplicate, ignored, quarantined]);
    }

    private List<StoredMessage> Messages() => hub.Get<Database>().Read(session => session.Query<StoredMessage>(
        "SELECT external_id AS ExternalId, received_at AS ReceivedAt FROM message ORDER BY occurred_at, sequence, id"));

    private sealed record StoredMessage(string ExternalId, long ReceivedAt);
}
