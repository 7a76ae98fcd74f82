using System.Text.Json.Nodes;
using ChannelHub.Core.Ids;
using Shouldly;
using Xunit;

namespace ChannelHub.Tests.WebChat;

public sealed class ChatConversationTests : IAsyncLifetime
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
    public async Task A_visitor_writes_and_the_shop_sees_one_customer_with_a_proven_sender()
    {
        var browser = new ChatBrowser(hub, chat);
        JsonNode session = await browser.StartAsync(page: "https://user:pw@shop.example/kites/swift?token=secret#top");
        session["conversation"].ShouldBeNull();
        session["config"]!.ToJsonString().ShouldBe("""{"title":"Kites","greeting":"Hello!","colour":"#112233","max_text":4000,"max_file_bytes":26214400}""");

        JsonNode said = await browser.SayAsync("Which kite for a light wind?", "c-1");

        said["direction"]!.GetValue<string>().ShouldBe("in");
        said["author"]!["kind"]!.GetValue<string>().ShouldBe("customer");
        said["client_id"]!.GetValue<string>().ShouldBe("c-1");
        said["state"]!.GetValue<string>().ShouldBe("received");
        string customer = HubId.Format(IdPrefix.Conversation, shop.CustomerOf(shop.IdentityOf(browser, chat)));
        JsonNode thread = await hub.GetAsync($"/v1/conversations/{customer}/messages");
        JsonNode seen = thread["data"]![0]!;
        seen["id"]!.GetValue<string>().ShouldBe(said.Id());
        seen["sender_assurance"]!.GetValue<string>().ShouldBe("proven");
        seen["channel_type"]!.GetValue<string>().ShouldBe("webchat");
        seen["metadata"]!["page"]!.GetValue<string>().ShouldBe("https://shop.example/kites/swift");
        hub.Accounting(chat).ShouldSatisfyAllConditions(a => a.Received.ShouldBe(1), a => a.Stored.ShouldBe(1));
    }

    [Fact]
    public async Task Whoever_only_opens_the_chat_is_no_customer()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);

        (await browser.ThreadAsync()).ShouldBeEmpty();
        using LiveStream stream = await browser.ListenAsync();

        shop.IdentityOf(browser, chat).ShouldBe(0);
        (await hub.GetAsync("/v1/customers"))["data"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Repeating_a_message_gives_the_same_one_and_counts_as_a_duplicate()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        object body = new { client_id = "same", parts = new[] { new { type = "text", text = "once" } } };

        Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => browser.PostAsync("messages", body)));

        answers.Count(a => a.Status == 201).ShouldBe(1);
        answers.Count(a => a.Status == 200).ShouldBe(19);
        answers.Select(a => a.Body!.Id()).Distinct().Count().ShouldBe(1);
        (await browser.TextsAsync()).ShouldBe(["once"]);
        hub.Accounting(chat).ShouldSatisfyAllConditions(a => a.Received.ShouldBe(20), a => a.Stored.ShouldBe(1), a => a.Duplicate.ShouldBe(19));
    }

    [Fact]
    public async Task The_same_client_id_of_two_visitors_is_two_messages()
    {
        ChatBrowser one = await ChatBrowser.OpenAsync(hub, chat);
        ChatBrowser other = await ChatBrowser.OpenAsync(hub, chat);

        await one.SayAsync("mine", "c");
        await other.SayAsync("yours", "c");

        (await one.TextsAsync()).ShouldBe(["mine"]);
        (await other.TextsAsync()).ShouldBe(["yours"]);
    }

    [Fact]
    public async Task A_conversation_goes_both_ways_live()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        using LiveStream stream = await browser.ListenAsync(browser.Cursor);
        stream.Response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        stream.Response.Headers.GetValues("X-Accel-Buffering").ShouldBe(["no"]);

        await browser.SayAsync("hello", "c-1");
        LiveEvent own = await stream.NextAsync("message");
        own.Data["client_id"]!.GetValue<string>().ShouldBe("c-1");

        long identity = shop.IdentityOf(browser, chat);
        string answer = await shop.AnswerAsync(chat, identity, "Good day!");
        LiveEvent heard = await stream.NextAsync("message");
        heard.Data.Id().ShouldBe(answer);
        heard.Text.ShouldBe("Good day!");
        heard.Data["direction"]!.GetValue<string>().ShouldBe("out");
        heard.Data["author"]!["name"]!.GetValue<string>().ShouldBe("Mia");

        (await stream.NextAsync("state")).Data.ToJsonString().ShouldBe($$"""{"message_id":"{{answer}}","state":"delivered"}""");
        shop.StateOf(answer).ShouldBe("delivered");
        (await browser.PostAsync("read", new { up_to = answer })).Status.ShouldBe(204);
        (await stream.NextAsync("state")).Data["state"]!.GetValue<string>().ShouldBe("read");
        shop.StateOf(answer).ShouldBe("read");
    }

    [Fact]
    public async Task What_is_not_sent_yet_is_not_shown_and_what_was_taken_back_is_empty()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        await browser.SayAsync("hello");
        long identity = shop.IdentityOf(browser, chat);
        using LiveStream stream = await browser.ListenAsync(browser.Cursor);
        await shop.AnswerAsync(chat, identity, "waits", Core.Messages.MessageState.Queued);
        string answer = await shop.AnswerAsync(chat, identity, "slip of the pen");
        await shop.EditAsync(answer, "mended");
        await shop.DeleteAsync(answer);

        List<LiveEvent> events = await stream.UntilAsync(e => e.Data["deleted_at"] is not null);

        List<LiveEvent> messages = [.. events.Where(e => e.Type == "message")];
        messages.ShouldNotContain(e => e.Text == "waits");
        messages[^1].Data["parts"]!.AsArray().ShouldBeEmpty();
        (await browser.ThreadAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Reading_history_delivers_what_was_sent_while_nobody_listened()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        await browser.SayAsync("hello");
        string answer = await shop.AnswerAsync(chat, shop.IdentityOf(browser, chat), "Good day!");
        shop.StateOf(answer).ShouldBe("sent");

        await browser.ThreadAsync();

        await shop.StateBecomesAsync(answer, "delivered");
    }

    [Fact]
    public async Task A_read_mark_moves_only_forward_and_only_over_what_the_chat_sent()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        JsonNode said = await browser.SayAsync("hello");
        long identity = shop.IdentityOf(browser, chat);
        string first = await shop.AnswerAsync(chat, identity, "one");
        string second = await shop.AnswerAsync(chat, identity, "two");
        string third = await shop.AnswerAsync(chat, identity, "three");

        (await browser.PostAsync("read", new { up_to = second })).Status.ShouldBe(204);
        (shop.StateOf(first), shop.StateOf(second), shop.StateOf(third)).ShouldBe(("read", "read", "sent"));
        (await browser.PostAsync("read", new { up_to = said.Id() })).Status.ShouldBe(204);
        shop.StateOf(second).ShouldBe("read");
        (await browser.PostAsync("read", new { up_to = "msg_0000000000000" })).Status.ShouldBe(404);
        (await browser.PostAsync("read", new { up_to = third })).Status.ShouldBe(204);
        shop.StateOf(third).ShouldBe("read");
    }

    [Fact]
    public async Task The_visitor_sees_that_the_shop_has_read()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        JsonNode said = await browser.SayAsync("hello");
        using LiveStream stream = await browser.ListenAsync(browser.Cursor);
        string conversation = HubId.Format(IdPrefix.Conversation, shop.CustomerOf(shop.IdentityOf(browser, chat)));

        await hub.PostAsync($"/v1/conversations/{conversation}/read", new { up_to = said.Id() });

        (await stream.NextAsync("read")).Data["up_to"]!.GetValue<string>().ShouldBe(said.Id());
        using LiveStream later = await browser.ListenAsync();
        (await later.NextAsync("read")).Data["up_to"]!.GetValue<string>().ShouldBe(said.Id());
    }

    [Fact]
    public async Task Pages_of_history_hold_every_message_once_in_order()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        for (int i = 0; i < 25; i++)
            await browser.SayAsync("m" + i);

        List<JsonNode> thread = await browser.ThreadAsync(limit: 7);

        thread.Select(m => (string)m["parts"]![0]!["text"]!).ShouldBe(Enumerable.Range(0, 25).Select(i => "m" + i));
    }

    [Fact]
    public async Task A_press_and_a_quote_reach_the_shop_as_such()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        await browser.SayAsync("hello");
        long identity = shop.IdentityOf(browser, chat);
        string offer = await shop.SendAsync(chat, identity,
            """[{"index":0,"type":"buttons","text":"Which?","buttons":[{"id":"swift","label":"Swift"}]}]""");

        Answer pressed = await browser.PostAsync("messages", new
        {
            client_id = "press", reply_to = offer, parts = new object[] { new { type = "reply", button_id = "swift", label = "Swift" } },
        });

        pressed.Status.ShouldBe(201);
        pressed.Body!["reply_to"]!.GetValue<string>().ShouldBe(offer);
        pressed.Body["parts"]![0]!.ToJsonString().ShouldBe("""{"index":0,"type":"reply","button_id":"swift","label":"Swift"}""");
    }

    [Fact]
    public async Task Parts_show_a_visitor_what_is_theirs_to_see_and_nothing_else()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        await browser.SayAsync("hello");
        await shop.SendAsync(chat, shop.IdentityOf(browser, chat), """
            [{"index":0,"type":"text","text":"new","full_text":"quoted agent notes","html":"<b>x</b>","provider_id":"p"},{"index":1,"type":"order","items":[],"raw":{"cost":1}}]
            """);

        JsonNode shown = (await browser.ThreadAsync())[^1];

        shown["parts"]!.ToJsonString().ShouldBe("""[{"index":0,"type":"text","text":"new"},{"index":1,"type":"unsupported","kind":"order"}]""");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"client_id":"a","parts":[]}""")]
    [InlineData("""{"client_id":"a","parts":[null]}""")]
    [InlineData("""{"client_id":"a","parts":[{"type":"text"}]}""")]
    [InlineData("""{"client_id":"a","parts":[{"type":"text","text":"  "}]}""")]
    [InlineData("""{"client_id":"a","parts":[{"type":"html","text":"<b>"}]}""")]
    [InlineData("""{"client_id":"a b","parts":[{"type":"text","text":"x"}]}""")]
    [InlineData("""{"client_id":7,"parts":[{"type":"text","text":"x"}]}""")]
    [InlineData("""{"client_id":"a","parts":{"type":"text","text":"x"}}""")]
    [InlineData("""{"client_id":"a","parts":[{"type":"image","attachment_id":"att_0000000000000"}]}""")]
    [InlineData("""{"client_id":"a","parts":[{"type":"file","attachment_id":"../x"}]}""")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task What_is_malformed_is_answered_400(string body)
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);

        Answer answer = await browser.PostAsync("messages", body);

        answer.Status.ShouldBe(400);
        answer.Problem.ShouldBe("/problems/invalid");
    }

    [Fact]
    public async Task Odd_characters_are_cleaned_and_too_long_texts_refused()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);

        (await browser.PostAsync("messages", """{"client_id":"odd","parts":[{"type":"text","text":"a\u0000b\ud800c"}]}""")).Status.ShouldBe(201);
        (await browser.TextsAsync()).ShouldBe(["a\uFFFDb\uFFFDc"]);
        Answer tooLong = await browser.PostAsync("messages", new { client_id = "long", parts = new[] { new { type = "text", text = new string('x', 4001) } } });
        tooLong.Status.ShouldBe(400);
        (await browser.PostAsync("messages", new { client_id = "big", parts = new[] { new { type = "text", text = new string('x', 70_000) } } })).Status.ShouldBe(413);
    }

    [Fact]
    public async Task A_chat_that_is_not_there_is_not_found_whatever_is_asked()
    {
        string other = await hub.AddChannelAsync("http", new { inbound_token = "x-token-of-some-length" });
        foreach (string id in (string[])["chn_0000000000000", "nonsense", other])
        {
            var browser = new ChatBrowser(hub, id) { Token = new string('a', 43) };
            (await browser.PostAsync("sessions", new { })).Status.ShouldBe(404);
            (await browser.GetAsync("messages")).Status.ShouldBe(404);
            (await browser.GetAsync("stream")).Status.ShouldBe(404);
        }
    }
}
