using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance.Meta;

namespace ChannelHub.Tests.Acceptance;

/// <summary>Customers of a Page and of an Instagram account, and a CRM.</summary>
public sealed class MessengerFlowTests
{
    private const string Ada = "9988776655443322";

    [Theory]
    [InlineData(GraphProduct.Messenger)]
    [InlineData(GraphProduct.Instagram)]
    public async Task A_word_becomes_a_thread_with_a_name_and_what_was_read_is_read(GraphProduct product)
    {
        await using GraphShop shop = await GraphShop.StartAsync(product);
        shop.Api.AddProfile(Ada, new() { ["first_name"] = "Ada", ["last_name"] = "L", ["name"] = "Ada L", ["username"] = "ada.l" });
        (await shop.Customers.HandshakeAsync()).ShouldBeTrue();
        await shop.SayAsync(shop.Customers.Text(Ada, "Do you ship to Malta?", "m_1"));
        JsonNode question = await shop.NewestAsync();
        string conversation = (string)question["conversation_id"]!;
        await shop.Hub.UntilAsync($"/v1/customers/{question["customer_id"]}", customer => (string?)customer["name"] == "Ada L");

        JsonNode first = await shop.SentAsync(conversation, "Yes.");
        JsonNode second = await shop.SentAsync(conversation, "In three days.");
        shop.TheirClock.Advance(TimeSpan.FromMinutes(1));
        await shop.SayAsync(shop.Customers.Receipt(Ada, (string)second["parts"]![0]!["provider_id"]!, "read"));

        await shop.StateAsync(first, "read");
        await shop.StateAsync(second, "read");
        shop.Api.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_somebody_answers_in_Metas_own_inbox_stands_on_the_thread_and_the_hubs_own_words_once()
    {
        await using GraphShop shop = await GraphShop.StartAsync(GraphProduct.Messenger);
        await shop.SayAsync(shop.Customers.Text(Ada, "Hello", "m_1"));
        string conversation = (string)(await shop.NewestAsync())["conversation_id"]!;
        await shop.SayAsync(shop.Customers.Echo(Ada, "m_2", "From the inbox", appId: 263902037430900));
        shop.Api.ReportsBeforeAnswers = true;
        await shop.SentAsync(conversation, "From the CRM");

        JsonNode[] thread = [.. (await shop.Hub.GetAsync($"/v1/conversations/{conversation}/messages?order=asc"))["data"]!.AsArray().Select(one => one!)];
        thread.Select(message => ((string)message["direction"]!, (string)message["parts"]![0]!["text"]!)).ShouldBe(
            [("in", "Hello"), ("out", "From the inbox"), ("out", "From the CRM")], ignoreOrder: true);
    }

    [Fact]
    public async Task The_echo_settles_a_send_that_nobody_answered()
    {
        await using GraphShop shop = await GraphShop.StartAsync(GraphProduct.Messenger);
        await shop.SayAsync(shop.Customers.Text(Ada, "Hello", "m_1"));
        shop.Api.Script("POST messages", GraphReply.Cut);
        JsonNode sent = await shop.SentAsync((string)(await shop.NewestAsync())["conversation_id"]!, "Hello to you", "unconfirmed");

        await shop.SayAsync(shop.Customers.Echo(Ada, "m_2", "Hello to you", metadata: $"{sent["id"]}.0", appId: 1));

        ((string)(await shop.StateAsync(sent, "sent"))["parts"]![0]!["provider_id"]!).ShouldBe("m_2");
    }

    [Fact]
    public async Task A_window_is_closed_after_a_day_and_with_the_permission_after_seven()
    {
        await using GraphShop shop = await GraphShop.StartAsync(GraphProduct.Messenger, behind: TimeSpan.FromHours(25));
        await shop.SayAsync(shop.Customers.Text(Ada, "Hello", "m_1"));
        string conversation = (string)(await shop.NewestAsync())["conversation_id"]!;
        (await shop.ProblemAsync(conversation, new { type = "text", text = "Too late" })).ShouldBe("/problems/window-closed");

        (await shop.Hub.CallAsync(HttpMethod.Patch, $"/v1/channels/{shop.Channel}", new { settings = new { human_agent = true } })).Status.ShouldBe(200);
        await shop.SayAsync(shop.Customers.Text(Ada, "Hello again", "m_2"));
        shop.Api.Script("POST messages", GraphReply.Error(10, "outside of allowed window", status: 403, subcode: 2018278));
        await shop.SentAsync(conversation, "An agent answers");
        shop.Api.Calls[^1]["tag"].ShouldBe("HUMAN_AGENT");
    }

    [Fact]
    public async Task A_template_with_its_words_goes_out_as_words_where_there_are_no_templates()
    {
        await using GraphShop shop = await GraphShop.StartAsync(GraphProduct.Messenger);
        await shop.SayAsync(shop.Customers.Text(Ada, "Hello", "m_1"));
        string conversation = (string)(await shop.NewestAsync())["conversation_id"]!;
        (int status, JsonNode? queued) = await shop.AnswerAsync(conversation, new { type = "template", name = "x", variables = new[] { "17" }, text = "Order 17 is on its way." });
        status.ShouldBe(202, queued?.ToJsonString());
        await shop.StateAsync(queued!, "sent");
        shop.Api.Calls.Last(call => call.Name == "POST messages")["message.text"].ShouldBe("Order 17 is on its way.");
        (await shop.AnswerAsync(conversation, new { type = "template", name = "x", variables = new[] { "17" } })).Status.ShouldBe(400);
    }
}
