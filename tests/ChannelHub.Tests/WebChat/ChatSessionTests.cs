using System.Net;
using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Storage.Engine;
using Shouldly;
using Xunit;

namespace ChannelHub.Tests.WebChat;

public sealed class ChatSessionTests : IAsyncLifetime
{
    private readonly ManualTimeProvider clock = new(new DateTimeOffset(2026, 9, 21, 12, 0, 0, TimeSpan.Zero));
    private TestHub hub = null!;
    private string chat = null!;

    public async Task InitializeAsync()
    {
        hub = await ChatHub.StartAsync(clock: clock);
        chat = await hub.AddChatAsync();
    }

    public async Task DisposeAsync() => await hub.DisposeAsync();

    [Fact]
    public async Task Resuming_keeps_the_visitor_and_gives_another_token()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        (string first, string visitor) = (browser.Token!, browser.VisitorId!);
        await browser.SayAsync("hello");

        JsonNode resumed = await browser.StartAsync(resume: first);

        browser.VisitorId.ShouldBe(visitor);
        browser.Token.ShouldNotBe(first);
        resumed["conversation"]!["last_activity_at"].ShouldNotBeNull();
        (await browser.TextsAsync()).ShouldBe(["hello"]);
    }

    [Fact]
    public async Task The_token_before_is_good_for_a_minute_since_a_browser_has_several_tabs()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        string first = browser.Token!;
        await browser.StartAsync(resume: first);
        string second = browser.Token!;

        clock.Advance(TimeSpan.FromSeconds(59));
        (await With(browser, first).GetAsync("messages")).Status.ShouldBe(200);
        clock.Advance(TimeSpan.FromSeconds(2));

        (await With(browser, first).GetAsync("messages")).ShouldSatisfyAllConditions(a => a.Status.ShouldBe(401), a => a.Problem.ShouldBe("/problems/session-ended"));
        (await With(browser, second).GetAsync("messages")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Two_tabs_that_resume_at_once_stay_one_visitor()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        var tabs = Enumerable.Range(0, 5).Select(_ => new ChatBrowser(hub, chat)).ToList();

        await Task.WhenAll(tabs.Select(tab => tab.StartAsync(resume: browser.Token)));

        tabs.ShouldAllBe(tab => tab.VisitorId == browser.VisitorId);
        foreach (ChatBrowser tab in tabs)
            (await tab.GetAsync("messages")).Status.ShouldBe(200);
        clock.Advance(TimeSpan.FromSeconds(61));
        int live = 0;
        foreach (ChatBrowser tab in tabs)
            live += (await tab.GetAsync("messages")).Status == 200 ? 1 : 0;
        live.ShouldBe(1);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task An_unknown_token_makes_a_new_visitor(string token)
    {
        ChatBrowser known = await ChatBrowser.OpenAsync(hub, chat);
        var browser = new ChatBrowser(hub, chat);

        await browser.StartAsync(resume: token);

        browser.VisitorId.ShouldNotBe(known.VisitorId);
    }

    [Fact]
    public async Task A_token_opens_no_other_chat()
    {
        string other = await hub.AddChatAsync();
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);

        var elsewhere = new ChatBrowser(hub, other) { Token = browser.Token };

        (await elsewhere.GetAsync("messages")).Status.ShouldBe(401);
        await elsewhere.StartAsync(resume: browser.Token);
        elsewhere.VisitorId.ShouldNotBe(browser.VisitorId);
    }

    [Fact]
    public async Task An_idle_visitor_ends_after_thirty_days_and_one_in_use_after_a_year()
    {
        ChatBrowser idle = await ChatBrowser.OpenAsync(hub, chat);
        ChatBrowser used = await ChatBrowser.OpenAsync(hub, chat);
        string visitor = used.VisitorId!;
        for (int month = 0; month < 13; month++)
        {
            clock.Advance(TimeSpan.FromDays(28));
            (await used.GetAsync("messages")).Status.ShouldBe(200);
            await used.StartAsync(resume: used.Token);
            used.VisitorId.ShouldBe(visitor);
        }

        (await idle.GetAsync("messages")).Status.ShouldBe(401);
        clock.Advance(TimeSpan.FromDays(2));
        (await used.GetAsync("messages")).Status.ShouldBe(401);
    }

    [Fact]
    public async Task Use_alone_prolongs_a_session()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        for (int i = 0; i < 3; i++)
        {
            clock.Advance(TimeSpan.FromDays(20));
            (await browser.GetAsync("messages")).Status.ShouldBe(200);
        }
    }

    [Fact]
    public async Task Logging_out_ends_every_token_and_stream_of_the_visitor()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        string first = browser.Token!;
        await browser.StartAsync(resume: first);
        using LiveStream stream = await browser.ListenAsync();

        (await browser.PostAsync("sessions/logout", new { })).Status.ShouldBe(204);

        (await stream.NextAsync()).ShouldSatisfyAllConditions(e => e!.Type.ShouldBe("session"), e => ((string?)e!.Data["reason"]).ShouldBe("logged_out"));
        (await stream.NextAsync()).ShouldBeNull();
        (await browser.GetAsync("messages")).Status.ShouldBe(401);
        (await With(browser, first).GetAsync("messages")).Status.ShouldBe(401);
        string visitor = browser.VisitorId!;
        await browser.StartAsync(resume: browser.Token);
        browser.VisitorId.ShouldNotBe(visitor);
    }

    [Fact]
    public async Task The_hub_keeps_no_token()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        await browser.SayAsync("hello");

        List<string> kept = hub.Get<Database>().Read(session => session.Query<string>("SELECT token_hash FROM visitor_session"));

        kept.ShouldHaveSingleItem().ShouldNotContain(browser.Token!);
        foreach (string file in Directory.EnumerateFiles(hub.DataPath, "hub.db*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes);
            bytes.ToArray().AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(browser.Token!)).ShouldBe(-1);
        }
    }

    [Fact]
    public async Task Everything_but_beginning_asks_for_a_token()
    {
        var nobody = new ChatBrowser(hub, chat);
        foreach ((HttpMethod method, string path) in ((HttpMethod, string)[])
            [
                (HttpMethod.Get, "messages"), (HttpMethod.Post, "messages"), (HttpMethod.Post, "attachments"), (HttpMethod.Get, "attachments/att_0000000000000"),
                (HttpMethod.Post, "tickets"), (HttpMethod.Get, "stream"), (HttpMethod.Get, "stream?ticket=x"), (HttpMethod.Post, "typing"), (HttpMethod.Post, "read"),
                (HttpMethod.Post, "claims"), (HttpMethod.Post, "claims/clm_1/confirm"), (HttpMethod.Post, "sessions/logout"),
            ])
        {
            using HttpResponseMessage response = await nobody.CallAsync(method, path, method == HttpMethod.Post ? ChatBrowser.Json("{}") : null);
            response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, path);
        }
    }

    [Fact]
    public async Task An_admin_key_is_no_visitor()
    {
        var browser = new ChatBrowser(hub, chat) { Token = TestHub.AdminKey };

        (await browser.GetAsync("messages")).Status.ShouldBe(401);
    }

    [Fact]
    public async Task A_session_outlives_a_restart()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        await browser.SayAsync("before");

        clock.Advance(TimeSpan.FromSeconds(1));
        await hub.RestartAsync();

        await browser.SayAsync("after");
        (await browser.TextsAsync()).ShouldBe(["before", "after"]);
    }

    private ChatBrowser With(ChatBrowser browser, string token) => new(hub, chat) { Token = token, Origin = browser.Origin };
}
