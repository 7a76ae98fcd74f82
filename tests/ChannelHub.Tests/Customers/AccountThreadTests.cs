using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Tests.Channels;

namespace ChannelHub.Tests.Customers;

/// <summary>An account that its provider names by its number, by an id, or by both, over the whole hub.</summary>
public sealed class AccountThreadTests : IAsyncLifetime
{
    private readonly ScriptedChannelType type = new() { Parse = Read };
    private TestHub hub = null!;
    private string channel = "";

    public async Task InitializeAsync()
    {
        hub = await TestHub.StartAsync(moreTypes: [type]);
        channel = await hub.AddChannelAsync("scripted", new { token = ScriptedChannelType.Token });
    }

    public async Task DisposeAsync() => await hub.DisposeAsync();

    [Fact]
    public async Task A_telephone_then_an_id_then_the_id_alone_then_a_new_telephone_is_one_customer_with_one_thread_without_a_gap()
    {
        await SayAsync("1", phone: "+48 600 100 200");
        string thread = (string)(await hub.GetAsync("/v1/conversations"))["data"]![0]!["id"]!;
        await SayAsync("2", phone: "+48600100200", user: "PL.77");
        await SayAsync("3", user: "PL.77");
        await SayAsync("4", phone: "+48 600 100 299", user: "PL.77");
        await SayAsync("5", user: "PL.77");
        await SayAsync("6", phone: "0048600100299");

        JsonNode customer = (await hub.GetAsync("/v1/customers"))["data"]!.AsArray().Single()!;
        customer["identities"]!.AsArray().Select(identity => (string)identity!["value"]!).ShouldBe(["+48600100200", "+48600100299"]);
        JsonNode conversation = (await hub.GetAsync("/v1/conversations"))["data"]!.AsArray().Single()!;
        ((string)conversation["id"]!, (long)conversation["unread"]!).ShouldBe((thread, 6));
        (await hub.GetAsync($"/v1/conversations/{thread}/messages?order=asc"))["data"]!.AsArray().Select(message => (string)message!["parts"]![0]!["text"]!)
            .ShouldBe(["1", "2", "3", "4", "5", "6"]);
        ((string)(await hub.GetAsync("/v1/customers?identity=whatsapp:PL.77"))["data"]!.AsArray().Single()!["id"]!).ShouldBe((string)customer["id"]!);

        // The id went from the old number to the new one.
        JsonNode[] aliases = [.. customer["identities"]!.AsArray().Select(identity => identity!["aliases"]!.AsArray().Single()!)];
        aliases.Select(alias => (string)alias["value"]!).ShouldBe(["PL.77", "PL.77"]);
        aliases[0]["until"].ShouldNotBeNull();
        aliases[1]["until"].ShouldBeNull();
        ((string)aliases[1]["assurance"]!, (string)aliases[1]["channel_id"]!).ShouldBe(("proven", channel));
    }

    private async Task SayAsync(string text, string? phone = null, string? user = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/hooks/" + channel) { Content = JsonContent.Create(new { id = text, phone, user }) };
        request.Headers.Add("x-token", ScriptedChannelType.Token);
        using HttpResponseMessage answer = await hub.Anonymous.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    private static Received Read(AuthenticInput input)
    {
        JsonNode entry = JsonNode.Parse(input.Body.Span)!;
        var id = (string?)entry["user"];
        Sender sender = (string?)entry["phone"] is { } phone
            ? new Sender(new Key(KeyKinds.Phone, phone)) { Learned = id is null ? [] : [new LearnedKey(new Key("whatsapp", id), Assurance.Proven, LearnedAs.Alias)] }
            : new Sender(new Key("whatsapp", id!));
        var text = (string)entry["id"]!;
        return new Received(new MessageReceived(new ExternalId(text), sender, [new TextPart(text)]));
    }
}
