using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace ChannelHub.Tests.Acceptance;

/// <summary>A reader of the live feed that is cut off again and again sees every event exactly once.</summary>
public sealed class FeedTests : IAsyncLifetime
{
    private const string Secret = "feed-secret";
    private const int Cuts = 200;

    private TestHub hub = null!;
    private string telegram = "";

    public async Task InitializeAsync()
    {
        hub = await TestHub.StartAsync();
        telegram = await hub.AddChannelAsync("telegram", new { secret_token = Secret });
    }

    public async Task DisposeAsync() => await hub.DisposeAsync();

    [Fact]
    public async Task A_reader_cut_off_two_hundred_times_sees_every_event_once()
    {
        var load = new TelegramLoad(telegram, Secret);
        using var stop = new CancellationTokenSource();
        Task posting = load.RunAsync(hub.Address, connections: 4, 40_000, stop.Token);
        var random = new Random(11);
        List<long> seen = [];
        for (int cut = 0; cut < Cuts; cut++)
            await ReadSomeAsync(seen, bytes: random.Next(1, 4000));
        await stop.CancelAsync();
        await posting;

        long head = await HeadAsync();
        while (seen.Count == 0 || seen[^1] < head)
            await ReadSomeAsync(seen, bytes: 1_000_000, until: head);
        seen.ShouldBe(Enumerable.Range(1, (int)head).Select(n => (long)n));
    }

    [Fact]
    public async Task What_happened_while_nobody_listened_is_told_at_once()
    {
        using (HttpResponseMessage posted = await hub.Anonymous.SendAsync(TelegramLoad.Request(hub.Address, telegram, Secret, TelegramLoad.Update(1, 1))))
            posted.EnsureSuccessStatusCode();
        long head = await HeadAsync();
        List<long> seen = [];

        await ReadSomeAsync(seen, bytes: 1_000_000, until: head).WaitAsync(TimeSpan.FromSeconds(20));

        seen.ShouldBe(Enumerable.Range(1, (int)head).Select(n => (long)n));
    }

    [Fact]
    public async Task A_long_poll_is_answered_by_the_next_event()
    {
        long head = await HeadAsync();
        Task<JsonNode> waiting = hub.GetAsync($"/v1/events?after={head}&wait=30&types=message.received");
        using (HttpResponseMessage posted = await hub.Anonymous.SendAsync(TelegramLoad.Request(hub.Address, telegram, Secret, TelegramLoad.Update(1, 1))))
            posted.EnsureSuccessStatusCode();
        JsonNode page = await waiting;
        ((string)page["data"]!.AsArray().Single()!["type"]!).ShouldBe("message.received");
    }

    [Theory]
    [InlineData("after=-1")]
    [InlineData("after=x")]
    [InlineData("after=999999")]
    [InlineData("limit=0")]
    [InlineData("limit=2001")]
    [InlineData("types=message.recieved")]
    [InlineData("wait=forever")]
    public async Task A_position_filter_or_limit_that_cannot_be_is_400(string query) =>
        (await hub.CallAsync(HttpMethod.Get, "/v1/events?" + query)).Status.ShouldBe(400);

    private async Task<long> HeadAsync()
    {
        long position = 0;
        while (true)
        {
            JsonNode page = await hub.GetAsync($"/v1/events?after={position}&limit=2000");
            long next = (long)page["next"]!;
            if (next == position)
                return position;
            position = next;
        }
    }

    /// <summary>Reads some bytes of the stream and hangs up in the middle of whatever that is; a frame counts once it is whole.</summary>
    private async Task ReadSomeAsync(List<long> seen, int bytes, long? until = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        request.Headers.Add("Last-Event-ID", (seen.Count == 0 ? 0 : seen[^1]).ToString(CultureInfo.InvariantCulture));
        using HttpResponseMessage response = await hub.Admin.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        await using Stream stream = await response.Content.ReadAsStreamAsync();
        var text = new StringBuilder();
        byte[] buffer = new byte[256];
        for (int read = 0; read < bytes;)
        {
            int got = await stream.ReadAsync(buffer.AsMemory(0, Math.Min(buffer.Length, bytes - read)));
            if (got == 0)
                break;
            read += got;
            text.Append(Encoding.Latin1.GetString(buffer, 0, got));
            if (TakeWholeFrames(text, seen) && until is { } last && seen[^1] >= last)
                return;
        }
    }

    private static bool TakeWholeFrames(StringBuilder text, List<long> seen)
    {
        string all = text.ToString();
        int end = all.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0)
            return false;
        foreach (string frame in all[..end].Split("\n\n"))
        {
            string? id = frame.Split('\n').FirstOrDefault(line => line.StartsWith("id: ", StringComparison.Ordinal));
            if (id is not null)
                seen.Add(long.Parse(id.AsSpan(4), CultureInfo.InvariantCulture));
        }
        text.Remove(0, end + 2);
        return seen.Count > 0;
    }
}
