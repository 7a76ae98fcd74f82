using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance.Telegram;

namespace ChannelHub.Tests.Acceptance;

/// <summary>A Telegram customer and a CRM, with a Bot API on real Kestrel that judges every call the hub makes.</summary>
public sealed class TelegramFlowTests : IAsyncLifetime
{
    private const string Secret = "flow-secret";
    private const long Ada = 700100200;

    private static readonly byte[] Picture =
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, (byte)'I', (byte)'H', (byte)'D', (byte)'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0];

    private FakeBotApi bot = null!;
    private TestHub hub = null!;
    private string channel = "";
    private long update = 90_000;

    public async Task InitializeAsync()
    {
        bot = await FakeBotApi.StartAsync();
        hub = await TestHub.StartAsync();
        channel = await hub.AddChannelAsync("telegram", new { bot_token = bot.Token, secret_token = Secret, api_base_url = bot.Url });
    }

    public async Task DisposeAsync()
    {
        bot.Violations.ShouldBeEmpty();
        await hub.DisposeAsync();
        await bot.DisposeAsync();
    }

    [Fact]
    public async Task A_reply_reaches_the_customer_as_a_quote_and_its_provider_id_comes_back()
    {
        await PostMessageAsync(41, "\"text\":\"Where is my parcel 17?\"");
        JsonNode question = await LastMessageAsync();
        JsonNode queued = await hub.PostAsync($"/v1/conversations/{question["conversation_id"]}/messages",
            new { parts = new[] { new { type = "text", text = "It left yesterday." } }, reply_to = (string)question["id"]! }, expect: 202);
        ((string)queued["state"]!).ShouldBe("queued");
        ((string)queued["channel_id"]!).ShouldBe(channel);

        JsonNode sent = await hub.UntilAsync($"/v1/messages/{queued["id"]}", m => (string)m["state"]! == "sent");
        ((string?)sent["parts"]![0]!["provider_id"]).ShouldNotBeNull();
        BotApiCall call = bot.Calls.Single(c => c.Method == "sendMessage");
        call["chat_id"].ShouldBe(Ada.ToString());
        call["text"].ShouldBe("It left yesterday.");
        JsonNode.Parse(call["reply_parameters"]!)!["message_id"]!.GetValue<long>().ShouldBe(41);
    }

    [Fact]
    public async Task A_picture_is_shown_at_once_fetched_behind_and_downloaded_as_it_was()
    {
        bot.AddFile("AgAC-x", Picture);
        await PostMessageAsync(46, $$"""
            "photo":[{"file_id":"AgAC-s","file_unique_id":"s","file_size":10,"width":9,"height":6},{"file_id":"AgAC-x","file_unique_id":"x","file_size":{{Picture.Length}},"width":1280,"height":960}],"caption":"The box is wet"
            """);
        JsonNode message = await LastMessageAsync();
        ((string)message["parts"]![0]!["type"]!).ShouldBe("image");
        ((string)message["parts"]![0]!["caption"]!).ShouldBe("The box is wet");
        JsonNode ready = await hub.UntilAsync($"/v1/messages/{message["id"]}", m => (string)m["parts"]![0]!["attachment"]!["state"]! == "ready");
        JsonNode attachment = ready["parts"]![0]!["attachment"]!;
        ((string)attachment["content_type"]!).ShouldBe("image/png");

        using HttpResponseMessage download = await hub.Admin.GetAsync(new Uri((string)attachment["url"]!, UriKind.Relative));
        (await download.Content.ReadAsByteArrayAsync()).ShouldBe(Picture);
        download.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        download.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
    }

    [Fact]
    public async Task Media_buttons_edits_and_reactions_go_out_and_presses_come_back()
    {
        await PostMessageAsync(41, "\"text\":\"Hello\"");
        string conversation = (string)(await LastMessageAsync())["conversation_id"]!;
        string attachment = await UploadAsync();
        JsonNode queued = await hub.PostAsync($"/v1/conversations/{conversation}/messages", new
        {
            parts = new object[]
            {
                new { type = "image", attachment_id = attachment, caption = "Your kite" },
                new { type = "buttons", text = "Is it the right one?", buttons = new[] { new { id = "yes", label = "Yes" }, new { id = "no", label = "No" } } },
            },
        }, expect: 202);
        JsonNode sent = await hub.UntilAsync($"/v1/messages/{queued["id"]}", m => (string)m["state"]! == "sent");
        bot.Calls.Select(c => c.Method).Where(m => m.StartsWith("send", StringComparison.Ordinal)).ShouldBe(["sendPhoto", "sendMessage"]);

        long buttonMessage = long.Parse(((string)sent["parts"]![1]!["provider_id"]!).Split(':')[0]);
        await PostAsync($$$"""{"update_id":{{{++update}}},"callback_query":{"id":"4444","from":{"id":{{{Ada}}},"is_bot":false,"first_name":"Ada"},"message":{"message_id":{{{buttonMessage}}},"date":1789999000,"chat":{"id":{{{Ada}}},"type":"private"}},"chat_instance":"-55","data":"yes"}}""");
        JsonNode press = (await hub.GetAsync("/v1/events?types=message.received&limit=200"))["data"]!.AsArray()[^1]!["data"]!;
        ((string)press["parts"]![0]!["button_id"]!).ShouldBe("yes");
        ((string)press["reply_to"]!).ShouldBe((string)sent["id"]!);

        JsonNode text = await hub.PostAsync($"/v1/conversations/{conversation}/messages", new { parts = new[] { new { type = "text", text = "Untill tomorrow" } } }, expect: 202);
        await hub.UntilAsync($"/v1/messages/{text["id"]}", m => (string)m["state"]! == "sent");
        (await hub.CallAsync(HttpMethod.Patch, $"/v1/messages/{text["id"]}", new { parts = new[] { new { type = "text", text = "Until tomorrow" } } })).Status.ShouldBe(200);
        bot.Calls.ShouldContain(c => c.Method == "editMessageText");
        JsonNode first = (await hub.GetAsync($"/v1/conversations/{conversation}/messages?order=asc"))["data"]![0]!;
        (await hub.CallAsync(HttpMethod.Put, $"/v1/messages/{first["id"]}/reaction", new { reaction = "👍" })).Status.ShouldBe(200);
        bot.Calls.ShouldContain(c => c.Method == "setMessageReaction");
    }

    [Fact]
    public async Task Edits_and_reactions_of_the_customer_change_the_message_and_keep_its_past()
    {
        await PostMessageAsync(41, "\"text\":\"Where is my parcel?\"");
        JsonNode message = await LastMessageAsync();
        await PostAsync($$$"""{"update_id":{{{++update}}},"edited_message":{"message_id":41,"from":{"id":{{{Ada}}},"is_bot":false,"first_name":"Ada"},"chat":{"id":{{{Ada}}},"type":"private"},"date":1790000000,"edit_date":1790000100,"text":"Where is my parcel 17?"}}""");
        await PostAsync($$$"""{"update_id":{{{++update}}},"message_reaction":{"chat":{"id":{{{Ada}}},"type":"private"},"message_id":41,"user":{"id":{{{Ada}}},"is_bot":false,"first_name":"Ada"},"date":1790000150,"old_reaction":[],"new_reaction":[{"type":"emoji","emoji":"👍"}]}}""");
        JsonNode now = await hub.GetAsync($"/v1/messages/{message["id"]}");
        ((string)now["parts"]![0]!["text"]!).ShouldBe("Where is my parcel 17?");
        ((long)now["revision"]!).ShouldBe(2);
        ((string)now["reactions"]![0]!["reaction"]!).ShouldBe("👍");
        JsonArray told = (await hub.GetAsync("/v1/events?types=message.received,message.updated,reaction.changed"))["data"]!.AsArray();
        told.Select(e => (string)e!["type"]!).ShouldBe(["message.received", "message.updated", "reaction.changed"]);
        ((string)told[0]!["data"]!["parts"]![0]!["text"]!).ShouldBe("Where is my parcel?");
    }

    [Fact]
    public async Task A_revoked_token_pauses_the_channel_and_nothing_queued_is_lost()
    {
        await PostMessageAsync(41, "\"text\":\"Hello\"");
        string conversation = (string)(await LastMessageAsync())["conversation_id"]!;
        bot.Script("sendMessage", BotApiAnswer.Error(401, "Unauthorized"));
        JsonNode queued = await hub.PostAsync($"/v1/conversations/{conversation}/messages", new { parts = new[] { new { type = "text", text = "Hi Ada" } } }, expect: 202);
        await hub.UntilAsync($"/v1/channels/{channel}", c => (string)c["state"]! == "paused");
        (await hub.GetAsync("/v1/events?types=channel.paused"))["data"]!.AsArray().Count.ShouldBe(1);
        ((string)(await hub.GetAsync($"/v1/messages/{queued["id"]}"))["state"]!).ShouldBe("queued");
        await hub.PostAsync($"/v1/channels/{channel}/resume");
        await hub.UntilAsync($"/v1/messages/{queued["id"]}", m => (string)m["state"]! == "sent");
    }

    private async Task<string> UploadAsync()
    {
        using var form = new MultipartFormDataContent();
        using var file = new ByteArrayContent(Picture);
        file.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        form.Add(file, "file", "kite.png");
        using HttpResponseMessage answer = await hub.Admin.PostAsync("/v1/attachments", form);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["id"]!;
    }

    private Task PostMessageAsync(long id, string content) => PostAsync(
        $$$"""{"update_id":{{{++update}}},"message":{"message_id":{{{id}}},"from":{"id":{{{Ada}}},"is_bot":false,"first_name":"Ada"},"chat":{"id":{{{Ada}}},"first_name":"Ada","type":"private"},"date":1790000000,{{{content}}}}}""");

    private async Task PostAsync(string body)
    {
        using HttpResponseMessage answer = await hub.Anonymous.SendAsync(TelegramLoad.Request(hub.Address, channel, Secret, body));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private async Task<JsonNode> LastMessageAsync() => (await hub.GetAsync("/v1/conversations"))["data"]![0]!["last_message"]!;
}
