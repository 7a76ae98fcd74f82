using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Channels;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Ingest;
using ChannelHub.Tests.Acceptance;
using ChannelHub.Tests.Outbox;
using ChannelHub.Tests.WebChat;
using Shouldly;
using Xunit;

namespace ChannelHub.Tests.Customers;

/// <summary>Attempts to become, to join or to read somebody else, over channels that reveal more than their sender.</summary>
public sealed class ProofAttackTests : IAsyncLifetime
{
    private const string Phone = "+48600100200";
    private const string Email = "ada@example.org";
    private const string TelegramSecret = "secret-of-the-bot";

    private readonly FakeChannelType mail = new(id: "fakemail");
    private TestHub hub = null!;
    private Shop shop = null!;
    private int inputs;

    public async Task InitializeAsync()
    {
        hub = await TestHub.StartAsync(options => options with { Webchat = ChatHub.Roomy }, moreTypes: [mail]);
        shop = new Shop(hub);
    }

    public async Task DisposeAsync() => await hub.DisposeAsync();

    [Fact]
    public async Task A_contact_that_is_not_the_senders_own_proves_nothing()
    {
        await using Gateway phones = await Gateway.OpenAsync(hub, "phone");
        await phones.SayAsync(Phone, "private words of the number's owner");
        string telegram = await hub.AddChannelAsync("telegram", new { secret_token = TelegramSecret });
        object from = new { id = 666, is_bot = false, first_name = "Mallory" };
        object chat = new { id = 666, type = "private" };
        await UpdateAsync(telegram, new { update_id = 1, message = new { message_id = 1, date = 1_790_000_000, chat, from, contact = new { phone_number = Phone, first_name = "Ada", user_id = 667 } } });
        await UpdateAsync(telegram, new { update_id = 2, message = new { message_id = 2, date = 1_790_000_001, chat, from, contact = new { phone_number = Phone, first_name = "Ada" } } });
        await UpdateAsync(telegram, new
        {
            update_id = 3, message = new { message_id = 3, date = 1_790_000_002, chat, from, forward_origin = new { type = "hidden_user" }, contact = new { phone_number = Phone, first_name = "Ada", user_id = 666 } },
        });

        long mallory = shop.FindIdentity("telegram", "666")!.Value;
        long ada = shop.FindIdentity("phone", Phone)!.Value;
        (shop.CustomerOf(mallory), shop.CustomerOf(ada)).ShouldBe((mallory, ada));

        await UpdateAsync(telegram, new { update_id = 4, message = new { message_id = 4, date = 1_790_000_003, chat, from, contact = new { phone_number = Phone, first_name = "Mallory", user_id = 666 } } });
        shop.CustomerOf(mallory).ShouldBe(ada);
    }

    [Fact]
    public async Task A_number_that_changed_hands_opens_a_new_person_who_sees_and_joins_nothing_of_the_old()
    {
        await using Gateway phones = await Gateway.OpenAsync(hub, "phone");
        string chat = await hub.AddChatAsync(Jwt.Settings);
        await phones.SayAsync(Phone, "words of the old owner");
        long old = shop.FindIdentity("phone", Phone)!.Value;
        ChatBrowser oldOwner = await SignedAsync(chat, "old-owner");
        shop.CustomerOf(shop.IdentityOf(oldOwner, chat)).ShouldBe(shop.CustomerOf(old));

        await hub.PostAsync($"/v1/identities/{HubId.Format(IdPrefix.Identity, old)}/close");
        await phones.SayAsync(Phone, "words of the new owner");
        ChatBrowser newOwner = await SignedAsync(chat, "new-owner");

        long now = shop.FindIdentity("phone", Phone)!.Value;
        now.ShouldNotBe(old);
        (await oldOwner.TextsAsync()).ShouldBe(["words of the old owner", "I am old-owner"], ignoreOrder: true);
        (await newOwner.TextsAsync()).ShouldBe(["words of the new owner", "I am new-owner"], ignoreOrder: true);
        shop.CustomerOf(now).ShouldNotBe(shop.CustomerOf(old));
        JsonNode closed = await hub.GetAsync("/v1/identities/" + HubId.Format(IdPrefix.Identity, old));
        closed["until"].ShouldNotBeNull();
        (await hub.CallAsync(HttpMethod.Post, $"/v1/conversations/{HubId.Format(IdPrefix.Conversation, old)}/messages",
            new { identity_id = HubId.Format(IdPrefix.Identity, old), parts = new[] { new { type = "text", text = "for the old owner" } } })).Status.ShouldBe(409);
    }

    [Theory]
    [InlineData("close", "closed")]
    [InlineData("block", "blocked")]
    public async Task What_still_waits_for_an_address_that_is_closed_or_blocked_is_not_sent(string how, string kind)
    {
        string channel = await hub.AddChannelAsync("fakemail", new { account = "waiting" });
        FakeProvider provider = mail["waiting"];
        provider.Always(new SendResult.Deferred(new Fault(FaultKind.ProviderDown, "not now") { WholeChannel = true }, TimeSpan.FromHours(1)));
        JsonNode received = await IngestAsync(channel, new Sender(new Key("telegram", "77")));
        JsonNode message = await hub.PostAsync($"/v1/conversations/{received["conversation_id"]}/messages", new { parts = new[] { new { type = "text", text = "for your eyes only" } } }, expect: 202);
        await provider.HasSeenAsync(1);
        await hub.UntilAsync($"/v1/messages/{message["id"]}/why", w => (string?)w["receipts"]![0]!["state"] == "queued" && w["receipts"]![0]!["next_at"] is not null);

        if (how == "close")
            await hub.PostAsync($"/v1/identities/{received["identity_id"]}/close");
        else
            (await hub.CallAsync(HttpMethod.Patch, $"/v1/identities/{received["identity_id"]}", new { blocked = true })).Status.ShouldBe(200);

        JsonNode failed = await hub.GetAsync("/v1/messages/" + message["id"]);
        ((string)failed["state"]!, (string)failed["error"]!["kind"]!).ShouldBe(("failed", kind));
    }

    [Fact]
    public async Task A_blocked_address_is_stored_and_flagged_and_never_answered()
    {
        string channel = await hub.AddChannelAsync("fakemail", new { account = "blocked" });
        JsonNode first = await IngestAsync(channel, new Sender(new Key("telegram", "78")));
        JsonNode other = await IngestAsync(channel, new Sender(new Key("telegram", "79")));
        await hub.PostAsync($"/v1/customers/{first["customer_id"]}/merge", new { with = (string)other["customer_id"]! });
        await hub.CallAsync(HttpMethod.Patch, $"/v1/identities/{first["identity_id"]}", new { blocked = true });

        JsonNode again = await IngestAsync(channel, new Sender(new Key("telegram", "78")));

        ((string)again["state"]!).ShouldBe("received");
        JsonNode conversation = await hub.GetAsync("/v1/conversations/" + again["conversation_id"]);
        ((long)conversation["unread"]!).ShouldBe(2);
        JsonNode answer = await hub.PostAsync($"/v1/conversations/{again["conversation_id"]}/messages", new { parts = new[] { new { type = "text", text = "hello" } } }, expect: 202);
        ((string)answer["identity_id"]!).ShouldBe((string)other["identity_id"]!);
        (int status, JsonNode? body) = await hub.CallAsync(HttpMethod.Post, $"/v1/conversations/{again["conversation_id"]}/messages",
            new { identity_id = (string)first["identity_id"]!, parts = new[] { new { type = "text", text = "hello" } } });
        (status, (string)body!["type"]!).ShouldBe((409, "/problems/blocked"));
    }

    [Fact]
    public async Task Mail_that_fails_its_proof_is_an_identity_of_its_own_and_learns_nothing()
    {
        string channel = await hub.AddChannelAsync("fakemail", new { account = "mail" });
        JsonNode genuine = await IngestAsync(channel, new Sender(new Key(KeyKinds.Email, Email)) { DisplayName = "Ada" });
        JsonNode forged = await IngestAsync(channel, new Sender(new Key(KeyKinds.Email, "unverified", Email))
        {
            DisplayName = "Ada", Assurance = Assurance.Claimed,
            Learned = [new LearnedKey(new Key(KeyKinds.Email, Email), Assurance.Proven, LearnedAs.Contact), new LearnedKey(new Key(KeyKinds.Phone, Phone), Assurance.Confirmed, LearnedAs.Contact)],
        });

        forged["identity_id"]!.ToString().ShouldNotBe(genuine["identity_id"]!.ToString());
        forged["customer_id"]!.ToString().ShouldNotBe(genuine["customer_id"]!.ToString());
        ((string)forged["sender_assurance"]!).ShouldBe("claimed");
        shop.FindIdentity("phone", Phone).ShouldBeNull();
        JsonNode identity = await hub.GetAsync("/v1/identities/" + forged["identity_id"]);
        ((string)identity["scope"]!).ShouldBe("unverified");
        ((string)identity["assurance"]!).ShouldBe("claimed");
        (await hub.GetAsync("/v1/customers?identity=email:" + Email))["data"]!.AsArray().ShouldHaveSingleItem()!["id"]!.ToString().ShouldBe(genuine["customer_id"]!.ToString());
    }

    [Fact]
    public async Task Unproven_words_on_a_proven_address_stand_there_marked_and_change_nothing()
    {
        string channel = await hub.AddChannelAsync("fakemail", new { account = "spoofed" });
        JsonNode genuine = await IngestAsync(channel, new Sender(new Key(KeyKinds.Email, Email)) { DisplayName = "Ada", Address = "thread-of-ada" });
        JsonNode victim = await IngestAsync(channel, new Sender(new Key(KeyKinds.Phone, Phone)));
        var spoofed = new Sender(new Key(KeyKinds.Email, Email))
        {
            DisplayName = "Mallory", Address = "thread-of-mallory", Assurance = Assurance.Claimed,
            Learned = [new LearnedKey(new Key(KeyKinds.Phone, Phone), Assurance.Proven, LearnedAs.Contact)],
        };

        JsonNode doubtful = await IngestAsync(channel, spoofed);

        ((string)doubtful["sender_assurance"]!).ShouldBe("claimed");
        doubtful["identity_id"]!.ToString().ShouldBe(genuine["identity_id"]!.ToString());
        ((string)(await hub.GetAsync("/v1/customers/" + genuine["customer_id"]))["name"]!).ShouldBe("Ada");
        doubtful["customer_id"]!.ToString().ShouldNotBe(victim["customer_id"]!.ToString());
        JsonNode answer = await hub.PostAsync($"/v1/conversations/{genuine["conversation_id"]}/messages", new { parts = new[] { new { type = "text", text = "hello" } } }, expect: 202);
        await hub.UntilAsync("/v1/messages/" + answer["id"], m => (string?)m["state"] == "sent");
        mail["spoofed"].Sent.ShouldHaveSingleItem().Address.ShouldBe("thread-of-ada");

        // The same words, proven, count at once.
        JsonNode proven = await IngestAsync(channel, spoofed with { Assurance = Assurance.Proven, DisplayName = "Ada" });
        (await hub.GetAsync("/v1/customers/" + proven["customer_id"]))["identities"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_signed_identity_is_not_changed_by_what_is_not_signed()
    {
        string chat = await hub.AddChatAsync(Jwt.Settings);
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat, Jwt.For(chat, "customer-42", DateTimeOffset.UtcNow, new() { ["email"] = Email, ["email_verified"] = true, ["name"] = "Ada" }));
        await browser.PostAsync("claims", new { kind = "email", value = "mallory@example.org" });
        await browser.PostAsync("messages", """{"client_id":"1","parts":[{"type":"text","text":"hi"}],"name":"Mallory","email":"mallory@example.org","identity":"x"}""");

        JsonNode customer = await hub.GetAsync("/v1/customers/" + HubId.Format(IdPrefix.Customer, shop.CustomerOf(shop.IdentityOf(browser, chat))));

        ((string)customer["name"]!, (string)customer["external_id"]!).ShouldBe(("Ada", "customer-42"));
        customer["identities"]!.AsArray().Where(i => (string)i!["kind"]! == "email").Select(i => (string)i!["value"]!).ShouldBe([Email]);
        JsonNode claim = customer["identities"]!.AsArray().Single(i => (string)i!["kind"]! == "visitor")!["claims"]!.AsArray().ShouldHaveSingleItem()!;
        ((string)claim["value"]!, (string)claim["assurance"]!).ShouldBe(("mallory@example.org", "claimed"));
    }

    [Fact]
    public async Task A_bearer_token_proves_neither_its_sender_nor_their_addresses()
    {
        await using Gateway phones = await Gateway.OpenAsync(hub, "phone");

        await phones.SayAsync(Phone, "unsigned", signed: false);

        JsonNode identity = await hub.GetAsync("/v1/identities/" + HubId.Format(IdPrefix.Identity, shop.FindIdentity("phone", Phone)!.Value));
        ((string)identity["assurance"]!).ShouldBe("asserted");
        await phones.SayAsync(Phone, "signed");
        ((string)(await hub.GetAsync("/v1/identities/" + identity["id"]))["assurance"]!).ShouldBe("proven");
    }

    [Fact]
    public async Task Why_tells_of_the_raw_input_the_key_and_the_links()
    {
        await using Gateway phones = await Gateway.OpenAsync(hub, "phone");
        string chat = await hub.AddChatAsync(Jwt.Settings);
        await phones.SayAsync(Phone, "hello there");
        await SignedAsync(chat, "customer-42");
        long phone = shop.FindIdentity("phone", Phone)!.Value;
        JsonNode message = (await hub.GetAsync($"/v1/conversations/{HubId.Format(IdPrefix.Conversation, phone)}/messages?order=asc"))["data"]![0]!;

        JsonNode why = await hub.GetAsync($"/v1/messages/{message["id"]}/why");

        ((string)why["raw_input"]!["body"]!).ShouldContain("hello there");
        ((string)why["raw_input"]!["id"]!).ShouldBe((string)why["inbox_id"]!);
        ((string)why["raw_input"]!["headers"]!["webhook-signature"]!).ShouldNotBeNull();
        ((string)why["key"]!["kind"]!, (string)why["key"]!["value"]!).ShouldBe(("phone", Phone));
        ((string)why["adapter"]!["type"]!).ShouldBe("http");
        why["links"]!.AsArray().Select(l => (string?)l!["key"]).ShouldContain("phone:" + Phone);
    }

    private async Task<ChatBrowser> SignedAsync(string chat, string subject)
    {
        ChatBrowser browser = await ChatBrowser.OpenAsync(hub, chat, Jwt.For(chat, subject, DateTimeOffset.UtcNow, new() { ["phone"] = Phone, ["phone_verified"] = true }));
        await browser.SayAsync("I am " + subject);
        return browser;
    }

    private async Task UpdateAsync(string telegram, object update)
    {
        using HttpResponseMessage answer = await hub.Anonymous.SendAsync(TelegramLoad.Request(hub.Address, telegram, TelegramSecret, JsonSerializer.Serialize(update)));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>A message as an adapter hands it over; answers it as it is stored.</summary>
    private async Task<JsonNode> IngestAsync(string channel, Sender sender)
    {
        Database database = hub.Get<Database>();
        LiveChannel live = hub.Get<ChannelDirectory>().Find(channel)!;
        long id = database.Ids.Next();
        var received = new MessageReceived(new ExternalId("in" + ++inputs), sender, [new TextPart("words")]) { At = database.Clock.GetUtcNow() };
        await database.IngestAsync(new Intake
        {
            ChannelId = live.Id, Adapter = "1", Method = "POST", Body = "{}"u8.ToArray(), ReceivedAt = database.Clock.GetUtcNow().ToUnixTimeMilliseconds(), MediaExpiry = TimeSpan.FromDays(1),
            Entries = [new IntakeEntry.Understood(received, new KeyedSender(sender.Key, null, sender, sender.Learned), new Content(PartsJson.Render(received.Parts, _ => null!), []), id)],
        });
        return await hub.GetAsync("/v1/messages/" + HubId.Format(IdPrefix.Message, id));
    }
}
