using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace ChannelHub.Tests.Acceptance;

/// <summary>The main job on input as providers send it: in, one thread, the feed.</summary>
public sealed class SpineTests : IAsyncLifetime
{
    private const string Secret = "spine-secret";

    private TestHub hub = null!;
    private string telegram = "";

    public async Task InitializeAsync()
    {
        hub = await TestHub.StartAsync();
        telegram = await hub.AddChannelAsync("telegram", new { secret_token = Secret });
    }

    public async Task DisposeAsync() => await hub.DisposeAsync();

    [Fact]
    public async Task A_message_is_one_thread_over_the_api_and_an_event_in_the_feed()
    {
        (await PostAsync(TelegramLoad.Update(1, 700, "Where is my parcel?"))).ShouldBe(HttpStatusCode.OK);

        JsonNode conversation = (await hub.GetAsync("/v1/conversations"))["data"]!.AsArray().Single()!;
        ((long)conversation["unread"]!).ShouldBe(1);
        ((string)conversation["customer"]!["name"]!).ShouldBe("Ada");
        JsonNode message = (await hub.GetAsync($"/v1/conversations/{conversation["id"]}/messages"))["data"]!.AsArray().Single()!;
        ((string)message["parts"]![0]!["text"]!).ShouldBe("Where is my parcel?");
        ((string)message["state"]!).ShouldBe("received");
        ((string)message["sender_assurance"]!).ShouldBe("proven");
        ((string)message["provider_time"]!).ShouldBe("2026-09-21T14:13:20.000Z");
        JsonNode received = (await hub.GetAsync("/v1/events?types=message.received"))["data"]!.AsArray().Single()!;
        ((string)received["data"]!["id"]!).ShouldBe((string)message["id"]!);
        ((string)received["conversation_id"]!).ShouldBe((string)conversation["id"]!);
    }

    [Fact]
    public async Task The_same_update_a_hundred_times_at_once_is_one_message()
    {
        string update = TelegramLoad.Update(9, 701);
        HttpStatusCode[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            using var client = new HttpClient();
            HttpStatusCode worst = HttpStatusCode.OK;
            for (int i = 0; i < 5; i++)
            {
                using HttpResponseMessage answer = await client.SendAsync(TelegramLoad.Request(hub.Address, telegram, Secret, update));
                worst = answer.StatusCode == HttpStatusCode.OK ? worst : answer.StatusCode;
            }
            return worst;
        }));
        answers.ShouldAllBe(a => a == HttpStatusCode.OK);
        (await hub.GetAsync("/v1/events?types=message.received"))["data"]!.AsArray().Count.ShouldBe(1);
        await ShouldBalanceAsync(received: 100, stored: 1, duplicate: 99);
    }

    [Fact]
    public async Task Fifty_senders_with_shuffled_albums_have_one_thread_each_in_order()
    {
        var random = new Random(3);
        var updates = new List<string>();
        for (int sender = 0; sender < 50; sender++)
        {
            for (int item = 0; item < 10; item++)
            {
                long id = (sender * 10) + item + 1;
                updates.Add(TelegramLoad.Update(id, 5000 + sender, date: 1_790_000_000 + (item / 4), extra: $",\"media_group_id\":\"album-{sender}\""));
            }
        }
        string[] shuffled = [.. updates.OrderBy(_ => random.Next())];
        await Task.WhenAll(shuffled.Chunk(50).Select(async chunk =>
        {
            foreach (string update in chunk)
                (await PostAsync(update)).ShouldBe(HttpStatusCode.OK);
        }));

        JsonArray conversations = (await hub.GetAsync("/v1/conversations?limit=200"))["data"]!.AsArray();
        conversations.Count.ShouldBe(50);
        foreach (JsonNode? conversation in conversations)
        {
            JsonArray thread = (await hub.GetAsync($"/v1/conversations/{conversation!["id"]}/messages?order=asc"))["data"]!.AsArray();
            long[] numbers = [.. thread.Select(m => long.Parse(((string)m!["parts"]![0]!["text"]!)["number ".Length..]))];
            numbers.ShouldBe(numbers.Order());
            numbers.Length.ShouldBe(10);
            thread.Select(m => (string)m!["group"]!).Distinct().Count().ShouldBe(1);
            ((string)conversation["last_message"]!["id"]!).ShouldBe((string)thread[^1]!["id"]!);
        }
    }

    [Fact]
    public async Task Forged_input_is_403_counted_and_stored_nowhere()
    {
        using (HttpResponseMessage forged = await hub.Anonymous.SendAsync(TelegramLoad.Request(hub.Address, telegram, "wrong", TelegramLoad.Update(1, 1))))
            forged.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        JsonNode accounting = await hub.GetAsync($"/v1/channels/{telegram}/accounting");
        ((long)accounting["forged"]!).ShouldBe(1);
        ((long)accounting["received"]!).ShouldBe(0);
        (await hub.GetAsync("/v1/inbox"))["data"]!.AsArray().ShouldBeEmpty();
        (await hub.GetAsync("/v1/events?types=message.received"))["data"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task An_unknown_or_disabled_channel_is_404_and_a_large_body_413()
    {
        using (HttpResponseMessage unknown = await hub.Anonymous.SendAsync(TelegramLoad.Request(hub.Address, "chn_0000000000000", Secret, "{}")))
            unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using (HttpResponseMessage large = await hub.Anonymous.SendAsync(TelegramLoad.Request(hub.Address, telegram, Secret, new string(' ', 1_100_000))))
            large.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await hub.CallAsync(HttpMethod.Patch, "/v1/channels/" + telegram, new { enabled = false })).Status.ShouldBe(200);
        using HttpResponseMessage disabled = await hub.Anonymous.SendAsync(TelegramLoad.Request(hub.Address, telegram, Secret, TelegramLoad.Update(1, 1)));
        disabled.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("""{"update_id":1,"message":{"message_id":"x"}}""")]
    [InlineData("not json at all")]
    [InlineData("""{"update_id":1,"update_id":2,"message":[]}""")]
    [InlineData("")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    public async Task What_is_authentic_and_unreadable_is_quarantined_and_acknowledged(string body)
    {
        (await PostAsync(body)).ShouldBe(HttpStatusCode.OK);
        await ShouldBalanceAsync(received: 1, quarantined: 1);
        JsonNode row = (await hub.GetAsync("/v1/inbox?state=quarantined"))["data"]!.AsArray().Single()!;
        ((string)row["reason"]!).ShouldNotBeNullOrEmpty();
        (await hub.GetAsync("/v1/events?types=inbox.quarantined"))["data"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task Characters_that_a_store_could_refuse_become_replacement_characters()
    {
        (await PostAsync("""{"update_id":1,"message":{"message_id":1,"date":1790000000,"chat":{"id":5,"type":"private"},"from":{"id":5,"is_bot":false,"first_name":"A\u0000\ud800"},"text":"x\u0000y\udc00z"}}"""))
            .ShouldBe(HttpStatusCode.OK);
        JsonNode received = (await hub.GetAsync("/v1/events?types=message.received"))["data"]!.AsArray().Single()!["data"]!;
        ((string)received["parts"]![0]!["text"]!).ShouldBe("x\uFFFDy\uFFFDz");
        ((string)received["author"]!["name"]!).ShouldBe("A\uFFFD\uFFFD");
    }

    [Fact, Trait("engine", "sqlite")]
    public async Task A_locked_store_is_503_with_a_time_to_come_back_and_nothing_is_half_written()
    {
        using (var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(hub.DataPath, "hub.db")};Pooling=False"))
        {
            other.Open();
            using Microsoft.Data.Sqlite.SqliteCommand begin = other.CreateCommand();
            begin.CommandText = "BEGIN IMMEDIATE";
            begin.ExecuteNonQuery();
            using HttpResponseMessage refused = await hub.Anonymous.SendAsync(TelegramLoad.Request(hub.Address, telegram, Secret, TelegramLoad.Update(1, 1)));
            refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            refused.Headers.RetryAfter.ShouldNotBeNull();
        }
        (await hub.GetAsync("/v1/inbox"))["data"]!.AsArray().ShouldBeEmpty();
        (await PostAsync(TelegramLoad.Update(1, 1))).ShouldBe(HttpStatusCode.OK);
        await ShouldBalanceAsync(received: 1, stored: 1);
    }

    [Fact]
    public async Task A_shared_number_joins_two_channels_into_one_customer_and_undo_parts_them_again()
    {
        string app = await hub.AddChannelAsync("http", new { inbound_token = "t0ken-of-the-app", capabilities = new { identity = new { scheme = "acme" } } });
        (await PostAsync("""{"update_id":1,"message":{"message_id":1,"date":1790000000,"chat":{"id":5,"type":"private"},"from":{"id":5,"is_bot":false,"first_name":"Ada"},"contact":{"phone_number":"48600100200","first_name":"Ada","user_id":5}}}"""))
            .ShouldBe(HttpStatusCode.OK);
        JsonNode phone = (await hub.GetAsync("/v1/customers?identity=phone:%2B48600100200"))["data"]!.AsArray().Single()!;
        phone["identities"]!.AsArray().Select(i => (string)i!["kind"]!).ShouldBe(["telegram", "phone"]);

        using (var request = new HttpRequestMessage(HttpMethod.Post, "/hooks/" + app) { Content = new StringContent(
            """{"type":"message.received","timestamp":"2026-09-21T12:00:00Z","data":{"external_id":"m1","sender":{"external_id":"u1","name":"Ada"},"content":[{"type":"text","text":"Hello"}]}}""",
            Encoding.UTF8, "application/json") })
        {
            request.Headers.Authorization = new("Bearer", "t0ken-of-the-app");
            using HttpResponseMessage answer = await hub.Anonymous.SendAsync(request);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        }
        JsonNode other = (await hub.GetAsync("/v1/customers?identity=app:u1&scope=acme"))["data"]!.AsArray().Single()!;
        JsonNode merged = await hub.PostAsync($"/v1/customers/{phone["id"]}/merge", new { with = (string)other["id"]! });
        ((string)merged["survivor"]!).ShouldBe((string)phone["id"]!);
        (await hub.GetAsync($"/v1/conversations/{((string)other["conversation_id"]!)}/messages"))["data"]!.AsArray().Count.ShouldBe(2);
        JsonNode undone = await hub.PostAsync($"/v1/merges/{merged["merge_id"]}/undo");
        undone["after"]!.AsArray().Count.ShouldBe(2);
        (await hub.GetAsync($"/v1/conversations/{((string)other["conversation_id"]!)}/messages"))["data"]!.AsArray().Count.ShouldBe(1);
    }

    private async Task<HttpStatusCode> PostAsync(string body)
    {
        using HttpResponseMessage answer = await hub.Anonymous.SendAsync(TelegramLoad.Request(hub.Address, telegram, Secret, body));
        return answer.StatusCode;
    }

    private async Task ShouldBalanceAsync(long received, long stored = 0, long duplicate = 0, long quarantined = 0)
    {
        JsonNode a = (await hub.Admin.GetFromJsonAsync<JsonNode>($"/v1/channels/{telegram}/accounting"))!;
        ((long)a["received"]!, (long)a["stored"]!, (long)a["duplicate"]!, (long)a["quarantined"]!).ShouldBe((received, stored, duplicate, quarantined));
        ((long)a["received"]!).ShouldBe((long)a["stored"]! + (long)a["duplicate"]! + (long)a["ignored"]! + (long)a["quarantined"]!);
    }
}
