using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;
using ChannelHub.Tests.Acceptance;
using Shouldly;
using Xunit;

namespace ChannelHub.Tests.Search;

/// <summary>Finding conversations, customers and messages by words, over the API.</summary>
public sealed class SearchTests : IAsyncLifetime
{
    private SearchShop shop = null!;

    public async Task InitializeAsync() => shop = await SearchShop.OpenAsync();

    public async Task DisposeAsync() => await shop.DisposeAsync();

    [Theory]
    [InlineData("zazolc GESLA")]
    [InlineData("jaźń zażółć")]
    [InlineData("zaż")]
    public async Task A_conversation_is_found_by_what_was_written_in_it(string query)
    {
        string wanted = await shop.SayAsync(1, "Zażółć gęślą jaźń");
        await shop.SayAsync(2, "something else");

        (await shop.ConversationsAsync(query)).ShouldBe([wanted]);
    }

    [Theory]
    [InlineData("Łucja Kow")]
    [InlineData("lucja")]
    [InlineData("lucja@example.org")]
    [InlineData("600-100-200")]
    [InlineData("+48 600 100 200")]
    [InlineData("lucja_k")]
    public async Task A_customer_is_found_by_name_and_address_and_so_is_the_conversation(string query)
    {
        JsonNode customer = await shop.Hub.PostAsync("/v1/customers", new
        {
            name = "Łucja Kowalska",
            identities = new object[] { new { kind = "email", value = "Lucja@example.org", name = "lucja_k" }, new { kind = "phone", value = "+48600100200" } },
        }, expect: 201);
        await shop.SayAsync(1, "Lucja? No, I am not.");
        await shop.SettledAsync();

        (await shop.CustomersAsync(query)).ShouldBe([(string)customer["id"]!]);
        (await shop.ConversationsAsync(query)).ShouldContain((string)customer["conversation_id"]!);
    }

    [Fact]
    public async Task The_newest_hit_comes_first_and_every_conversation_once_over_all_pages()
    {
        string[] conversations = new string[7];
        for (int round = 0; round < 3; round++)
        {
            for (int sender = 0; sender < 7; sender++)
                conversations[sender] = await shop.SayAsync(sender, $"parcel {round}");
        }
        await shop.SettledAsync();

        var found = new List<string>();
        string? cursor = null;
        do
        {
            JsonNode page = await shop.Hub.GetAsync("/v1/conversations?q=parc&limit=3" + (cursor is null ? "" : "&cursor=" + cursor));
            found.AddRange(page["data"]!.AsArray().Select(c => (string)c!["id"]!));
            cursor = (string?)page["next"];
        }
        while (cursor is not null);
        found.ShouldBe(conversations.Reverse());
    }

    [Fact]
    public async Task Messages_are_found_newest_first_page_by_page()
    {
        for (int i = 0; i < 5; i++)
            await shop.SayAsync(i % 2, $"order {i}");
        await shop.SettledAsync();

        JsonNode first = await shop.Hub.GetAsync("/v1/messages?q=order&limit=3");
        JsonNode rest = await shop.Hub.GetAsync($"/v1/messages?q=order&limit=3&cursor={first["next"]}");

        SearchShop.Texts(first).Concat(SearchShop.Texts(rest)).ShouldBe(["order 4", "order 3", "order 2", "order 1", "order 0"]);
        ((string?)rest["next"]).ShouldBeNull();
    }

    [Fact]
    public async Task An_edited_message_is_found_by_its_new_words_only_and_a_deleted_one_not_at_all()
    {
        await shop.SayAsync(1, "the first draft");
        string kept = await shop.SayAsync(2, "another draft");
        long draft = shop.LastMessage - 1;
        await shop.PostAsync(TelegramLoad.Update(900, 1001, "final version", extra: ",\"edit_date\":1790000100").Replace("\"message\":", "\"edited_message\":", StringComparison.Ordinal)
            .Replace("\"message_id\":900", string.Create(CultureInfo.InvariantCulture, $"\"message_id\":{draft}"), StringComparison.Ordinal));
        await shop.SettledAsync();

        (await shop.ConversationsAsync("draft")).ShouldBe([kept]);
        JsonNode edited = (await shop.Hub.GetAsync("/v1/messages?q=final"))["data"]!.AsArray().ShouldHaveSingleItem()!;

        HubId.TryParse(IdPrefix.Message, (string)edited["id"]!, out long id).ShouldBeTrue();
        await shop.Hub.Get<Database>().WriteAsync(session => MessageStore.MarkDeleted(session, MessageStore.Find(session, id)!, session.Now));
        (await shop.Hub.GetAsync("/v1/messages?q=final"))["data"]!.AsArray().ShouldBeEmpty();
        await shop.SettledAsync();
        (await shop.ConversationsAsync("final")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_subject_and_a_reply_of_the_shop_are_found()
    {
        string conversation = await shop.SayAsync(1, "hello");
        HubId.TryParse(IdPrefix.Message, (string)(await shop.Hub.GetAsync($"/v1/conversations/{conversation}"))["last_message"]!["id"]!, out long id);
        await shop.Hub.Get<Database>().WriteAsync(session =>
        {
            session.Execute("UPDATE message SET subject = 'Invoice 2026/17' WHERE id = @id", new { id });
            MessageStore.Append(session, ChannelHub.Core.Events.EventType.MessageUpdated, MessageStore.Find(session, id)!);
        });
        await shop.SettledAsync();

        (await shop.ConversationsAsync("invoice 2026")).ShouldBe([conversation]);
    }

    [Fact]
    public async Task After_a_merge_a_conversation_is_found_by_the_words_of_all_its_identities()
    {
        string older = await shop.SayAsync(1, "red kite");
        string newer = await shop.SayAsync(2, "blue kite");
        await shop.SettledAsync();
        JsonNode merge = await shop.Hub.PostAsync($"/v1/customers/{older.Replace("cnv_", "cus_")}/merge", new { with = newer.Replace("cnv_", "cus_") });

        (await shop.ConversationsAsync("kite")).ShouldBe([older]);
        (await shop.ConversationsAsync("blue")).ShouldBe([older]);
        await shop.Hub.PostAsync($"/v1/merges/{merge["merge_id"]}/undo");
        (await shop.ConversationsAsync("blue")).ShouldBe([newer]);
    }

    [Fact]
    public async Task The_other_filters_hold_for_hits_too()
    {
        string here = await shop.SayAsync(1, "kite");
        string other = await shop.Hub.AddChannelAsync("telegram", new { secret_token = "x" });
        await shop.SettledAsync();

        (await shop.Hub.GetAsync($"/v1/conversations?q=kite&channel={shop.Channel}&unread=true"))["data"]!.AsArray().Select(c => (string)c!["id"]!).ShouldBe([here]);
        (await shop.Hub.GetAsync($"/v1/conversations?q=kite&channel={other}"))["data"]!.AsArray().ShouldBeEmpty();
        (await shop.Hub.GetAsync("/v1/conversations?q=kite&unread=false"))["data"]!.AsArray().ShouldBeEmpty();
        (await shop.Hub.CallAsync(HttpMethod.Get, "/v1/conversations?q=kite&order=created")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Another_name_of_an_account_is_found_and_the_former_one_is_not()
    {
        string customer = (await shop.SayAsync(1, "hello")).Replace("cnv_", "cus_");
        foreach ((int update, string name) in new[] { (700, "Grace"), (701, "Hedy") })
        {
            await shop.PostAsync(TelegramLoad.Update(update, 1001, "hello again").Replace("\"first_name\":\"Ada\"", $"\"first_name\":\"{name}\"", StringComparison.Ordinal));
            await shop.SettledAsync();
            (await shop.CustomersAsync(name)).ShouldBe([customer]);
        }

        (await shop.CustomersAsync("grace")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("a AND b NEAR(c) OR \"d\" NOT e*")]
    [InlineData("words:x ^y {z}")]
    [InlineData("'; DROP TABLE search; --")]
    [InlineData("' & !'a':* | b <-> c")]
    [InlineData("\"\"\"\"a")]
    [InlineData("a\0b")]
    [InlineData("%ED%A0%80x")]
    [InlineData("\uFFFD\uFFFEx")]
    [InlineData("!p !i1")]
    public async Task A_query_is_words_and_never_a_program(string query)
    {
        await shop.SayAsync(1, "hello");
        await shop.SettledAsync();

        foreach (string list in (string[])["conversations", "customers", "messages"])
            (await shop.Hub.CallAsync(HttpMethod.Get, $"/v1/{list}?q={(query.StartsWith('%') ? query : Uri.EscapeDataString(query))}")).Status.ShouldBe(200, list);
        (await shop.ConversationsAsync("hello")).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("?!\"*:()")]
    [InlineData("%00")]
    [InlineData("1 2 3 4 5 6 7 8 9 a b c d e f g h")]
    public async Task A_query_without_words_or_with_too_many_is_refused(string query)
    {
        foreach (string list in (string[])["conversations", "customers", "messages"])
        {
            (int status, JsonNode? problem) = await shop.Hub.CallAsync(HttpMethod.Get, $"/v1/{list}?q={(query.StartsWith('%') ? query : Uri.EscapeDataString(query))}");
            status.ShouldBe((int)HttpStatusCode.BadRequest);
            problem!["errors"]!["q"].ShouldNotBeNull();
        }
        (await shop.Hub.CallAsync(HttpMethod.Get, "/v1/messages?q=" + new string('a', 10_000))).Status.ShouldBeOneOf(400, 414);
        (await shop.Hub.CallAsync(HttpMethod.Get, "/v1/messages")).Status.ShouldBe(400);
    }
}
