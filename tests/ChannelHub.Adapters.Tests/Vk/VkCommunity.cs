using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Vk;
using ChannelHub.Vk;

namespace ChannelHub.Adapters.Tests.Vk;

/// <summary>A channel and the VK it talks to.</summary>
internal sealed class VkCommunity : IAsyncDisposable
{
    public const long Ada = 555001;

    public static readonly Key AdaKey = new("vk", "555001");

    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    private VkCommunity(FakeVk vk) => Vk = vk;

    public FakeVk Vk { get; }

    public static async Task<VkCommunity> StartAsync() => new(await FakeVk.StartAsync());

    public IChannel Open(Func<VkSettings, VkSettings>? change = null, Uri? hook = null)
    {
        var settings = new VkSettings { GroupId = Vk.GroupId, AccessToken = Vk.Token, Secret = "our-secret", ApiBaseUrl = Vk.Url.AbsoluteUri };
        return new VkChannelType().Open(change?.Invoke(settings) ?? settings, new ChannelEnvironment(client, TimeProvider.System, new CapturingLogger()) { HookUrl = hook });
    }

    public T Open<T>() where T : IChannel => (T)Open();

    public ValueTask<SendResult> SendAsync(Part part, OutboundMedia? media = null, ExternalId? replyTo = null, string key = "msg_0000000000001.0") =>
        Open<IMessageSender>().SendAsync(SampleMessages.Of(AdaKey, null, part) with { Media = media, ReplyTo = replyTo, Key = key }, CancellationToken.None);

    public ValueTask<SendResult> SendFileAsync(MediaKind kind, string contentType, string fileName = "file", string? caption = null) =>
        SendAsync(new MediaPart(kind, new MediaReference { Stored = "att_1" }, caption), new OutboundMedia
        {
            FileName = fileName,
            ContentType = contentType,
            Size = 100,
            OpenAsync = _ => ValueTask.FromResult<Stream>(new MemoryStream(new byte[100])),
        });

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await Vk.DisposeAsync();
    }
}

/// <summary>A hook that does what the hub does with a channel, and keeps what came.</summary>
internal sealed class TinyHub : IAsyncDisposable
{
    private readonly List<ChannelEvent> events = [];
    private ScriptedProvider server = null!;

    public IReadOnlyList<ChannelEvent> Events => events;

    public int Refused { get; private set; }

    public Uri Url => new(server.Address, "hooks/chn_1");

    /// <summary>Starts it; <paramref name="channel"/> is asked for at each request, since a channel may know the hook's address.</summary>
    public static async Task<TinyHub> StartAsync(ChannelType type, Func<IChannel> channel)
    {
        var hub = new TinyHub();
        hub.server = await ScriptedProvider.StartAsync(call => hub.Handle(type, channel(), call));
        return hub;
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private ScriptedReply Handle(ChannelType type, IChannel channel, ProviderCall call)
    {
        var receiver = (IWebhookReceiver)channel;
        var request = new WebhookRequest
        {
            Method = call.Method,
            SubPath = call.Path.StartsWith("/hooks/chn_1/", StringComparison.Ordinal) ? call.Path["/hooks/chn_1/".Length..] : "",
            Url = new Uri($"{server.Address.AbsoluteUri.TrimEnd('/')}{call.Path}{call.Query}"),
            Headers = call.Headers,
            Body = call.Body,
            ReceivedAt = DateTimeOffset.UtcNow,
        };
        var query = new Dictionary<string, string>();
        foreach (string pair in call.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
            query[pair.Split('=')[0]] = Uri.UnescapeDataString(pair.Split('=', 2).ElementAtOrDefault(1) ?? "");
        if (AuthenticInput.From(receiver, request, type.Info, query) is not { } input)
        {
            Refused++;
            return ScriptedReply.Text("forged", 403);
        }
        Received received = receiver.Parse(input);
        events.AddRange(received.Entries.OfType<Entry.Understood>().Select(entry => entry.Event));
        HookReply reply = received.Reply ?? type.Acknowledge([.. received.Entries.Select(_ => new EntryOutcome(EntryOutcomeKind.Stored))]);
        return ScriptedReply.Bytes(reply.Body, reply.ContentType, reply.Status);
    }
}
