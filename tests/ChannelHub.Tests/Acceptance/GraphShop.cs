using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Meta;

namespace ChannelHub.Tests.Acceptance;

/// <summary>A hub with one account of one of Meta's products, and the API and customers it talks to.</summary>
internal sealed class GraphShop : IAsyncDisposable
{
    private GraphShop(FakeGraphApi api, TestHub hub, ManualTimeProvider theirClock) => (Api, Hub, TheirClock) = (api, hub, theirClock);

    public FakeGraphApi Api { get; }

    public TestHub Hub { get; }

    public GraphWebhooks Customers => Api.Webhooks;

    /// <summary>What Meta dates its webhooks by.</summary>
    public ManualTimeProvider TheirClock { get; }

    public string Channel { get; private set; } = "";

    /// <param name="product">Which product.</param>
    /// <param name="behind">How far Meta's clock is behind, so that what customers say is old when it comes.</param>
    public static async Task<GraphShop> StartAsync(GraphProduct product, TimeSpan behind = default)
    {
        var clock = new ManualTimeProvider(DateTimeOffset.UtcNow - behind);
        FakeGraphApi api = await FakeGraphApi.StartAsync(product, clock);
        var shop = new GraphShop(api, await TestHub.StartAsync(), clock);
        shop.Channel = await shop.AddAccountAsync(api);
        return shop;
    }

    /// <summary>Makes a channel for an account; the hook of the first is where its customers' words are pushed.</summary>
    public async Task<string> AddAccountAsync(FakeGraphApi api)
    {
        object settings = api.Product == GraphProduct.WhatsApp
            ? new
            {
                phone_number_id = api.AccountId, business_account_id = api.BusinessAccountId, access_token = api.AccessToken, app_secret = api.Webhooks.AppSecret,
                verify_token = api.Webhooks.VerifyToken, api_base_url = api.Url,
            }
            : new
            {
                account_id = api.AccountId, access_token = api.AccessToken, app_secret = api.Webhooks.AppSecret, verify_token = api.Webhooks.VerifyToken,
                api_base_url = api.Url,
            };
        string type = api.Product.ToString().ToLowerInvariant();
        string channel = await Hub.AddChannelAsync(type, settings);
        api.Webhooks.Hook = HookOf(channel);
        return channel;
    }

    public Uri HookOf(string channel) => new(Hub.Address, $"/hooks/{channel}");

    public async Task SayAsync(ReadOnlyMemory<byte> body) => (await Customers.PushAsync(body)).ShouldBe(200);

    public async Task<JsonNode> NewestAsync() => (await Hub.GetAsync("/v1/events?types=message.received&limit=200"))["data"]!.AsArray()[^1]!["data"]!;

    public async Task<(int Status, JsonNode? Body)> AnswerAsync(string conversation, object part) =>
        await Hub.CallAsync(HttpMethod.Post, $"/v1/conversations/{conversation}/messages", new { parts = new[] { part } });

    /// <summary>Sends a text and waits until it has a state.</summary>
    public async Task<JsonNode> SentAsync(string conversation, string text, string state = "sent")
    {
        (int status, JsonNode? queued) = await AnswerAsync(conversation, new { type = "text", text });
        status.ShouldBe(202, queued?.ToJsonString());
        return await StateAsync(queued!, state);
    }

    public Task<JsonNode> StateAsync(JsonNode message, string state) =>
        Hub.UntilAsync($"/v1/messages/{message["id"]}", shown => (string)shown["state"]! == state);

    public async Task<string> ProblemAsync(string conversation, object part)
    {
        (int status, JsonNode? problem) = await AnswerAsync(conversation, part);
        status.ShouldBe(409, problem?.ToJsonString());
        return (string)problem!["type"]!;
    }

    public async Task<JsonNode> AccountingAsync(string channel) => await Hub.GetAsync($"/v1/channels/{channel}/accounting");

    public async ValueTask DisposeAsync()
    {
        await Hub.DisposeAsync();
        await Api.DisposeAsync();
    }
}
