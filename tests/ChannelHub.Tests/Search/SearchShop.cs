using System.Globalization;
using System.Text.Json.Nodes;
using ChannelHub.Tests.Acceptance;

namespace ChannelHub.Tests.Search;

/// <summary>A hub whose customers write on Telegram, and what is found there.</summary>
internal sealed class SearchShop : IAsyncDisposable
{
    private const string Secret = "search-secret";
    private int marks;

    private SearchShop(TestHub hub, string channel)
    {
        Hub = hub;
        Channel = channel;
    }

    public TestHub Hub { get; }

    public string Channel { get; }

    /// <summary>The provider's number of the newest message.</summary>
    public long LastMessage { get; private set; }

    public static async Task<SearchShop> OpenAsync()
    {
        TestHub hub = await TestHub.StartAsync();
        return new SearchShop(hub, await hub.AddChannelAsync("telegram", new { secret_token = Secret }));
    }

    /// <summary>Somebody writes; answers the conversation.</summary>
    public async Task<string> SayAsync(int sender, string text)
    {
        await PostAsync(TelegramLoad.Update(++LastMessage, 1000 + sender, text));
        return (string)(await Hub.GetAsync($"/v1/customers?identity=telegram:{1000 + sender}"))["data"]![0]!["conversation_id"]!;
    }

    public async Task PostAsync(string update)
    {
        using HttpResponseMessage answer = await Hub.Anonymous.SendAsync(TelegramLoad.Request(Hub.Address, Channel, Secret, update));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Ends once everything that has happened can be found: another message, written now, is.</summary>
    public async Task SettledAsync()
    {
        string mark = string.Create(CultureInfo.InvariantCulture, $"settled{++marks}x");
        await PostAsync(TelegramLoad.Update(1_000_000 + marks, 9_999, mark));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await Hub.CallAsync(HttpMethod.Get, "/v1/messages?q=" + mark) is not (200, { } page) || page["data"]!.AsArray().Count == 0)
            await Task.Delay(20, limit.Token);
    }

    public async Task<string[]> ConversationsAsync(string query)
    {
        await SettledAsync();
        return Ids(await Hub.GetAsync("/v1/conversations?q=" + Uri.EscapeDataString(query)));
    }

    public async Task<string[]> CustomersAsync(string query) => Ids(await Hub.GetAsync("/v1/customers?q=" + Uri.EscapeDataString(query)));

    public static string[] Ids(JsonNode page) => [.. page["data"]!.AsArray().Select(item => (string)item!["id"]!)];

    public static string[] Texts(JsonNode page) => [.. page["data"]!.AsArray().Select(message => (string)message!["parts"]![0]!["text"]!)];

    public async ValueTask DisposeAsync() => await Hub.DisposeAsync();
}
