using System.Text.Json.Nodes;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;
using Shouldly;
using Xunit;

namespace ChannelHub.Tests.WebChat;

/// <summary>Who a visitor is, and what they therefore see: only what evidence proven on both sides makes theirs.</summary>
public sealed class ChatIdentityTests : IAsyncLifetime
{
    private const string Email = "ada@example.org";
    private const string Phone = "+48600100200";

    private TestHub hub = null!;
    private string chat = null!;
    private Shop shop = null!;

    private static DateTimeOffset Now => DateTimeOffset.UtcNow;

    public async Task InitializeAsync()
    {
        hub = await ChatHub.StartAsync();
        chat = await hub.AddChatAsync(Jwt.Settings);
        shop = new Shop(hub);
    }

    public async Task DisposeAsync() => await hub.DisposeAsync();

    [Fact]
    public async Task Claiming_somebodys_address_shows_nothing_and_joins_nothing()
    {
        long mail = await shop.StrangerAsync(chat, "email", Email, "private words by mail");
        long phone = await shop.StrangerAsync(chat, "phone", Phone, "private words by phone");
        ChatBrowser attacker = await ChatBrowser.OpenAsync(hub, chat);
        await attacker.SayAsync("hello");
        using LiveStream stream = await attacker.ListenAsync();

        Answer known = await attacker.PostAsync("claims", new { kind = "email", value = Email });
        Answer unknown = await attacker.PostAsync("claims", new { kind = "email", value = "nobody@example.org" });
        Answer number = await attacker.PostAsync("claims", new { kind = "phone", value = Phone });
        Answer noAddress = await attacker.PostAsync("claims", new { kind = "phone", value = "not a number" });
        await shop.AnswerAsync(chat, mail, "private answer");
        await shop.SaysAsync(chat, phone, "more private words");
        await attacker.SayAsync("the end");

        foreach (Answer answer in (Answer[])[known, unknown, number, noAddress])
        {
            answer.Status.ShouldBe(202);
            answer.Body!.AsObject().Select(p => p.Key).ShouldBe(["id"]);
        }
        (await attacker.TextsAsync()).ShouldBe(["hello", "the end"]);
        List<LiveEvent> live = await stream.UntilAsync(e => e.Text == "the end");
        live.Where(e => e.Type == "message").Select(e => e.Text).ShouldBe(["the end"]);
        live.ShouldNotContain(e => e.Type == "reset");
        long visitor = shop.IdentityOf(attacker, chat);
        new[] { shop.CustomerOf(mail), shop.CustomerOf(phone), shop.CustomerOf(visitor) }.ShouldBe([mail, phone, visitor]);
        JsonNode identity = await hub.GetAsync("/v1/identities/" + HubId.Format(IdPrefix.Identity, visitor));
        identity["claims"]!.AsArray().Select(c => (string)c!["assurance"]!).ShouldAllBe(assurance => assurance == "claimed");
        identity["claims"]!.AsArray().Count.ShouldBe(3);
    }

    [Theory]
    [InlineData("""{"kind":"external","value":"customer-42"}""")]
    [InlineData("""{"kind":"visitor","value":"x"}""")]
    [InlineData("""{"kind":"email"}""")]
    [InlineData("""{"kind":"email","value":""}""")]
    [InlineData("""{"kind":"email","value":["ada@example.org"]}""")]
    [InlineData("""{"kind":null,"value":null}""")]
    public async Task Only_addresses_can_be_claimed(string body)
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);

        (await browser.PostAsync("claims", body)).Status.ShouldBe(400);
    }

    [Fact]
    public async Task No_code_is_right_where_none_can_be_sent()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        string claim = (string)(await browser.PostAsync("claims", new { kind = "email", value = Email })).Body!["id"]!;

        foreach (string id in (string[])[claim, "clm_0000000000000", "x"])
            (await browser.PostAsync($"claims/{id}/confirm", new { code = "123456" })).ShouldSatisfyAllConditions(a => a.Status.ShouldBe(400), a => a.Problem.ShouldBe("/problems/code-invalid"));
    }

    [Fact]
    public async Task A_merge_by_hand_shows_a_visitor_nothing_of_the_other()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        await browser.SayAsync("hello");
        long visitor = shop.IdentityOf(browser, chat);
        long mail = await shop.StrangerAsync(chat, "email", Email, "private words");
        using LiveStream stream = await browser.ListenAsync();

        await shop.MergeAsync(visitor, mail);
        await shop.SaysAsync(chat, mail, "more private words");
        await shop.AnswerAsync(chat, mail, "private answer");
        await shop.AnswerAsync(chat, visitor, "for you");

        shop.CustomerOf(mail).ShouldBe(visitor);
        List<LiveEvent> live = await stream.UntilAsync(e => e.Text == "for you");
        live.Count(e => e.Type == "message").ShouldBe(1);
        (await browser.TextsAsync()).ShouldBe(["hello", "for you"]);
    }

    [Fact]
    public async Task A_signed_visitor_sees_what_was_said_on_another_device_and_by_proven_mail()
    {
        ChatBrowser phone = await ChatBrowser.OpenAsync(hub, chat, Jwt.For(chat, "customer-42", Now));
        await phone.SayAsync("from the phone");
        await shop.StrangerAsync(chat, "email", Email, "by mail");
        await shop.StrangerAsync(chat, "email", "other@example.org", "another's mail");

        ChatBrowser laptop = await ChatBrowser.OpenAsync(hub, chat, Signed("customer-42", Email, verified: true));
        await laptop.SayAsync("from the laptop");

        (await laptop.TextsAsync()).ShouldBe(["from the phone", "by mail", "from the laptop"], ignoreOrder: true);
        (await phone.TextsAsync()).ShouldBe(["from the phone", "by mail", "from the laptop"], ignoreOrder: true);
        (await laptop.ThreadAsync()).ShouldAllBe(m => (string)m["direction"]! == "in");
        using LiveStream stream = await phone.ListenAsync();
        await shop.AnswerAsync(chat, shop.IdentityOf(laptop, chat), "to the laptop");
        (await stream.NextAsync("message")).Text.ShouldBe("to the laptop");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(null)]
    public async Task A_signed_address_that_is_not_verified_stays_a_claim(bool? verified)
    {
        long mail = await shop.StrangerAsync(chat, "email", Email, "private words");

        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat, Signed("customer-42", Email, verified));
        await browser.SayAsync("hello");

        (await browser.TextsAsync()).ShouldBe(["hello"]);
        shop.CustomerOf(mail).ShouldBe(mail);
    }

    [Fact]
    public async Task Words_of_a_participant_are_not_the_visitors_to_see()
    {
        long mail = await shop.StrangerAsync(chat, "email", Email, "my own mail");
        long colleague = await shop.StrangerAsync(chat, "email", "colleague@example.org", "elsewhere");
        await shop.SaysAsync(chat, mail, "a colleague answers on this thread", participant: colleague);

        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat, Signed("customer-42", Email, verified: true));

        (await browser.TextsAsync()).ShouldBe(["my own mail"]);
    }

    [Fact]
    public async Task An_anonymous_visitor_who_signs_in_keeps_their_words_and_sees_the_rest()
    {
        ChatBrowser known = await ChatBrowser.OpenAsync(hub, chat, Jwt.For(chat, "customer-42", Now));
        await known.SayAsync("earlier");
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        await browser.SayAsync("still anonymous");
        using LiveStream stream = await browser.ListenAsync();
        string visitor = browser.VisitorId!;

        await browser.StartAsync(resume: browser.Token, identity: Jwt.For(chat, "customer-42", Now, new() { ["name"] = "Ada" }));

        browser.VisitorId.ShouldBe(visitor);
        await stream.NextAsync("reset");
        (await browser.TextsAsync()).ShouldBe(["earlier", "still anonymous"]);
        JsonNode customer = await hub.GetAsync("/v1/customers/" + HubId.Format(IdPrefix.Customer, shop.CustomerOf(shop.IdentityOf(browser, chat))));
        customer["external_id"]!.GetValue<string>().ShouldBe("customer-42");
        customer["identities"]!.AsArray().Count.ShouldBe(3);
    }

    [Fact]
    public async Task Somebody_else_at_the_same_browser_is_a_new_visitor_and_the_one_before_is_signed_out()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat, Jwt.For(chat, "customer-1", Now));
        await browser.SayAsync("mine alone");
        (string visitor, string token) = (browser.VisitorId!, browser.Token!);
        using LiveStream stream = await browser.ListenAsync();

        await browser.StartAsync(resume: token, identity: Jwt.For(chat, "customer-2", Now));

        browser.VisitorId.ShouldNotBe(visitor);
        (await browser.TextsAsync()).ShouldBeEmpty();
        await stream.NextAsync("session");
        (await stream.NextAsync()).ShouldBeNull();
        (await new ChatBrowser(hub, chat) { Token = token }.GetAsync("messages")).Status.ShouldBe(401);
        await browser.SayAsync("hello");
        shop.FindIdentity("external", "customer-1").ShouldNotBeNull();
        shop.CustomerOf(shop.IdentityOf(browser, chat)).ShouldNotBe(shop.CustomerOf(shop.FindIdentity("external", "customer-1")!.Value));
    }

    [Fact]
    public async Task A_token_works_again_for_the_same_visitor_and_for_no_other()
    {
        string token = Jwt.For(chat, "customer-42", Now);
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat, token);
        await browser.SayAsync("mine alone");

        await browser.StartAsync(resume: browser.Token, identity: token);
        var thief = new ChatBrowser(hub, chat);
        Answer stolen = await thief.PostAsync("sessions", new { identity = token });
        ChatBrowser anonymous = await ChatBrowser.OpenAsync(hub, chat);
        await anonymous.SayAsync("hello");
        Answer resumed = await anonymous.PostAsync("sessions", new { resume = anonymous.Token, identity = token });

        stolen.ShouldSatisfyAllConditions(a => a.Status.ShouldBe(401), a => a.Problem.ShouldBe("/problems/identity-invalid"));
        resumed.Status.ShouldBe(401);
        (await anonymous.TextsAsync()).ShouldBe(["hello"]);
        hub.Accounting(chat).ShouldSatisfyAllConditions(a => a.Stored.ShouldBe(3), a => a.Duplicate.ShouldBe(1));
    }

    [Fact]
    public async Task A_stolen_token_ends_nobodys_session()
    {
        string stolen = Jwt.For(chat, "customer-2", Now);
        await ChatBrowser.OpenAsync(hub, chat, stolen);
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat, Jwt.For(chat, "customer-1", Now));

        (await browser.PostAsync("sessions", new { resume = browser.Token, identity = stolen })).Status.ShouldBe(401);

        (await browser.GetAsync("messages")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task What_the_shop_did_not_sign_signs_nobody_in()
    {
        string expired = Jwt.For(chat, "c", Now.AddMinutes(-10));
        string elsewhere = Jwt.For("chn_0000000000000", "c", Now);
        string forged = Jwt.For(chat, "c", Now, secret: new string('x', 40));
        var browser = new ChatBrowser(hub, chat);
        foreach (string token in (string[])["", "x", expired, elsewhere, forged, new string('a', 50_000)])
        {
            Answer answer = await browser.PostAsync("sessions", new { identity = token });
            answer.ShouldSatisfyAllConditions(a => a.Status.ShouldBe(401), a => a.Problem.ShouldBe("/problems/identity-invalid"));
            answer.Body!["token"].ShouldBeNull();
        }
        (await browser.PostAsync("sessions", """{"identity":["x"]}""")).Status.ShouldBe(400);
        (await browser.PostAsync("sessions", """{"identity":{"sub":"c"}}""")).Status.ShouldBe(400);
        shop.FindIdentity("external", "c").ShouldBeNull();
    }

    [Fact]
    public async Task A_chat_without_keys_believes_no_signature()
    {
        string other = await hub.AddChatAsync();

        (await new ChatBrowser(hub, other).PostAsync("sessions", new { identity = Jwt.For(other, "c", Now) })).Status.ShouldBe(401);
    }

    [Fact]
    public async Task A_link_that_is_undone_hides_again_what_it_showed()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        await browser.SayAsync("hello");
        long mail = await shop.StrangerAsync(chat, "email", Email, "by mail");
        await browser.StartAsync(resume: browser.Token, identity: Signed("customer-42", Email, verified: true));
        (await browser.TextsAsync()).ShouldBe(["hello", "by mail"]);
        using LiveStream stream = await browser.ListenAsync(browser.Cursor);
        JsonNode merges = await hub.GetAsync("/v1/merges");
        string merge = (string)merges["data"]!.AsArray().First(m => m!["links"]!.ToJsonString().Contains(Email, StringComparison.Ordinal))!["merge_id"]!;

        await hub.PostAsync($"/v1/merges/{merge}/undo");

        await stream.NextAsync("reset");
        await shop.SaysAsync(chat, mail, "private again");
        await shop.AnswerAsync(chat, shop.IdentityOf(browser, chat), "for you");
        (await stream.NextAsync("message")).Text.ShouldBe("for you");
        (await browser.TextsAsync()).ShouldBe(["hello", "for you"]);
    }

    [Fact]
    public async Task A_link_barred_while_a_merge_by_hand_holds_is_judged_anew_live()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        await browser.SayAsync("hello");
        long visitor = shop.IdentityOf(browser, chat);
        long mail = await shop.StrangerAsync(chat, "email", Email, "by mail");
        await browser.StartAsync(resume: browser.Token, identity: Signed("customer-42", Email, verified: true));
        JsonNode merges = await hub.GetAsync("/v1/merges");
        string merge = (string)merges["data"]!.AsArray().First(m => m!["links"]!.ToJsonString().Contains(Email, StringComparison.Ordinal))!["merge_id"]!;
        await shop.MergeAsync(visitor, mail);
        using LiveStream stream = await browser.ListenAsync(browser.Cursor);
        await hub.PostAsync($"/v1/merges/{merge}/undo");
        shop.CustomerOf(mail).ShouldBe(shop.CustomerOf(visitor));

        await shop.SaysAsync(chat, mail, "private again");
        await shop.AnswerAsync(chat, visitor, "for you");

        List<LiveEvent> live = await stream.UntilAsync(e => e.Text == "for you");
        live.ShouldNotContain(e => e.Text == "private again");
        (await browser.TextsAsync()).ShouldBe(["hello", "for you"]);
    }

    [Fact]
    public async Task A_closed_identity_is_left_behind()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        await browser.SayAsync("before");
        long first = shop.IdentityOf(browser, chat);
        using LiveStream stream = await browser.ListenAsync();

        await hub.PostAsync($"/v1/identities/{HubId.Format(IdPrefix.Identity, first)}/close");

        await stream.NextAsync("reset");
        (await browser.TextsAsync()).ShouldBeEmpty();
        await browser.SayAsync("after");
        (await stream.NextAsync("message")).Text.ShouldBe("after");
        shop.IdentityOf(browser, chat).ShouldNotBe(first);
    }

    [Fact]
    public async Task The_raw_inbox_keeps_what_was_signed_and_not_the_token()
    {
        string token = Jwt.For(chat, "customer-42", Now);
        await ChatBrowser.OpenAsync(hub, chat, token);

        List<byte[]> raw = hub.Get<Database>().Read(session => session.Query<byte[]>("SELECT body FROM inbox"));

        string text = System.Text.Encoding.UTF8.GetString(raw.ShouldHaveSingleItem());
        text.ShouldContain("customer-42");
        text.ShouldNotContain(token.Split('.')[2]);
    }

    private string Signed(string subject, string email, bool? verified) =>
        Jwt.For(chat, subject, Now, new() { ["email"] = email, ["email_verified"] = verified });
}
