using System.Text.Json.Nodes;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;
using ChannelHub.Tests.Api;
using ChannelHub.WebChat;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace ChannelHub.Tests.WebChat;

/// <summary>A visitor proves an address by the code that was sent there; and everything that is not that proves nothing.</summary>
public sealed class CodeTests : IAsyncLifetime
{
    private const string Phone = "+48600100200";
    private const string Email = "ada@example.org";

    private readonly MovedClock clock = new();
    private readonly RecordedLog log = new();
    private TestHub hub = null!;
    private string chat = null!;
    private Shop shop = null!;
    private Gateway phones = null!;

    public async Task InitializeAsync()
    {
        hub = await TestHub.StartAsync(options => options with { Webchat = ChatHub.Roomy }, clock, logging: l => l.ClearProviders().AddProvider(log));
        chat = await hub.AddChatAsync(Jwt.Settings);
        shop = new Shop(hub);
        phones = await Gateway.OpenAsync(hub, "phone");
    }

    public async Task DisposeAsync()
    {
        await phones.DisposeAsync();
        await hub.DisposeAsync();
    }

    [Fact]
    public async Task The_code_that_was_sent_proves_the_address_and_shows_its_thread()
    {
        await phones.SayAsync(Phone, "earlier, by telephone");
        ChatBrowser browser = await VisitorAsync();
        using LiveStream stream = await browser.ListenAsync();

        string claim = await ClaimAsync(browser, "+48 600 100 200");
        string code = await phones.CodeAsync();
        (await browser.TextsAsync()).ShouldBe(["hello"]);
        (await ConfirmAsync(browser, claim, code)).Status.ShouldBe(204);

        (await browser.TextsAsync()).ShouldContain("earlier, by telephone");
        await stream.NextAsync("reset");
        phones.Arrived.ShouldHaveSingleItem().To.ShouldBe(Phone);
        long visitor = shop.IdentityOf(browser, chat);
        long phone = shop.FindIdentity("phone", Phone)!.Value;
        shop.CustomerOf(visitor).ShouldBe(shop.CustomerOf(phone));
        JsonNode merge = (await hub.GetAsync("/v1/merges"))["data"]!.AsArray().ShouldHaveSingleItem()!;
        ((string)merge["kind"]!).ShouldBe("automatic");
        ((string)merge["links"]![0]!["key"]!).ShouldBe("phone:" + Phone);
        JsonNode identity = await hub.GetAsync("/v1/identities/" + HubId.Format(IdPrefix.Identity, visitor));
        ((string)identity["claims"]![0]!["assurance"]!).ShouldBe("confirmed");
    }

    [Fact]
    public async Task A_code_works_once_and_only_for_the_visitor_who_asked()
    {
        ChatBrowser browser = await VisitorAsync();
        ChatBrowser thief = await VisitorAsync();
        string claim = await ClaimAsync(browser, Phone);
        string code = await phones.CodeAsync();

        IsWrong(await ConfirmAsync(thief, claim, code));
        (await ConfirmAsync(browser, claim, code)).Status.ShouldBe(204);
        IsWrong(await ConfirmAsync(browser, claim, code));

        shop.CustomerOf(shop.IdentityOf(thief, chat)).ShouldBe(shop.IdentityOf(thief, chat));
    }

    [Fact]
    public async Task After_five_wrong_tries_the_right_code_is_as_wrong()
    {
        ChatBrowser browser = await VisitorAsync();
        string claim = await ClaimAsync(browser, Phone);
        string code = await phones.CodeAsync();

        List<Answer> answers = [];
        foreach (string guess in (string[])[Other(code), "", "12345", code + "0", "٠١٢٣٤٥", code])
            answers.Add(await ConfirmAsync(browser, claim, guess));

        AreAlike(answers);
        shop.CustomerOf(shop.FindIdentity("phone", Phone)!.Value).ShouldNotBe(shop.CustomerOf(shop.IdentityOf(browser, chat)));
    }

    [Fact]
    public async Task A_code_ends_after_ten_minutes_and_when_another_is_asked_for()
    {
        ChatBrowser browser = await VisitorAsync();
        string first = await ClaimAsync(browser, Phone);
        string firstCode = await phones.CodeAsync();
        string second = await ClaimAsync(browser, Phone);
        string secondCode = await phones.CodeAsync(2);

        IsWrong(await ConfirmAsync(browser, first, firstCode));
        clock.Advance(TimeSpan.FromMinutes(10));
        IsWrong(await ConfirmAsync(browser, second, secondCode));
        string third = await ClaimAsync(browser, Phone);
        (await ConfirmAsync(browser, third, await phones.CodeAsync(3))).Status.ShouldBe(204);
    }

    [Fact]
    public async Task An_address_gets_three_codes_an_hour_over_all_visitors_and_nobody_can_tell()
    {
        List<Answer> claims = [];
        List<Answer> confirms = [];
        for (int i = 0; i < 5; i++)
        {
            ChatBrowser browser = await VisitorAsync();
            claims.Add(await browser.PostAsync("claims", new { kind = "phone", value = Phone }));
            confirms.Add(await ConfirmAsync(browser, (string)claims[^1].Body!["id"]!, "nonsense"));
        }

        await phones.CodeAsync(3);
        claims.ShouldAllBe(a => a.Status == 202 && a.Body!.AsObject().Count == 1);
        AreAlike(confirms);
        clock.Advance(TimeSpan.FromMinutes(61));
        ChatBrowser later = await VisitorAsync();
        string claim = await ClaimAsync(later, Phone);
        (await ConfirmAsync(later, claim, await phones.CodeAsync(4))).Status.ShouldBe(204);
        phones.Arrived.Count.ShouldBe(4);
    }

    [Fact]
    public async Task A_code_that_was_never_sent_cannot_be_guessed()
    {
        ChatBrowser browser = await VisitorAsync();
        string nobody = await ClaimAsync(browser, "nobody@example.org", "email");
        HubId.TryParse(IdPrefix.Claim, nobody, out long id).ShouldBeTrue();
        OneTimeCodes codes = hub.Get<OneTimeCodes>();
        string right = Enumerable.Range(0, 1_000_000).Select(n => n.ToString("D6")).First(code => codes.IsRight(id, code));

        IsWrong(await ConfirmAsync(browser, nobody, right));
    }

    [Fact]
    public async Task Codes_of_an_address_are_tried_ten_times_an_hour_over_all_visitors()
    {
        for (int visitor = 0; visitor < 2; visitor++)
        {
            ChatBrowser guesser = await VisitorAsync();
            string guessed = await ClaimAsync(guesser, Phone);
            string its = await phones.CodeAsync(visitor + 1);
            for (int i = 0; i < 5; i++)
                IsWrong(await ConfirmAsync(guesser, guessed, Other(its)));
        }
        ChatBrowser owner = await VisitorAsync();
        string claim = await ClaimAsync(owner, Phone);

        IsWrong(await ConfirmAsync(owner, claim, await phones.CodeAsync(3)));

        clock.Advance(TimeSpan.FromMinutes(61));
        claim = await ClaimAsync(owner, Phone);
        (await ConfirmAsync(owner, claim, await phones.CodeAsync(4))).Status.ShouldBe(204);
    }

    [Fact]
    public async Task Plus_tags_do_not_get_a_mailbox_more_codes()
    {
        await using Gateway mail = await Gateway.OpenAsync(hub, "email");
        foreach (string address in (string[])["ada@example.org", "ada+1@example.org", "ADA+2@example.org", "ada+3@example.org", "ada+4@example.org", "bob@example.org"])
            await ClaimAsync(await VisitorAsync(), address, "email");

        await mail.CodeAsync(4);
        mail.Arrived.Select(a => a.To.ToLowerInvariant()).ShouldBe(["ada@example.org", "ada+1@example.org", "ada+2@example.org", "bob@example.org"], ignoreOrder: true);
    }

    [Fact]
    public async Task The_code_is_in_no_thread_no_event_no_log_and_not_in_the_data()
    {
        ChatBrowser browser = await VisitorAsync();
        string claim = await ClaimAsync(browser, Phone);
        string code = await phones.CodeAsync();
        await ConfirmAsync(browser, claim, code);

        long phone = shop.FindIdentity("phone", Phone)!.Value;
        JsonNode thread = await hub.UntilAsync($"/v1/conversations/{HubId.Format(IdPrefix.Conversation, phone)}/messages",
            t => t["data"]!.AsArray().Any(m => (string?)m!["state"] == "sent"));
        JsonNode message = thread["data"]!.AsArray().Single(m => (string?)m!["direction"] == "out")!;
        ((string)message["parts"]![0]!["text"]!).ShouldStartWith("•••••• is your code");
        ((string)message["author"]!["kind"]!).ShouldBe("system");
        thread.ToJsonString().ShouldNotContain(code);
        (await hub.GetAsync("/v1/events?after=0&limit=2000")).ToJsonString().ShouldNotContain(code);
        (await browser.TextsAsync()).ShouldNotContain(text => text.Contains(code, StringComparison.Ordinal));
        log.Lines.ShouldNotContain(line => line.Text.Contains(code, StringComparison.Ordinal));
        await hub.StopAsync();
        foreach (string file in Directory.EnumerateFiles(hub.DataPath, "*.db*", SearchOption.AllDirectories))
            System.Text.Encoding.UTF8.GetString(await File.ReadAllBytesAsync(file)).ShouldNotContain(code + " is your code");
        await hub.StartAgainAsync();
    }

    [Fact]
    public async Task No_code_goes_to_a_blocked_address_or_for_a_blocked_visitor()
    {
        await phones.SayAsync(Phone, "hello");
        await BlockAsync(shop.FindIdentity("phone", Phone)!.Value);
        ChatBrowser blocked = await VisitorAsync();
        await BlockAsync(shop.IdentityOf(blocked, chat));

        await ClaimAsync(await VisitorAsync(), Phone);
        await ClaimAsync(blocked, "+48600100299");
        await ClaimAsync(await VisitorAsync(), "+48600100201");

        await phones.CodeAsync();
        phones.Arrived.ShouldHaveSingleItem().To.ShouldBe("+48600100201");
    }

    [Fact]
    public async Task A_number_that_changed_hands_while_the_code_was_on_its_way_is_not_proven()
    {
        await phones.SayAsync(Phone, "the old owner");
        ChatBrowser browser = await VisitorAsync();
        string claim = await ClaimAsync(browser, Phone);
        string code = await phones.CodeAsync();
        await hub.PostAsync($"/v1/identities/{HubId.Format(IdPrefix.Identity, shop.FindIdentity("phone", Phone)!.Value)}/close");
        await phones.SayAsync(Phone, "the new owner");

        IsWrong(await ConfirmAsync(browser, claim, code));

        (await browser.TextsAsync()).ShouldBe(["hello"]);
    }

    [Fact]
    public async Task A_vetoed_pair_stays_apart_though_the_address_is_proven()
    {
        await phones.SayAsync(Phone, "private");
        ChatBrowser browser = await VisitorAsync();
        (long visitor, long phone) = (shop.IdentityOf(browser, chat), shop.FindIdentity("phone", Phone)!.Value);
        await hub.PostAsync("/v1/vetoes", new { left = HubId.Format(IdPrefix.Identity, visitor), right = HubId.Format(IdPrefix.Identity, phone) }, expect: 201);
        string claim = await ClaimAsync(browser, Phone);

        (await ConfirmAsync(browser, claim, await phones.CodeAsync())).Status.ShouldBe(204);

        shop.CustomerOf(visitor).ShouldNotBe(shop.CustomerOf(phone));
        (await browser.TextsAsync()).ShouldBe(["hello"]);
    }

    [Fact]
    public async Task A_code_still_goes_out_after_a_restart_and_is_good()
    {
        ChatBrowser browser = await VisitorAsync();
        HubId.TryParse(IdPrefix.Channel, phones.Channel, out long channel).ShouldBeTrue();
        await hub.CallAsync(HttpMethod.Patch, "/v1/channels/" + phones.Channel, new { enabled = false });
        string none = await ClaimAsync(browser, Phone);
        await hub.CallAsync(HttpMethod.Patch, "/v1/channels/" + phones.Channel, new { enabled = true });
        IsWrong(await ConfirmAsync(browser, none, "000000"));

        string claim = await ClaimAsync(browser, Phone);
        string code = await phones.CodeAsync();
        await hub.RestartAsync();

        (await ConfirmAsync(browser, claim, code)).Status.ShouldBe(204);
    }

    private static string Other(string code) => code == "000000" ? "000001" : "000000";

    private static void IsWrong(Answer answer) =>
        answer.ShouldSatisfyAllConditions(a => a.Status.ShouldBe(400), a => a.Problem.ShouldBe("/problems/code-invalid"));

    // The id of the request is all that may differ.
    private static void AreAlike(List<Answer> answers)
    {
        answers.ForEach(IsWrong);
        answers.Select(a => { a.Body!.AsObject().Remove("request_id"); return a.Body.ToJsonString(); }).Distinct().ShouldHaveSingleItem();
    }

    private async Task<ChatBrowser> VisitorAsync()
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat);
        await browser.SayAsync("hello");
        return browser;
    }

    private static async Task<string> ClaimAsync(ChatBrowser browser, string value, string kind = "phone")
    {
        Answer answer = await browser.PostAsync("claims", new { kind, value });
        answer.Status.ShouldBe(202);
        return (string)answer.Body!["id"]!;
    }

    private static Task<Answer> ConfirmAsync(ChatBrowser browser, string claim, string code) => browser.PostAsync($"claims/{claim}/confirm", new { code });

    private async Task BlockAsync(long identity) =>
        (await hub.CallAsync(HttpMethod.Patch, "/v1/identities/" + HubId.Format(IdPrefix.Identity, identity), new { blocked = true })).Status.ShouldBe(200);
}
