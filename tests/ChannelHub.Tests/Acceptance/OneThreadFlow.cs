using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance.Telegram;
using ChannelHub.Mail.Mime;
using ChannelHub.Tests.WebChat;

namespace ChannelHub.Tests.Acceptance;

/// <summary>
/// The main job from outside, whatever the hub runs on: Ada writes in the chat, on Telegram and by mail; the CRM sees one customer with one thread, answers
/// in each place, and Ada's next words join.
/// </summary>
internal sealed class OneThreadFlow : IAsyncDisposable
{
    private const string Phone = "+48600100200";

    private readonly HubOverHttp hub;
    private readonly OneThreadPlaces ada;
    private readonly LiveStream feed;

    private OneThreadFlow(HubOverHttp hub, OneThreadPlaces ada, LiveStream feed) => (this.hub, this.ada, this.feed) = (hub, ada, feed);

    /// <summary>Runs it all; answers the events that the live feed brought.</summary>
    public static async Task<List<JsonNode>> RunAsync(HubOverHttp hub)
    {
        OneThreadPlaces ada = await OneThreadPlaces.OpenAsync(hub);
        await using var flow = new OneThreadFlow(hub, ada, await FollowAsync(hub));
        await flow.SheWritesInTheChatAndByMailAsync();
        await flow.AnAgentMergesAndUndoesAsync();
        await flow.SheProvesHerNumberAsync();
        await flow.TheCrmSeesOneThreadAsync();
        await flow.EveryPlaceIsAnsweredAsync();
        await flow.HerNextWordsJoinAsync();
        return await flow.TheFeedHasToldAllAsync();
    }

    public async ValueTask DisposeAsync()
    {
        feed.Dispose();
        await ada.DisposeAsync();
    }

    // The shop has signed who she is, and her mail's domain vouches for it.
    private async Task SheWritesInTheChatAndByMailAsync()
    {
        await ada.ChatAsync("Do you ship kites?", signedIn: Phone);
        await ada.MailAsync("m1", "Where is my parcel?", writtenAgo: 60);

        JsonNode customer = await CustomerAsync("email:" + OneThreadPlaces.Mailbox);
        customer["identities"]!.AsArray().Select(identity => (string)identity!["kind"]!).Order().ShouldBe(["email", "external", "phone", "visitor"]);
        (await TextsAsync(customer)).ShouldBe(["Where is my parcel?", "Do you ship kites?"]);
    }

    // Nothing proves yet that this is she.
    private async Task AnAgentMergesAndUndoesAsync()
    {
        await ada.TelegramAsync(1, "\"text\":\"It is me, Ada\"", writtenAgo: 40);
        await ada.TelegramAsync(1, "\"text\":\"It is me, Ada\"", writtenAgo: 40);
        JsonNode known = await CustomerAsync("email:" + OneThreadPlaces.Mailbox);
        JsonNode stranger = await CustomerAsync("telegram:" + OneThreadPlaces.TelegramUser);
        string[] apart = await StateAsync(known, stranger);

        string merge = $"/v1/customers/{stranger["id"]}/merge";
        JsonNode tried = await hub.PostAsync(merge, new { with = (string)known["id"]!, dry_run = true });
        (await StateAsync(known, stranger)).ShouldBe(apart);
        JsonNode merged = await hub.PostAsync(merge, new { with = (string)known["id"]! });
        merged["after"]!.ToJsonString().ShouldBe(tried["after"]!.ToJsonString());
        ((string)merged["survivor"]!).ShouldBe((string)known["id"]!);
        (await TextsAsync(stranger)).ShouldBe(["Where is my parcel?", "It is me, Ada", "Do you ship kites?"]);

        await hub.PostAsync($"/v1/merges/{merged["merge_id"]}/undo");
        (await StateAsync(known, stranger)).ShouldBe(apart);
    }

    private async Task SheProvesHerNumberAsync()
    {
        JsonNode stranger = await CustomerAsync("telegram:" + OneThreadPlaces.TelegramUser);
        await ada.TelegramAsync(2, $$"""
            "contact":{"phone_number":"{{Phone}}","first_name":"Ada","user_id":{{OneThreadPlaces.TelegramUser}}}
            """, writtenAgo: 30);
        ((string)(await hub.GetAsync($"/v1/customers/{stranger["id"]}"))["id"]!).ShouldNotBe((string)stranger["id"]!);
    }

    private async Task TheCrmSeesOneThreadAsync()
    {
        JsonNode conversation = (await hub.GetAsync("/v1/conversations"))["data"]!.AsArray().ShouldHaveSingleItem()!;
        ((long)conversation["unread"]!).ShouldBe(4);
        conversation["channels"]!.AsArray().Select(channel => (string)channel!["type"]!).Order().ShouldBe(["email", "telegram", "webchat"]);
        List<JsonNode> thread = await ThreadAsync(conversation["id"]!);
        thread.Select(message => (string)message["channel_type"]!).ShouldBe(["email", "telegram", "telegram", "webchat"]);
        thread.Select(message => (string)message["sender_assurance"]!).ShouldAllBe(assurance => assurance == "proven");
        thread.Select(message => (string)message["customer_id"]!).Distinct().ShouldHaveSingleItem().ShouldBe((string)conversation["customer"]!["id"]!);
        ((string)conversation["last_message"]!["id"]!).ShouldBe(thread[^1].Id());

        // All that is hers is proven, so the page shows her all of it.
        (await ada.Browser.ThreadAsync()).Select(message => message.Id()).ShouldBe(thread.Select(message => message.Id()));
        await hub.PostAsync($"/v1/conversations/{conversation["id"]}/read", new { up_to = thread[^1].Id() });
        ((long)(await hub.GetAsync($"/v1/conversations/{conversation["id"]}"))["unread"]!).ShouldBe(0);
    }

    private async Task EveryPlaceIsAnsweredAsync()
    {
        List<JsonNode> thread = await ThreadAsync((await CustomerAsync("email:" + OneThreadPlaces.Mailbox))["conversation_id"]!);
        JsonNode mail = await AnswerAsync("Your parcel is in Gdynia.", "email", replyTo: thread[0]);
        JsonNode telegram = await AnswerAsync("Hello Ada.", "telegram", replyTo: thread[1]);
        JsonNode chat = await AnswerAsync("Yes, everywhere.", "webchat", replyTo: thread[3]);

        MimeMessage letter = await ada.LetterAsync(1);
        letter.To.ShouldHaveSingleItem().Address.ShouldBe(OneThreadPlaces.Mailbox);
        letter.InReplyTo.ShouldBe(["m1@customer.example"]);
        letter.References.ShouldBe(["m1@customer.example"]);
        letter.Root.Text().ShouldContain("Your parcel is in Gdynia.");
        await BecomesAsync(mail, "sent");
        await ada.MailArrivedAsync(letter);
        await BecomesAsync(mail, "delivered");

        await BecomesAsync(telegram, "sent");
        BotApiCall call = ada.Bot.Calls.Single(call => call.Method == "sendMessage");
        (call["chat_id"], call["text"]).ShouldBe((OneThreadPlaces.TelegramUser.ToString(), "Hello Ada."));
        JsonNode.Parse(call["reply_parameters"]!)!["message_id"]!.GetValue<long>().ShouldBe(1);

        (await ada.Live.UntilAsync(happened => happened.Text == "Yes, everywhere."))[^1].Data.Id().ShouldBe(chat.Id());
        await BecomesAsync(chat, "delivered");
        (await ada.Browser.PostAsync("read", new { up_to = chat.Id() })).Status.ShouldBe(204);
        await BecomesAsync(chat, "read");
    }

    private async Task HerNextWordsJoinAsync()
    {
        JsonNode customer = await CustomerAsync("email:" + OneThreadPlaces.Mailbox);
        List<JsonNode> before = await ThreadAsync(customer["conversation_id"]!);
        JsonNode letter = before.Single(message => (string)message["direction"]! == "out" && (string)message["channel_type"]! == "email");
        await ada.ChatAsync("Good.");
        await ada.MailAsync("m2", "I see it coming.", writtenAgo: 0, answers: (await ada.LetterAsync(1)).MessageId);
        await ada.TelegramAsync(3, "\"text\":\"Thanks!\"", writtenAgo: -2);

        List<JsonNode> thread = await ThreadAsync(customer["conversation_id"]!);
        thread.Count.ShouldBe(before.Count + 3);
        (await hub.GetAsync("/v1/conversations"))["data"]!.AsArray().ShouldHaveSingleItem();
        ((string)thread.Single(message => (string?)message["parts"]![0]!["text"] == "I see it coming.")["reply_to"]!).ShouldBe(letter.Id());
        ((string)thread[^1]["channel_type"]!).ShouldBe("telegram");

        // Nobody says where: she is answered where she wrote last.
        JsonNode answer = await hub.PostAsync($"/v1/conversations/{customer["conversation_id"]}/messages", Text("You are welcome."), expect: 202);
        ((string)answer["channel_type"]!).ShouldBe("telegram");
        await BecomesAsync(answer, "sent");
        ada.Bot.Sent[^1].Call["text"].ShouldBe("You are welcome.");
    }

    private async Task<List<JsonNode>> TheFeedHasToldAllAsync()
    {
        JsonArray log = (await hub.UntilAsync("/v1/events?limit=2000", page => page["data"]!.AsArray().Count(logged => (string)logged!["type"]! == "message.sent") == 4))["data"]!.AsArray();
        string last = (string)log[^1]!["id"]!;
        List<JsonNode> told = [.. (await feed.UntilAsync(happened => (string?)happened.Data["id"] == last)).Where(happened => happened.Id is not null).Select(happened => happened.Data)];
        told.Select(happened => happened.ToJsonString()).ShouldBe(log.Select(logged => logged!.ToJsonString()));
        told.Select(happened => (long)happened["position"]!).ShouldBe(Enumerable.Range(1, log.Count).Select(position => (long)position));

        ILookup<string, JsonNode> of = told.ToLookup(happened => (string)happened["type"]!);
        of["message.received"].Select(Words).ShouldBe(["Do you ship kites?", "Where is my parcel?", "It is me, Ada", null, "Good.", "I see it coming.", "Thanks!"]);
        of["message.received"].Concat(of["message.queued"]).Select(happened => (string)happened["data"]!["channel_type"]!).ShouldAllBe(type => type.Length > 0);
        of["message.queued"].Select(Words).ShouldBe(["Your parcel is in Gdynia.", "Hello Ada.", "Yes, everywhere.", "You are welcome."]);
        of["message.sent"].Select(Words).Order().ShouldBe(of["message.queued"].Select(Words).Order());
        of["message.delivered"].Select(Words).Order().ShouldBe(["Yes, everywhere.", "Your parcel is in Gdynia."]);
        of["message.read"].Select(Words).ShouldBe(["Yes, everywhere."]);
        of["message.failed"].Concat(of["message.unconfirmed"]).Concat(of["inbox.quarantined"]).ShouldBeEmpty();
        return told;

        static string? Words(JsonNode happened) => (string?)happened["data"]!["parts"]![0]!["text"];
    }

    /// <summary>Answers, and says it once more as a client does that heard nothing.</summary>
    private async Task<JsonNode> AnswerAsync(string text, string place, JsonNode replyTo)
    {
        string key = Guid.NewGuid().ToString();
        List<JsonNode> answers = [];
        for (int time = 0; time < 2; time++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/conversations/{replyTo["conversation_id"]}/messages")
            {
                Content = ChatBrowser.Json(Text(text, ada.Channels[place], replyTo.Id())),
                Headers = { { "Idempotency-Key", key } },
            };
            using HttpResponseMessage answer = await hub.Admin.SendAsync(request);
            answer.StatusCode.ShouldBe(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
            answers.Add(JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
        }
        answers[1].Id().ShouldBe(answers[0].Id());
        ((string)answers[0]["channel_id"]!).ShouldBe(ada.Channels[place]);
        return answers[0];
    }

    private static object Text(string text, string? channel = null, string? replyTo = null) => new
    {
        parts = new[] { new { type = "text", text } }, author = new { kind = "agent", name = "Mia" }, channel_id = channel, reply_to = replyTo,
    };

    private Task<JsonNode> BecomesAsync(JsonNode message, string state) => hub.UntilAsync("/v1/messages/" + message.Id(), now => (string)now["state"]! == state);

    private async Task<JsonNode> CustomerAsync(string identity) => (await hub.GetAsync("/v1/customers?identity=" + identity))["data"]!.AsArray().ShouldHaveSingleItem()!;

    private async Task<List<JsonNode>> ThreadAsync(JsonNode conversation) =>
        [.. (await hub.GetAsync($"/v1/conversations/{conversation}/messages?order=asc"))["data"]!.AsArray().Select(message => message!)];

    private async Task<IEnumerable<string?>> TextsAsync(JsonNode customer) =>
        (await ThreadAsync(customer["conversation_id"]!)).Select(message => (string?)message["parts"]![0]!["text"]);

    /// <summary>All that the API shows of some customers.</summary>
    private async Task<string[]> StateAsync(params IEnumerable<JsonNode> customers)
    {
        List<string> shown = [(await hub.GetAsync("/v1/conversations")).ToJsonString(), (await hub.GetAsync("/v1/merge-suggestions")).ToJsonString()];
        foreach (JsonNode customer in customers)
        {
            foreach (string path in (string[])[$"customers/{customer["id"]}", $"conversations/{customer["conversation_id"]}", $"conversations/{customer["conversation_id"]}/messages"])
                shown.Add((await hub.GetAsync("/v1/" + path)).ToJsonString());
        }
        return [.. shown];
    }

    private static async Task<LiveStream> FollowAsync(HubOverHttp hub)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events?after=0");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        HttpResponseMessage answer = await hub.Admin.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return new LiveStream(answer);
    }
}
