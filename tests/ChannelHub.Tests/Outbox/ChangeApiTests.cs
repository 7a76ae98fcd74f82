using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Channels;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Outbox;

namespace ChannelHub.Tests.Outbox;

public sealed class ChangeApiTests(SendingHub sending) : IClassFixture<SendingHub>
{
    private TestHub Hub => sending.Hub;

    [Fact]
    public async Task An_edit_is_made_at_the_provider_and_kept_as_a_revision()
    {
        (_, FakeProvider provider, JsonNode message) = await SentAsync("helo");

        JsonNode edited = await PatchAsync(message, "hello", 200);

        ((string?)edited["parts"]![0]!["text"]).ShouldBe("hello");
        ((int)edited["revision"]!).ShouldBe(2);
        edited["edited_at"].ShouldNotBeNull();
        ((string?)edited["state"]).ShouldBe("sent");
        provider.Changes.ShouldHaveSingleItem().What.ShouldBe(new TextPart("hello"));
    }

    [Fact]
    public async Task What_still_waits_is_edited_before_it_leaves()
    {
        (string channel, FakeProvider provider, JsonNode message) = await WaitingAsync("helo");

        JsonNode edited = await PatchAsync(message, "hello", 200);
        ((string?)edited["state"]).ShouldBe("queued");
        await Hub.PostAsync($"/v1/channels/{channel}/resume");

        await sending.StateAsync(message, "sent");
        provider.Texts.ShouldBe(["hello"]);
        provider.Changes.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_the_provider_refuses_changes_nothing()
    {
        (_, FakeProvider provider, JsonNode message) = await SentAsync("hello");
        provider.OnChange = (_, _) => new SendResult.Rejected(new Fault(FaultKind.ContentRefused, "too old to edit"));
        ((string?)(await PatchAsync(message, "other", 409))["type"]).ShouldBe("/problems/provider-refused");
        provider.OnChange = (_, _) => new SendResult.Deferred(new Fault(FaultKind.ProviderDown, "down"));
        ((string?)(await PatchAsync(message, "other", 503))["type"]).ShouldBe("/problems/provider-unavailable");
        provider.OnChange = (_, _) => new SendResult.Unconfirmed("cut");
        await PatchAsync(message, "other", 503);

        ((string?)(await Hub.GetAsync("/v1/messages/" + message["id"]))["parts"]![0]!["text"]).ShouldBe("hello");
    }

    [Fact]
    public async Task An_edit_must_be_one_text_that_fits()
    {
        (_, _, JsonNode message) = await SentAsync("hello");

        await PatchAsync(message, new string('x', 101), 400);
        (await Hub.CallAsync(HttpMethod.Patch, "/v1/messages/" + message["id"], new { parts = new[] { new { type = "text", text = "a" }, new { type = "text", text = "b" } } }))
            .Status.ShouldBe(400);
        (await Hub.CallAsync(HttpMethod.Patch, "/v1/messages/" + message["id"], new { })).Status.ShouldBe(400);
    }

    [Fact]
    public async Task A_channel_that_cannot_says_so()
    {
        string channel = await Hub.AddChannelAsync("plain", new { });
        JsonNode message = await Hub.PostAsync("/v1/messages",
            new { to = new { kind = "phone", value = "+48600100900" }, channel_id = channel, parts = new[] { new { type = "text", text = "hello" } } }, expect: 202);
        await sending.StateAsync(message, "sent");

        ((string?)(await PatchAsync(message, "other", 409))["type"]).ShouldBe("/problems/not-supported");
        await Expect(HttpMethod.Delete, message, "", null, 409);
        await Expect(HttpMethod.Put, message, "/reaction", new { reaction = "👍" }, 409);
    }

    [Fact]
    public async Task What_the_customer_wrote_is_not_ours_to_change()
    {
        (string channel, _) = await sending.AddChannelAsync();
        JsonNode received = await sending.ReceiveAsync(channel, sending.NewAddress());

        await PatchAsync(received, "other", 409);
        await Expect(HttpMethod.Delete, received, "", null, 409);
        await Expect(HttpMethod.Post, received, "/cancel", null, 409);
        await Expect(HttpMethod.Post, received, "/settle", new { @as = "sent" }, 409);
    }

    [Fact]
    public async Task A_deletion_is_made_at_the_provider()
    {
        (_, FakeProvider provider, JsonNode message) = await SentAsync("hello");

        JsonNode deleted = await Expect(HttpMethod.Delete, message, "", null, 200);

        deleted["deleted_at"].ShouldNotBeNull();
        provider.Changes.ShouldHaveSingleItem().What.ShouldBe("delete");
        await Expect(HttpMethod.Delete, message, "", null, 409);
        await PatchAsync(message, "other", 409);
    }

    [Fact]
    public async Task Deleting_what_still_waits_takes_it_back()
    {
        (string channel, FakeProvider provider, JsonNode message) = await WaitingAsync("hello");

        JsonNode deleted = await Expect(HttpMethod.Delete, message, "", null, 200);
        await Hub.PostAsync($"/v1/channels/{channel}/resume");

        ((string?)deleted["state"]).ShouldBe("cancelled");
        deleted["deleted_at"].ShouldNotBeNull();
        await ProveQuietAsync(channel, provider);
        provider.Texts.ShouldBe(["proof"]);
    }

    [Fact]
    public async Task A_reaction_is_set_and_taken_back()
    {
        (string channel, FakeProvider provider) = await sending.AddChannelAsync();
        JsonNode received = await sending.ReceiveAsync(channel, sending.NewAddress());

        JsonNode reacted = await Expect(HttpMethod.Put, received, "/reaction", new { reaction = "👍" }, 200);
        ((string?)reacted["reactions"]![0]!["reaction"]).ShouldBe("👍");
        reacted["reactions"]![0]!["identity_id"].ShouldBeNull();
        JsonNode none = await Expect(HttpMethod.Put, received, "/reaction", """{"reaction":null}""", 200);
        none["reactions"]!.AsArray().ShouldBeEmpty();
        provider.Changes.Select(c => c.What).ShouldBe(["👍", null]);
        await Expect(HttpMethod.Put, received, "/reaction", "{}", 400);
        await Expect(HttpMethod.Put, received, "/reaction", new { reaction = "" }, 400);
    }

    [Fact]
    public async Task Only_what_is_queued_can_be_cancelled()
    {
        (string channel, FakeProvider provider, JsonNode message) = await WaitingAsync("hello");

        JsonNode cancelled = await Expect(HttpMethod.Post, message, "/cancel", null, 200);
        ((string?)cancelled["state"]).ShouldBe("cancelled");
        ((string?)cancelled["parts"]![0]!["state"]).ShouldBe("cancelled");
        ((string?)(await Expect(HttpMethod.Post, message, "/cancel", null, 409))["type"]).ShouldBe("/problems/not-queued");
        await Hub.PostAsync($"/v1/channels/{channel}/resume");

        await ProveQuietAsync(channel, provider);
        provider.Texts.ShouldBe(["proof"]);
        (_, _, JsonNode sent) = await SentAsync("hello");
        await Expect(HttpMethod.Post, sent, "/cancel", null, 409);
    }

    [Fact]
    public async Task An_unconfirmed_message_is_settled_by_a_person()
    {
        (_, _, JsonNode arrived) = await UnconfirmedAsync();
        ((string?)(await Expect(HttpMethod.Post, arrived, "/settle", new { @as = "sent" }, 200))["state"]).ShouldBe("sent");
        ((string?)(await Expect(HttpMethod.Post, arrived, "/settle", new { @as = "failed" }, 409))["type"]).ShouldBe("/problems/not-unconfirmed");

        (_, _, JsonNode lost) = await UnconfirmedAsync();
        JsonNode failed = await Expect(HttpMethod.Post, lost, "/settle", new { @as = "failed" }, 200);
        ((string?)failed["state"]).ShouldBe("failed");
        ((string?)failed["error"]!["kind"]).ShouldBe("settled");

        (_, FakeProvider provider, JsonNode again) = await UnconfirmedAsync();
        await Expect(HttpMethod.Post, again, "/settle", new { @as = "resend" }, 200);
        await sending.StateAsync(again, "sent");
        provider.Sent.Select(m => m.Attempt).ShouldBe([1, 2]);
        provider.Sent.Select(m => m.Key).Distinct().Count().ShouldBe(1);

        await Expect(HttpMethod.Post, again, "/settle", new { @as = "maybe" }, 400);
    }

    [Fact]
    public async Task Why_tells_input_key_links_and_receipts()
    {
        (string channel, FakeProvider provider) = await sending.AddChannelAsync();
        string address = sending.NewAddress();
        JsonNode received = await sending.ReceiveAsync(channel, address);
        JsonNode message = await sending.SendTextAsync((string)received["conversation_id"]!, "hello");
        await sending.StateAsync(message, "sent");
        await Hub.Get<Database>().WriteAsync(session => SentParts.Report(session, SendingHub.IdOf(IdPrefix.Channel, channel),
            new DeliveryReported("r", new ExternalId("p1"), DeliveryState.Read)));

        JsonNode inbound = await Hub.GetAsync($"/v1/messages/{received["id"]}/why");
        ((string?)inbound["inbox_id"]).ShouldStartWith("inb_");
        ((string?)inbound["adapter"]!["type"]).ShouldBe("fake");
        ((string?)inbound["adapter"]!["version"]).ShouldBe("1");
        ((string?)inbound["key"]!["value"]).ShouldBe(address);
        ((string?)inbound["sender_assurance"]).ShouldBe("proven");
        JsonNode outbound = await Hub.GetAsync($"/v1/messages/{message["id"]}/why");
        ((string?)outbound["receipts"]![0]!["state"]).ShouldBe("read");
        ((string?)outbound["receipts"]![0]!["provider_id"]).ShouldBe("p1");
        provider.Sent.Count.ShouldBe(1);
        (await Hub.CallAsync(HttpMethod.Get, "/v1/messages/msg_0000000000000/why")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task An_unknown_message_is_404_everywhere()
    {
        JsonNode unknown = JsonNode.Parse("""{"id":"msg_0000000000000"}""")!;
        await PatchAsync(unknown, "x", 404);
        await Expect(HttpMethod.Get, unknown, "", null, 404);
        await Expect(HttpMethod.Delete, unknown, "", null, 404);
        await Expect(HttpMethod.Put, unknown, "/reaction", new { reaction = "👍" }, 404);
        await Expect(HttpMethod.Post, unknown, "/cancel", null, 404);
        await Expect(HttpMethod.Post, unknown, "/settle", new { @as = "sent" }, 404);
    }

    [Fact]
    public async Task What_is_queued_survives_a_restart()
    {
        await using TestHub hub = await TestHub.StartAsync(moreTypes: [new FakeChannelType()]);
        string channel = await hub.AddChannelAsync("fake", new { account = "r" });
        hub.Get<ChannelDirectory>().TryGet(SendingHub.IdOf(IdPrefix.Channel, channel), out LiveChannel? live).ShouldBeTrue();
        await hub.Get<ChannelHealth>().PauseAsync(live!, "held");
        JsonNode message = await hub.PostAsync("/v1/messages",
            new { to = new { kind = "telegram", value = "5" }, channel_id = channel, parts = new[] { new { type = "text", text = "hello" } } }, expect: 202);

        await hub.RestartAsync();
        await hub.PostAsync($"/v1/channels/{channel}/resume");

        await hub.UntilAsync("/v1/messages/" + message["id"], m => (string?)m["state"] == "sent");
    }

    private async Task<(string Channel, FakeProvider Provider, JsonNode Message)> SentAsync(string text)
    {
        (string channel, FakeProvider provider) = await sending.AddChannelAsync();
        JsonNode received = await sending.ReceiveAsync(channel, sending.NewAddress());
        JsonNode message = await sending.SendTextAsync((string)received["conversation_id"]!, text);
        return (channel, provider, await sending.StateAsync(message, "sent"));
    }

    private async Task<(string Channel, FakeProvider Provider, JsonNode Message)> WaitingAsync(string text)
    {
        (string channel, FakeProvider provider) = await sending.AddChannelAsync();
        JsonNode received = await sending.ReceiveAsync(channel, sending.NewAddress());
        Hub.Get<ChannelDirectory>().TryGet(SendingHub.IdOf(IdPrefix.Channel, channel), out LiveChannel? live).ShouldBeTrue();
        await Hub.Get<ChannelHealth>().PauseAsync(live!, "held for the test");
        return (channel, provider, await sending.SendTextAsync((string)received["conversation_id"]!, text));
    }

    private async Task<(string Channel, FakeProvider Provider, JsonNode Message)> UnconfirmedAsync()
    {
        (string channel, FakeProvider provider) = await sending.AddChannelAsync();
        provider.Then(new SendResult.Unconfirmed("cut"));
        JsonNode received = await sending.ReceiveAsync(channel, sending.NewAddress());
        JsonNode message = await sending.SendTextAsync((string)received["conversation_id"]!, "hello");
        return (channel, provider, await sending.StateAsync(message, "unconfirmed"));
    }

    /// <summary>Something sent later has gone out: what was before it would have gone before.</summary>
    private async Task ProveQuietAsync(string channel, FakeProvider provider)
    {
        JsonNode received = await sending.ReceiveAsync(channel, sending.NewAddress());
        await sending.StateAsync(await sending.SendTextAsync((string)received["conversation_id"]!, "proof"), "sent");
        provider.Sent.Count.ShouldBe(1);
    }

    private Task<JsonNode> PatchAsync(JsonNode message, string text, int expect) =>
        Expect(HttpMethod.Patch, message, "", new { parts = new[] { new { type = "text", text } } }, expect);

    private async Task<JsonNode> Expect(HttpMethod method, JsonNode message, string path, object? body, int expect)
    {
        (int status, JsonNode? answer) = await Hub.CallAsync(method, $"/v1/messages/{message["id"]}{path}", body);
        status.ShouldBe(expect, answer?.ToJsonString());
        return answer!;
    }
}
