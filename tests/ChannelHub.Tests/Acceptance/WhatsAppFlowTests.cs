using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance.Meta;

namespace ChannelHub.Tests.Acceptance;

/// <summary>WhatsApp's customers and a CRM, with a Graph API on real Kestrel that judges every call the hub makes.</summary>
public sealed class WhatsAppFlowTests : IAsyncLifetime
{
    private const string Ada = "447700900123";

    private static readonly byte[] Picture =
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, (byte)'I', (byte)'H', (byte)'D', (byte)'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0];

    private static readonly object Template = new { type = "template", name = "order_shipped", language = "en_GB", variables = new[] { "Ada", "17" }, text = "Your order 17 is on its way, Ada." };

    private GraphShop shop = null!;

    public async Task InitializeAsync() => shop = await GraphShop.StartAsync(GraphProduct.WhatsApp);

    public async Task DisposeAsync()
    {
        shop.Api.Violations.ShouldBeEmpty();
        await shop.DisposeAsync();
    }

    [Fact]
    public async Task A_word_becomes_a_thread_its_answer_a_quote_and_receipts_move_it_on()
    {
        (await shop.Customers.HandshakeAsync()).ShouldBeTrue();
        await shop.SayAsync(shop.Customers.Text(Ada, "Where is my parcel? 📦", "wamid.1"));
        JsonNode question = await shop.NewestAsync();
        JsonNode queued = await shop.Hub.PostAsync($"/v1/conversations/{question["conversation_id"]}/messages",
            new { parts = new[] { new { type = "text", text = "It left *yesterday*." } }, reply_to = (string)question["id"]! }, expect: 202);
        JsonNode sent = await shop.StateAsync(queued, "sent");

        GraphCall call = shop.Api.Calls.Single(one => one.Name == "POST messages");
        (call["to"], call["context.message_id"], call["biz_opaque_callback_data"]).ShouldBe((Ada, "wamid.1", $"{sent["id"]}.0"));
        string id = (string)sent["parts"]![0]!["provider_id"]!;
        await shop.SayAsync(shop.Customers.Receipt(Ada, id, "read"));
        await shop.SayAsync(shop.Customers.Receipt(Ada, id, "delivered"));
        ((string)(await shop.Hub.GetAsync($"/v1/messages/{sent["id"]}"))["state"]!).ShouldBe("read");
    }

    [Fact]
    public async Task A_handshake_with_another_token_is_refused()
    {
        shop.Customers.VerifyToken = "wrong";
        (await shop.Customers.HandshakeAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task A_receipt_before_the_answer_and_one_for_a_send_that_nobody_answered_find_their_message()
    {
        await shop.SayAsync(shop.Customers.Text(Ada, "Hello"));
        string conversation = (string)(await shop.NewestAsync())["conversation_id"]!;
        shop.Api.ReportsBeforeAnswers = true;
        await shop.SentAsync(conversation, "First", "delivered");
        shop.Api.Script("POST messages", GraphReply.Cut);
        await shop.SentAsync(conversation, "Second", "delivered");
        shop.Api.ReportsBeforeAnswers = false;
        shop.Api.Script("POST messages", GraphReply.Cut);
        JsonNode third = await shop.SentAsync(conversation, "Third", "unconfirmed");
        await shop.SayAsync(shop.Customers.Receipt(Ada, "wamid.late", "delivered", $"{third["id"]}.0"));
        ((string)(await shop.StateAsync(third, "delivered"))["parts"]![0]!["provider_id"]!).ShouldBe("wamid.late");
    }

    [Fact]
    public async Task A_picture_goes_both_ways()
    {
        shop.Api.AddFile("1803", Picture, "image/png");
        await shop.SayAsync(shop.Customers.Picture(Ada, "1803"));
        JsonNode message = await shop.NewestAsync();
        JsonNode ready = await shop.Hub.UntilAsync($"/v1/messages/{message["id"]}", shown => (string)shown["parts"]![0]!["attachment"]!["state"]! == "ready");
        (await shop.Hub.Admin.GetByteArrayAsync(new Uri((string)ready["parts"]![0]!["attachment"]!["url"]!, UriKind.Relative))).ShouldBe(Picture);

        using var form = new MultipartFormDataContent();
        var file = new ByteArrayContent(Picture);
        file.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        form.Add(file, "file", "kite.png");
        using HttpResponseMessage uploaded = await shop.Hub.Admin.PostAsync(new Uri("/v1/attachments", UriKind.Relative), form);
        string attachment = (string)JsonNode.Parse(await uploaded.Content.ReadAsStringAsync())!["id"]!;
        (_, JsonNode? queued) = await shop.AnswerAsync((string)message["conversation_id"]!, new { type = "image", attachment_id = attachment, caption = "Your kite" });
        await shop.StateAsync(queued!, "sent");
        shop.Api.Calls.Single(call => call.Name == "POST media").Files["file"].Bytes.ToArray().ShouldBe(Picture);
    }

    [Fact]
    public async Task Outside_the_window_only_templates_go_out()
    {
        await using GraphShop late = await GraphShop.StartAsync(GraphProduct.WhatsApp, behind: TimeSpan.FromHours(25));
        await late.SayAsync(late.Customers.Text(Ada, "Hello", "wamid.old"));
        JsonNode message = await late.NewestAsync();
        string conversation = (string)message["conversation_id"]!;

        (await late.ProblemAsync(conversation, new { type = "text", text = "Too late" })).ShouldBe("/problems/window-closed");
        (int status, JsonNode? queued) = await late.AnswerAsync(conversation, Template);
        status.ShouldBe(202, queued?.ToJsonString());
        await late.StateAsync(queued!, "sent");
        late.Api.Calls.Single(call => call.Name == "POST messages")["template.components.0.parameters.1.text"].ShouldBe("17");

        late.TheirClock.Advance(TimeSpan.FromHours(25));
        await late.SayAsync(late.Customers.Text(Ada, "Still there?", "wamid.new"));
        await late.SentAsync(conversation, "We are");
        JsonNode identity = (await late.Hub.GetAsync($"/v1/customers/{message["customer_id"]}"))["identities"]![0]!;
        ((DateTimeOffset)identity["channels"]![0]!["window_until"]!).ShouldBeGreaterThan(DateTimeOffset.UtcNow.AddHours(23));
    }

    [Fact]
    public async Task Whoever_never_wrote_is_written_to_by_template_only()
    {
        var to = new { kind = "phone", value = "+447700900999" };
        (int status, JsonNode? problem) = await shop.Hub.CallAsync(HttpMethod.Post, "/v1/messages",
            new { to, channel_id = shop.Channel, parts = new[] { new { type = "text", text = "Hello" } } });
        (status, (string)problem!["type"]!).ShouldBe((409, "/problems/window-closed"));

        JsonNode queued = await shop.Hub.PostAsync("/v1/messages", new { to, channel_id = shop.Channel, parts = new[] { Template } }, expect: 202);
        JsonNode sent = await shop.StateAsync(queued, "sent");
        ((string)sent["parts"]![0]!["text"]!).ShouldBe("Your order 17 is on its way, Ada.");
        shop.Api.Calls.Single(call => call.Name == "POST messages")["to"].ShouldBe("447700900999");
    }

    [Fact]
    public async Task A_window_that_WhatsApp_calls_closed_is_closed()
    {
        await shop.SayAsync(shop.Customers.Text(Ada, "Hello"));
        string conversation = (string)(await shop.NewestAsync())["conversation_id"]!;
        JsonNode sent = await shop.SentAsync(conversation, "Hello to you");

        await shop.SayAsync(shop.Customers.Receipt(Ada, (string)sent["parts"]![0]!["provider_id"]!, "failed", errorCode: 131047));

        ((string)(await shop.StateAsync(sent, "failed"))["error"]!["kind"]!).ShouldBe("window_closed");
        (await shop.ProblemAsync(conversation, new { type = "text", text = "Again" })).ShouldBe("/problems/window-closed");
    }

    [Fact]
    public async Task Stop_is_obeyed_until_start()
    {
        await shop.SayAsync(shop.Customers.Text(Ada, "STOP"));
        string conversation = (string)(await shop.NewestAsync())["conversation_id"]!;
        (int status, JsonNode? problem) = await shop.Hub.CallAsync(HttpMethod.Post, $"/v1/conversations/{conversation}/messages",
            new { channel_id = shop.Channel, parts = new[] { new { type = "text", text = "Sale!" } } });
        (status, (string)problem!["type"]!).ShouldBe((409, "/problems/opted-out"));

        await shop.SayAsync(shop.Customers.Text(Ada, "start"));
        await shop.SentAsync(conversation, "Welcome back");
    }

    [Fact]
    public async Task Who_hides_their_number_stays_who_they_are_in_either_order()
    {
        await SayAsync(Ada, "GB.1", "wamid.1");
        await SayAsync(null, "GB.1", "wamid.2");
        await SayAsync(null, "GB.2", "wamid.3");
        await SayAsync("447700900200", "GB.2", "wamid.4");

        JsonNode[] events = [.. (await shop.Hub.GetAsync("/v1/events?types=message.received&limit=200"))["data"]!.AsArray().Select(one => one!)];
        string[] conversations = new string[4];
        for (int index = 0; index < 4; index++)
            conversations[index] = (string)(await shop.Hub.GetAsync($"/v1/messages/{events[index]["data"]!["id"]}"))["conversation_id"]!;
        conversations[1].ShouldBe(conversations[0]);
        conversations[3].ShouldBe(conversations[2]);
        conversations[2].ShouldNotBe(conversations[0]);
    }

    [Fact]
    public async Task A_name_that_somebody_merely_wrote_down_joins_nobody()
    {
        JsonNode noted = await shop.Hub.PostAsync("/v1/customers", new { identities = new[] { new { kind = "whatsapp_username", value = "ada.l" } } }, expect: 201);

        await PushAsync($$"""{"from":"{{Ada}}","id":"wamid.1","timestamp":"1790000000","type":"text","text":{"body":"Hello"} }""",
            $$"""  "contacts":[{"profile":{"name":"Ada","username":"Ada.L"},"wa_id":"{{Ada}}"}],""");

        ((string)(await shop.NewestAsync())["customer_id"]!).ShouldNotBe((string)noted["id"]!);
    }

    [Fact]
    public async Task Typing_is_shown_at_the_newest_message()
    {
        await shop.SayAsync(shop.Customers.Text(Ada, "Hello", "wamid.1"));
        shop.TheirClock.Advance(TimeSpan.FromSeconds(1));
        await shop.SayAsync(shop.Customers.Text(Ada, "Anybody?", "wamid.2"));

        await shop.Hub.CallAsync(HttpMethod.Post, $"/v1/conversations/{(await shop.NewestAsync())["conversation_id"]}/typing");

        await shop.Hub.UntilAsync($"/v1/channels/{shop.Channel}", _ => shop.Api.Calls.Count > 0);
        GraphCall call = shop.Api.Calls.ShouldHaveSingleItem();
        (call["message_id"], call["typing_indicator.type"]).ShouldBe(("wamid.2", "text"));
    }

    [Fact]
    public async Task An_address_that_WhatsApp_does_not_know_is_left_alone_until_it_writes()
    {
        await shop.SayAsync(shop.Customers.Text(Ada, "Hello"));
        string conversation = (string)(await shop.NewestAsync())["conversation_id"]!;
        JsonNode sent = await shop.SentAsync(conversation, "Hello to you");
        await shop.SayAsync(shop.Customers.Receipt(Ada, (string)sent["parts"]![0]!["provider_id"]!, "failed", errorCode: 131026));
        (await shop.ProblemAsync(conversation, new { type = "text", text = "Again" })).ShouldBe("/problems/no-target");

        await shop.SayAsync(shop.Customers.Text(Ada, "I am here"));
        await shop.SentAsync(conversation, "Good");
    }

    [Fact]
    public async Task Marketing_alone_can_be_stopped_and_answers_still_go_out()
    {
        await shop.SayAsync(shop.Customers.Text(Ada, "Hello"));
        string conversation = (string)(await shop.NewestAsync())["conversation_id"]!;
        await shop.SayAsync(Encoding.UTF8.GetBytes($$"""
            {"object":"whatsapp_business_account","entry":[{"changes":[{"field":"user_preferences","value":{"metadata":{"phone_number_id":"{{shop.Api.AccountId}}"},
            "user_preferences":[{"wa_id":"{{Ada}}","category":"marketing_messages","value":"stop","timestamp":1790000200}] } }] }] }
            """));

        JsonNode stopped = (await shop.Hub.GetAsync("/v1/events?types=identity.opted_out&limit=200"))["data"]!.AsArray().ShouldHaveSingleItem()!;
        ((string)stopped["data"]!["only"]!).ShouldBe("marketing");
        await shop.SentAsync(conversation, "Your answer");
    }

    [Fact]
    public async Task A_new_number_is_the_same_customer_and_the_old_one_whoever_gets_it()
    {
        await SayAsync(Ada, null, "wamid.1");
        string customer = (string)(await shop.NewestAsync())["customer_id"]!;
        await PushAsync($$"""{"from":"{{Ada}}","id":"wamid.2","timestamp":"1790000000","type":"system","system":{"type":"user_changed_number","wa_id":"447700900777"} }""", "");

        await SayAsync("447700900777", null, "wamid.3");
        string moved = (string)(await shop.NewestAsync())["customer_id"]!;
        await SayAsync(Ada, null, "wamid.4");
        string stranger = (string)(await shop.NewestAsync())["customer_id"]!;

        moved.ShouldBe(customer);
        stranger.ShouldNotBe(customer);
    }

    [Fact]
    public async Task One_address_serves_all_numbers_of_an_app_and_nobody_elses()
    {
        await using FakeGraphApi second = await FakeGraphApi.StartAsync(GraphProduct.WhatsApp, accountId: "222");
        await using FakeGraphApi foreign = await FakeGraphApi.StartAsync(GraphProduct.WhatsApp, accountId: "333");
        await using FakeGraphApi unknown = await FakeGraphApi.StartAsync(GraphProduct.WhatsApp, accountId: "444");
        foreign.Webhooks.AppSecret = "another app's";
        string secondChannel = await shop.AddAccountAsync(second);
        string foreignChannel = await shop.AddAccountAsync(foreign);
        ReadOnlyMemory<byte> batch = GraphWebhooks.Batch(
            second.Webhooks.Text("14155550101", "to the second", "wamid.2"), shop.Customers.Text(Ada, "to the first", "wamid.1"),
            foreign.Webhooks.Text("14155550102", "to another app", "wamid.3"), unknown.Webhooks.Text("14155550103", "to nobody", "wamid.4"));

        await shop.SayAsync(batch);
        await shop.SayAsync(batch);

        (await CountsAsync(shop.Channel)).ShouldBe("received 6, stored 1, duplicate 1, ignored 4");
        (await CountsAsync(secondChannel)).ShouldBe("received 2, stored 1, duplicate 1, ignored 0");
        (await CountsAsync(foreignChannel)).ShouldBe("received 0, stored 0, duplicate 0, ignored 0");
        JsonNode[] messages = [.. (await shop.Hub.GetAsync("/v1/events?types=message.received&limit=200"))["data"]!.AsArray().Select(one => one!["data"]!)];
        messages.Select(message => ((string)message["channel_id"]!, (string)message["parts"]![0]!["text"]!)).ShouldBe(
            [(shop.Channel, "to the first"), (secondChannel, "to the second")], ignoreOrder: true);
        await shop.Hub.UntilAsync($"/v1/channels/{shop.Channel}/log", log => log.ToJsonString().Contains("unknown account 444", StringComparison.Ordinal));

        (await shop.Hub.CallAsync(HttpMethod.Patch, $"/v1/channels/{secondChannel}", new { enabled = false })).Status.ShouldBe(200);
        await shop.SayAsync(second.Webhooks.Text("14155550101", "to a channel that is switched off", "wamid.5"));
        (await CountsAsync(shop.Channel)).ShouldBe("received 7, stored 1, duplicate 1, ignored 5");
    }

    [Fact]
    public async Task No_secret_is_in_any_answer()
    {
        await shop.SayAsync(shop.Customers.Text(Ada, "Hello"));
        shop.Api.Script("POST messages", GraphReply.Error(100, $"Bearer {shop.Api.AccessToken} {shop.Customers.AppSecret}"));
        JsonNode failed = await shop.SentAsync((string)(await shop.NewestAsync())["conversation_id"]!, "Hello", "failed");
        foreach (string path in (string[])[$"/v1/channels/{shop.Channel}", "/v1/channels", $"/v1/channels/{shop.Channel}/log", $"/v1/messages/{failed["id"]}", "/v1/events?limit=200"])
        {
            string told = (await shop.Hub.GetAsync(path)).ToJsonString();
            told.ShouldNotContain(shop.Api.AccessToken);
            told.ShouldNotContain(shop.Customers.VerifyToken);
        }
    }

    private async Task<string> CountsAsync(string channel)
    {
        JsonNode counts = await shop.AccountingAsync(channel);
        return $"received {counts["received"]}, stored {counts["stored"]}, duplicate {counts["duplicate"]}, ignored {counts["ignored"]}";
    }

    private Task SayAsync(string? number, string? id, string messageId)
    {
        string from = number is null ? "" : $"\"from\":\"{number}\",";
        string user = id is null ? "" : $"\"from_user_id\":\"{id}\",";
        string contact = id is null ? "" : $"\"contacts\":[{{\"profile\":{{\"name\":\"Ada\"}},\"user_id\":\"{id}\"}}],";
        return PushAsync($$"""{ {{from}}{{user}}"id":"{{messageId}}","timestamp":"{{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}}","type":"text","text":{"body":"Hello"} }""", contact);
    }

    private Task PushAsync(string message, string contacts) => shop.SayAsync(Encoding.UTF8.GetBytes(
        "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"messages\",\"value\":{" + contacts
        + "\"metadata\":{\"phone_number_id\":\"" + shop.Api.AccountId + "\"},\"messages\":[" + message + "]}}]}]}"));
}
