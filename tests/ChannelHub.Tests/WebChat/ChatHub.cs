using System.Text.Json.Nodes;
using ChannelHub.Core.Ids;
using ChannelHub.Options;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Tests.WebChat;

/// <summary>A hub for chat tests: one address makes all calls here, so limits that a test is not about are out of the way.</summary>
internal static class ChatHub
{
    public static readonly WebChatOptions Roomy = new()
    {
        SessionsPerAddress = 10_000, SessionsPerNetwork = 10_000, ConversationsPerAddress = 10_000, MessagesPerSecond = 1000, MessageBurst = 10_000, MessagesPerVisitor = 10_000,
        UnansweredMessages = 10_000, IdentitiesPerVisitor = 1000, ClaimsPerVisitor = 1000, ClaimsPerAddress = 10_000, BadIdentities = 1000, StreamsPerAddress = 1000,
    };

    public static Task<TestHub> StartAsync(Func<WebChatOptions, WebChatOptions>? limits = null, TimeProvider? clock = null) =>
        TestHub.StartAsync(options => options with { Webchat = limits?.Invoke(Roomy) ?? Roomy }, clock);

    public static Task<string> AddChatAsync(this HubOverHttp hub, object? settings = null) => hub.AddChannelAsync("webchat", settings ?? new { title = "Kites", greeting = "Hello!", colour = "#112233" });

    public static AccountingRow Accounting(this TestHub hub, string channel)
    {
        HubId.TryParse(IdPrefix.Channel, channel, out long id);
        return hub.Get<Database>().Read(session => ChannelStore.Accounting(session, id));
    }

    public static string Id(this JsonNode message) => (string)message["id"]!;
}
