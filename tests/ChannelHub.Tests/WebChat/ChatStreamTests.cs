using System.Net;
using ChannelHub.Channels;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;
using ChannelHub.WebChat;
using Shouldly;
using Xunit;

namespace ChannelHub.Tests.WebChat;

public sealed class ChatStreamTests : IAsyncLifetime
{
    private TestHub hub = null!;
    private string chat = null!;
    private Shop shop = null!;

    public async Task InitializeAsync()
    {
        hub = await ChatHub.StartAsync();
        chat = await hub.AddChatAsync();
        shop = new Shop(hub);
    }

    public async Task DisposeAsync() => await hub.DisposeAsync();

    [Fact]
    public async Task A_stream_that_is_cut_again_and_again_brings_every_message_once_and_in_order()
    {
        const int count = 120;
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        await browser.SayAsync("hello");
        long identity = shop.IdentityOf(browser, chat);
        await browser.StartAsync(resume: browser.Token);
        Task writing = Task.Run(async () =>
        {
            for (int i = 0; i < count; i++)
                await shop.AnswerAsync(chat, identity, "m" + i);
        });

        var heard = new List<string>();
        var ids = new HashSet<string>();
        string? place = browser.Cursor;
        var random = new Random(7);
        while (heard.Count < count)
        {
            using LiveStream stream = await browser.ListenAsync(place);
            for (int left = random.Next(1, 12); left > 0 && heard.Count < count; left--)
            {
                LiveEvent happened = (await stream.NextAsync())!;
                if (happened.Id is null)
                    continue;
                ids.Add(happened.Id).ShouldBeTrue("an id came twice");
                happened.Id.ShouldMatch("^[A-Za-z0-9_-]+$");
                place = happened.Id;
                if (happened.Type == "message")
                    heard.Add(happened.Text!);
            }
        }
        await writing;

        heard.ShouldBe(Enumerable.Range(0, count).Select(i => "m" + i));
    }

    [Fact]
    public async Task A_stream_that_resumes_across_a_restart_misses_nothing()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        await browser.SayAsync("hello");
        string place;
        using (LiveStream stream = await browser.ListenAsync(browser.Cursor))
            place = (await stream.NextAsync("message")).Id!;
        long identity = shop.IdentityOf(browser, chat);
        await shop.AnswerAsync(chat, identity, "while away");
        await hub.RestartAsync();
        shop = new Shop(hub);
        await shop.AnswerAsync(chat, identity, "after the restart");

        using LiveStream resumed = await browser.ListenAsync(place);

        (await resumed.NextAsync("message")).Text.ShouldBe("while away");
        (await resumed.NextAsync("message")).Text.ShouldBe("after the restart");
    }

    [Fact]
    public async Task A_stop_of_the_hub_ends_streams_at_once()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        using LiveStream stream = await browser.ListenAsync();

        Task restarting = hub.RestartAsync();

        (await stream.NextAsync()).ShouldBeNull();
        await restarting;
    }

    [Fact]
    public async Task The_first_words_of_a_visitor_come_to_a_stream_that_was_open_before()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        using LiveStream one = await browser.ListenAsync();
        using LiveStream other = await browser.ListenAsync(browser.Cursor);

        await browser.SayAsync("hello", "c-1");

        (await one.NextAsync("message")).Data["client_id"]!.GetValue<string>().ShouldBe("c-1");
        (await other.NextAsync("message")).Data["client_id"]!.GetValue<string>().ShouldBe("c-1");
    }

    [Fact]
    public async Task Nobody_hears_what_is_said_to_another()
    {
        ChatBrowser one = await ChatBrowser.OpenAsync(hub, chat);
        ChatBrowser other = await ChatBrowser.OpenAsync(hub, chat);
        await one.SayAsync("I am one");
        await other.SayAsync("I am the other");
        using LiveStream stream = await other.ListenAsync();
        for (int i = 0; i < 20; i++)
            await shop.AnswerAsync(chat, shop.IdentityOf(one, chat), "only for one");
        await shop.AnswerAsync(chat, shop.IdentityOf(other, chat), "for the other");

        List<LiveEvent> events = await stream.UntilAsync(e => e.Text == "for the other");

        events.Where(e => e.Type == "message").ShouldNotContain(e => e.Text == "only for one");
    }

    [Fact]
    public async Task After_too_long_a_gap_the_thread_is_to_be_loaded_again()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        await browser.SayAsync("hello");
        string place = browser.Cursor!;
        await hub.Get<Database>().WriteAsync(session =>
        {
            for (int i = 0; i <= VisitorStreams.LongestGap; i++)
                session.Append(Core.Events.EventType.ChannelUp, session.Now, identityId: null, customerId: null, data: "{}");
        });

        // The feed has passed the gap once it brings what came after it.
        using (LiveStream caughtUp = await browser.ListenAsync(place))
        {
            await shop.AnswerAsync(chat, shop.IdentityOf(browser, chat), "first");
            await caughtUp.NextAsync("message");
        }

        using LiveStream stream = await browser.ListenAsync(place);
        LiveEvent reset = await stream.NextAsync("reset");
        await shop.AnswerAsync(chat, shop.IdentityOf(browser, chat), "goes on");
        (await stream.NextAsync("message")).Text.ShouldBe("goes on");

        using LiveStream resumed = await browser.ListenAsync(reset.Id);
        (await resumed.NextAsync("message")).Text.ShouldBe("goes on");
    }

    [Theory]
    [InlineData("1")]
    [InlineData("not!base64")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_made_up_place_is_refused(string place)
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);

        using HttpResponseMessage response = await browser.CallAsync(HttpMethod.Get, "stream", change: r => r.Headers.TryAddWithoutValidation("Last-Event-ID", place));

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_place_in_one_chat_is_none_in_another()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        ChatBrowser elsewhere = await ChatBrowser.OpenAsync(hub, await hub.AddChatAsync());

        using HttpResponseMessage response = await elsewhere.CallAsync(HttpMethod.Get, "stream", change: r => r.Headers.Add("Last-Event-ID", browser.Cursor));

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_ticket_opens_one_stream_once()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        string ticket = (string)(await browser.PostAsync("tickets", new { })).Body!["ticket"]!;

        using (LiveStream stream = await browser.ListenAsync(ticket: ticket))
        {
            await browser.SayAsync("hello");
            (await stream.NextAsync("message")).Text.ShouldBe("hello");
        }

        using HttpResponseMessage again = await browser.CallAsync(HttpMethod.Get, "stream?ticket=" + ticket, change: r => r.Headers.Authorization = null);
        again.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using HttpResponseMessage inQuery = await browser.CallAsync(HttpMethod.Get, "stream?ticket=" + browser.Token, change: r => r.Headers.Authorization = null);
        inQuery.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_ticket_dies_with_the_session()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        string ticket = (string)(await browser.PostAsync("tickets", new { })).Body!["ticket"]!;
        await browser.PostAsync("sessions/logout", new { });

        using HttpResponseMessage response = await browser.CallAsync(HttpMethod.Get, "stream?ticket=" + ticket);

        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_oldest_of_too_many_streams_gives_way()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        var streams = new List<LiveStream>();
        for (int i = 0; i < 4; i++)
            streams.Add(await browser.ListenAsync());

        (await streams[0].NextAsync()).ShouldBeNull();
        await browser.SayAsync("hello");
        foreach (LiveStream stream in streams.Skip(1))
            (await stream.NextAsync("message")).Text.ShouldBe("hello");
        streams.ForEach(stream => stream.Dispose());
    }

    [Fact]
    public async Task Typing_goes_both_ways_and_is_kept_nowhere()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        await browser.SayAsync("hello");
        using LiveStream stream = await browser.ListenAsync(browser.Cursor);
        await stream.NextAsync("message");
        long head = hub.Get<Database>().Head;
        using var feed = new LiveStream(await hub.Admin.SendAsync(Feed(), HttpCompletionOption.ResponseHeadersRead));

        var account = (WebChatChannel)hub.Get<ChannelDirectory>().Find(chat)!.Account!;
        await account.ShowTypingAsync(new Adapters.Key("visitor", chat, browser.VisitorId!), null, CancellationToken.None);
        (await browser.PostAsync("typing", new { typing = true })).Status.ShouldBe(204);

        (await stream.NextAsync("typing")).Data.ToJsonString().ShouldBe("""{"typing":true}""");
        LiveEvent shown = await feed.NextAsync("typing");
        shown.Data["identity_id"]!.GetValue<string>().ShouldBe(HubId.Format(IdPrefix.Identity, shop.IdentityOf(browser, chat)));
        shown.Data["typing"]!.GetValue<bool>().ShouldBeTrue();
        hub.Get<Database>().Head.ShouldBe(head);

        static HttpRequestMessage Feed()
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events");
            request.Headers.Accept.ParseAdd("text/event-stream");
            return request;
        }
    }

    [Fact]
    public async Task Disabling_the_channel_ends_its_streams_and_answers_404()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        using LiveStream stream = await browser.ListenAsync();

        await hub.CallAsync(HttpMethod.Patch, "/v1/channels/" + chat, new { enabled = false });

        (await stream.NextAsync()).ShouldBeNull();
        (await browser.GetAsync("messages")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Typing_still_works_after_the_settings_were_changed()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        using LiveStream stream = await browser.ListenAsync();
        await hub.CallAsync(HttpMethod.Patch, "/v1/channels/" + chat, new { settings = new { title = "Other" } });

        var account = (WebChatChannel)hub.Get<ChannelDirectory>().Find(chat)!.Account!;
        await account.ShowTypingAsync(new Adapters.Key("visitor", chat, browser.VisitorId!), null, CancellationToken.None);

        await stream.NextAsync("typing");
    }
}
