using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ChannelHub.Adapters;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Security;

namespace ChannelHub.Tests.Security;

public sealed class GuardedHttpTests : IDisposable
{
    private static readonly TimeSpan Plenty = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Deadline = 2 * Plenty;
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);

    private readonly LoopbackServer server = new();
    private readonly List<IDisposable> owned = [];
    private readonly LogLines<EgressGuard> guardLog = new();
    private readonly LogLines<GuardedHttp> httpLog = new();
    private readonly ManualTimeProvider clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    private readonly TaskCompletionSource asked = new();

    public void Dispose()
    {
        owned.ForEach(o => o.Dispose());
        server.Dispose();
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.0.0.0/8", true)]
    [InlineData("127.0.0.0/8:{port}", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("127.0.0.0/8:1", false)]
    [InlineData("127.0.0.2", false)]
    [InlineData("10.0.0.0/8", false)]
    [InlineData("::1", false)]
    public async Task The_operator_opens_inner_addresses_by_range_and_port(string allowance, bool isOpen)
    {
        HttpClient http = Client([allowance]);

        if (isOpen)
        {
            Task<string> request = server.Answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
            (await http.GetStringAsync(Url("/x"))).ShouldBe("hi");
            (await request).ShouldStartWith("GET /x HTTP/1.1");
        }
        else
        {
            await Unreachable(http, Url());
            server.WasConnectedTo.ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData("93.184.216.34", "127.0.0.1")]
    [InlineData("127.0.0.1", "93.184.216.34")]
    [InlineData("2606:4700::1111", "::1")]
    [InlineData("::ffff:127.0.0.1", "2606:4700::1111")]
    public async Task A_name_with_one_inner_address_is_refused_whole(params string[] addresses)
    {
        await Unreachable(Client([], Resolver(addresses)), new Uri($"http://shop.example:{server.Port}/"));

        server.WasConnectedTo.ShouldBeFalse();
        guardLog.Text.ShouldContain("CHANNELHUB_EGRESS_ALLOW");
    }

    [Fact]
    public async Task A_name_is_looked_up_once_and_what_was_judged_is_connected_to()
    {
        int lookUps = 0;
        Task<IPAddress[]> Rebinding(string host, CancellationToken cancellation) =>
            Task.FromResult<IPAddress[]>([IPAddress.Parse(++lookUps == 1 ? "127.0.0.1" : "127.0.0.2")]);
        HttpClient http = Client(["127.0.0.1"], Rebinding);

        Task<string> request = server.Answer("HTTP/1.1 204 No Content\r\n\r\n");
        await http.GetAsync(new Uri($"http://shop.example:{server.Port}/"));

        await request;
        lookUps.ShouldBe(1);
    }

    [Fact]
    public async Task When_one_address_is_closed_the_next_is_tried()
    {
        // Nobody listens on 127.0.0.2.
        HttpClient http = Client(["127.0.0.0/8"], Resolver("127.0.0.2", "127.0.0.1"));

        Task<string> request = server.Answer("HTTP/1.1 204 No Content\r\n\r\n");
        (await http.GetAsync(new Uri($"http://shop.example:{server.Port}/"))).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await request;
    }

    [Fact]
    public async Task Refused_closed_filtered_and_unknown_look_alike()
    {
        using var closed = new LoopbackServer();
        int closedPort = closed.Port;
        closed.Dispose();
        static Task<IPAddress[]> Unknown(string host, CancellationToken cancellation) => throw new SocketException((int)SocketError.HostNotFound);
        Task<HttpRequestException> silent = Unreachable(Client([], Silent), new Uri("http://shop.example/"));
        await asked.Task;
        clock.Advance(Plenty);

        HttpRequestException[] faults =
        [
            await Unreachable(Client([]), Url()),
            await Unreachable(Client(["127.0.0.1"]), new Uri($"http://127.0.0.1:{closedPort}/")),
            await Unreachable(Client([], Unknown), new Uri("http://shop.example/")),
            await Unreachable(Client([], Resolver()), new Uri("http://shop.example/")),
            await silent,
        ];

        faults.Select(f => (f.Message, f.HttpRequestError, f.StatusCode, f.InnerException)).Distinct().Count().ShouldBe(1);
        guardLog.Text.ShouldContain("ConnectionRefused");
        guardLog.Text.ShouldContain("HostNotFound");
        guardLog.Text.ShouldContain("took too long");
    }

    [Fact]
    public async Task A_connection_that_hangs_is_one_that_was_never_made()
    {
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        // One waits to be accepted; the kernel drops what comes after it.
        using var first = new TcpClient();
        await first.ConnectAsync((IPEndPoint)full.LocalEndPoint!);

        await Unreachable(Client(["127.0.0.1"], connectTimeout: Short, time: TimeProvider.System), new Uri($"http://{full.LocalEndPoint}/"));
    }

    [Fact]
    public async Task A_TLS_handshake_that_hangs_is_a_connection_that_was_never_made() =>
        await Unreachable(Client(["127.0.0.1"], connectTimeout: Short), new Uri($"https://127.0.0.1:{server.Port}/"));

    [Fact]
    public async Task A_caller_who_cancels_sees_a_cancellation()
    {
        using var cancelled = new CancellationTokenSource();
        Task<HttpResponseMessage> answer = Client([], Silent).GetAsync(new Uri("http://shop.example/"), cancelled.Token);
        await asked.Task;
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }

    [Fact]
    public async Task Silence_after_the_request_is_a_time_out_and_not_a_connect_error() =>
        (await NoAnswer(Url())).InnerException.ShouldBeOfType<TimeoutException>();

    [Theory]
    [InlineData(HttpCompletionOption.ResponseHeadersRead)]
    [InlineData(HttpCompletionOption.ResponseContentRead)]
    public async Task An_answer_that_drips_ends_at_the_deadline(HttpCompletionOption completion)
    {
        async Task Read()
        {
            using HttpResponseMessage response = await Client(["127.0.0.1"]).GetAsync(Url(), completion);
            await using Stream body = await response.Content.ReadAsStreamAsync();
            body.ReadByte().ShouldBe('x');
            await body.CopyToAsync(Stream.Null);
        }
        Task reading = Read();
        await server.Answer("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx", thenClose: false);
        // Whether the client has the headers by now makes no difference to what is expected of it.
        clock.Advance(Deadline);

        Exception fault = await Assert.ThrowsAnyAsync<Exception>(() => reading);

        (fault is IOException or HttpRequestException or OperationCanceledException).ShouldBeTrue(fault.ToString());
    }

    [Fact]
    public async Task Redirects_are_not_followed_and_cookies_not_kept()
    {
        HttpClient http = Client(["127.0.0.1"]);
        for (int i = 0; i < 2; i++)
        {
            Task<string> request = server.Answer($"HTTP/1.1 302 Found\r\nLocation: {Url("/elsewhere")}\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            (await http.GetAsync(Url("/start"))).StatusCode.ShouldBe(HttpStatusCode.Found);
            (await request).ShouldNotContain("Cookie");
        }
        server.WasConnectedTo.ShouldBeFalse();
    }

    [Fact]
    public async Task Answers_stay_compressed_and_no_trace_is_handed_out()
    {
        using Activity activity = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        Task<string> request = server.Answer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nbomb");

        (await Client(["127.0.0.1"]).GetStringAsync(Url())).ShouldBe("bomb");

        string sent = await request;
        sent.ShouldNotContain("Accept-Encoding", Case.Insensitive);
        sent.ShouldNotContain("traceparent", Case.Insensitive);
    }

    [Fact]
    public async Task Endless_headers_are_cut_off()
    {
        Task<string> request = server.Answer("HTTP/1.1 200 OK\r\nX: " + new string('x', 40_000) + "\r\nContent-Length: 0\r\n\r\n");

        await Should.ThrowAsync<HttpRequestException>(() => Client(["127.0.0.1"]).GetAsync(Url()));
        await request.ContinueWith(_ => { }, TaskScheduler.Default);
    }

    [Fact]
    public async Task Neither_log_nor_error_shows_path_or_query()
    {
        HttpRequestException refused = await Unreachable(Client([]), Url("/botCANARY/getMe?token=CANARY"));
        OperationCanceledException late = await NoAnswer(Url("/botCANARY/getMe?token=CANARY"));

        string all = guardLog.Text + httpLog.Text + refused + late;
        all.ShouldNotContain("CANARY");
        guardLog.Text.ShouldContain("127.0.0.1");
        httpLog.Text.ShouldContain("127.0.0.1");
    }

    [Fact]
    public void Opening_NAT64_does_not_open_what_is_inner_behind_it()
    {
        EgressGuard guard = Guard(["64:ff9b::/96"]);

        guard.Refusal(IPAddress.Parse("64:ff9b::808:808"), 443).ShouldBeNull();
        guard.Refusal(IPAddress.Parse("64:ff9b::7f00:1"), 443).ShouldNotBeNull();
        guard.Refusal(IPAddress.Parse("64:ff9b::a9fe:a9fe"), 80).ShouldNotBeNull();
    }

    private Uri Url(string path = "/") => new($"http://127.0.0.1:{server.Port}{path}");

    private EgressGuard Guard(IEnumerable<string> allowed, ResolveHost? resolve = null, TimeSpan? connectTimeout = null, TimeProvider? time = null) => new(
        [.. allowed.Select(a => EgressAllowance.Parse(a.Replace("{port}", $"{server.Port}", StringComparison.Ordinal)))],
        resolve ?? EgressGuard.SystemResolver, connectTimeout ?? Plenty, time ?? clock, guardLog);

    private HttpClient Client(IEnumerable<string> allowed, ResolveHost? resolve = null, TimeSpan? connectTimeout = null, TimeProvider? time = null)
    {
        var factory = new GuardedHttp(Guard(allowed, resolve, connectTimeout, time), connectTimeout ?? Plenty, clock, httpLog);
        HttpClient http = factory.Create("test", Deadline);
        owned.AddRange([http, factory]);
        return http;
    }

    // A resolver that was asked and says nothing.
    private Task<IPAddress[]> Silent(string host, CancellationToken cancellation)
    {
        asked.TrySetResult();
        return new TaskCompletionSource<IPAddress[]>().Task;
    }

    private static ResolveHost Resolver(params string[] addresses) => (_, _) => Task.FromResult<IPAddress[]>([.. addresses.Select(IPAddress.Parse)]);

    // The request arrives, and then the time is up.
    private async Task<OperationCanceledException> NoAnswer(Uri url)
    {
        Task<HttpResponseMessage> answer = Client(["127.0.0.1"]).GetAsync(url);
        (await server.Answer("", thenClose: false)).ShouldStartWith("GET");
        clock.Advance(Deadline);
        return await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }

    private static async Task<HttpRequestException> Unreachable(HttpClient http, Uri url)
    {
        HttpRequestException fault = await Should.ThrowAsync<HttpRequestException>(() => http.GetAsync(url));
        fault.Message.ShouldBe(EgressGuard.CannotBeReached);
        ProviderHttp.NothingLeft(fault).ShouldBeTrue();
        return fault;
    }
}
