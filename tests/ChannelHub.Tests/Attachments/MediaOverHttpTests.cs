using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Attachments;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Tests.Attachments;

/// <summary>Files of an <c>http</c> channel that only receives, from hosts that misbehave: a host that is cut, that lies, that points inside.</summary>
public sealed class MediaOverHttpTests : IAsyncLifetime
{
    private static readonly byte[] Picture = [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', .. Enumerable.Range(0, 60_000).Select(i => (byte)(i * 7))];

    private readonly ManualTimeProvider clock = new(new DateTimeOffset(2026, 1, 5, 12, 0, 0, TimeSpan.Zero));
    private TestHub? hub;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (hub is not null)
            await hub.DisposeAsync();
    }

    public static TheoryData<string> Troubles => new("503 three times", "cut at half", "no answer", "garbage", "shorter than announced by the event");

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task The_message_is_there_at_once_and_its_file_ends_complete(string trouble)
    {
        byte[] good = MediaHost.Answer("200 OK", Picture, Picture.Length);
        byte[] bad = trouble switch
        {
            "503 three times" => MediaHost.Answer("503 Busy", [], 0),
            "cut at half" => MediaHost.Answer("200 OK", Picture[..30_000], Picture.Length),
            "no answer" => [],
            "garbage" => "\0\0\0\0"u8.ToArray(),
            _ => MediaHost.Answer("200 OK", Picture[..30_000], announced: null),
        };
        using var host = new MediaHost(n => n <= 3 ? bad : good);
        await StartAsync(host);

        string url = await ReceiveAsync(new { type = "image", url = host.Url(), size = Picture.Length });

        await UntilSettledAsync();
        (await hub!.Admin.GetByteArrayAsync(url)).ShouldBe(Picture);
        host.Connections.ShouldBe(4);
        (await hub.GetAsync("/v1/events?types=attachment.failed"))["data"]!.AsArray().ShouldBeEmpty();
        hub.Store.Files()
            .ShouldBe([Convert.ToHexStringLower(SHA256.HashData(Picture))]);
    }

    [Fact]
    public async Task A_host_that_announces_little_and_sends_much_is_cut_off()
    {
        using var host = new MediaHost(_ => MediaHost.Answer("200 OK", new byte[400_000], announced: null));
        await StartAsync(host, largest: 100_000);
        string url = await ReceiveAsync(new { type = "file", url = host.Url(), size = 10 });
        await UntilSettledAsync();
        JsonNode? problem = (await hub!.CallAsync(HttpMethod.Get, url)).Body;
        ((string)problem!["type"]!).ShouldBe("/problems/attachment-refused");
        hub.Store.Files().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_redirect_to_the_inside_connects_to_nobody()
    {
        using var inside = new MediaHost(_ => MediaHost.Answer("200 OK", Picture, Picture.Length));
        using var host = new MediaHost(_ => MediaHost.Answer("302 Found", [], 0, $"Location: {inside.Url()}\r\n"));
        await StartAsync(host);
        string url = await ReceiveAsync(new { type = "image", url = host.Url() });
        await UntilAsync(() => host.Connections > 0);
        for (int i = 0; i < 5; i++)
            await TryAgainAsync();

        inside.Connections.ShouldBe(0);
        (int status, JsonNode? problem) = await hub!.CallAsync(HttpMethod.Get, url);
        status.ShouldBeOneOf(409, 410);
        problem!.ToJsonString().ShouldNotContain(inside.Port.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task An_allowed_redirect_is_followed_and_a_loop_is_not()
    {
        using var good = new MediaHost(_ => MediaHost.Answer("200 OK", Picture, Picture.Length));
        using var host = new MediaHost(_ => MediaHost.Answer("302 Found", [], 0, $"Location: {good.Url()}\r\n"));
        MediaHost? loop = null;
        using MediaHost endless = loop = new MediaHost(_ => MediaHost.Answer("302 Found", [], 0, $"Location: {loop!.Url()}\r\n"));
        await StartAsync(host, good.Port, endless.Port);

        string url = await ReceiveAsync(new { type = "image", url = host.Url() });
        await UntilSettledAsync();
        (await hub!.Admin.GetByteArrayAsync(url)).ShouldBe(Picture);

        string never = await ReceiveAsync(new { type = "image", url = endless.Url() }, "m2");
        await hub.UntilAsync("/v1/events?types=attachment.failed", a => a["data"]!.AsArray().Count > 0);
        endless.Connections.ShouldBe(4);
        (await hub.CallAsync(HttpMethod.Get, never)).Status.ShouldBe(410);
    }

    private Task StartAsync(MediaHost host, params int[] more) => StartAsync(host, largest: null, more);

    private async Task StartAsync(MediaHost host, long? largest, params int[] more) => hub = await TestHub.StartAsync(options => options with
    {
        EgressAllow = [.. more.Prepend(host.Port).Select(port => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"))],
        Media = largest is { } bytes ? options.Media with { DownloadBytes = bytes } : options.Media,
    }, clock);

    /// <summary>A customer of the other system sends a file; answers where the hub will have it.</summary>
    private async Task<string> ReceiveAsync(object part, string id = "m1")
    {
        string channel = await hub!.AddChannelAsync("http", new { inbound_token = "token-of-the-other-system" }, "http " + id);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/hooks/" + channel)
        {
            Content = JsonContent(new
            {
                type = "message.received", data = new { external_id = id, timestamp = clock.GetUtcNow(), sender = new { external_id = "anna" }, content = new[] { part } },
            }),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "token-of-the-other-system");
        using HttpResponseMessage answer = await hub.Anonymous.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).ShouldBe(200, text);
        JsonArray received = (await hub.GetAsync("/v1/events?types=message.received"))["data"]!.AsArray();
        return (string)received[^1]!["data"]!["parts"]![0]!["attachment"]!["url"]!;
    }

    private static StringContent JsonContent(object value) => new(JsonSerializer.Serialize(value), System.Text.Encoding.UTF8, "application/json");

    private async Task UntilSettledAsync() => await UntilAsync(async () =>
    {
        await TryAgainAsync();
        return (await hub!.GetAsync("/v1/events?types=attachment.ready,attachment.failed"))["data"]!.AsArray().Count > 0;
    });

    /// <summary>Whatever waits is due now; the hub's own loops may be faster, which is as good.</summary>
    private async Task TryAgainAsync()
    {
        long? due = hub!.Get<Database>().Read(session => session.Find<long?>("SELECT min(due_at) FROM attachment WHERE state = 0 AND lease_until IS NULL"));
        if (due is { } at && DateTimeOffset.FromUnixTimeMilliseconds(at) - clock.GetUtcNow() is { Ticks: > 0 } wait)
            clock.Advance(wait);
        await hub.Get<MediaWorker>().RunOnceAsync(CancellationToken.None);
    }

    private static Task UntilAsync(Func<bool> satisfied) => UntilAsync(() => Task.FromResult(satisfied()));

    private static async Task UntilAsync(Func<Task<bool>> satisfied)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await satisfied())
            await Task.Delay(10, limit.Token);
    }
}
