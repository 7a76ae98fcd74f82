using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Telegram;
using ChannelHub.Telegram;

namespace ChannelHub.Adapters.Tests.Telegram;

/// <summary>A channel and the Bot API it talks to.</summary>
internal sealed class TelegramBot : IAsyncDisposable
{
    public static readonly Key Ada = new(KeyKinds.Telegram, "700100200");

    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    private TelegramBot(FakeBotApi api) => Api = api;

    public FakeBotApi Api { get; }

    public CapturingLogger Log { get; } = new();

    public static async Task<TelegramBot> StartAsync() => new(await FakeBotApi.StartAsync());

    public IChannel Open(TelegramMode mode = TelegramMode.Webhook, Func<TelegramSettings, TelegramSettings>? change = null)
    {
        var settings = new TelegramSettings { BotToken = Api.Token, SecretToken = "secret_1", Mode = mode, ApiBaseUrl = Api.Url.AbsoluteUri };
        return new TelegramChannelType().Open(change?.Invoke(settings) ?? settings, new ChannelEnvironment(client, TimeProvider.System, Log));
    }

    public T Open<T>() where T : IChannel => (T)Open();

    public ValueTask<SendResult> SendAsync(Part part, OutboundMedia? media = null, ExternalId? replyTo = null) =>
        Open<IMessageSender>().SendAsync(SampleMessages.Of(Ada, null, part) with { Media = media, ReplyTo = replyTo }, CancellationToken.None);

    public ValueTask<SendResult> SendFileAsync(MediaKind kind, string contentType, string? caption = null, int size = 100, string fileName = "file") =>
        SendAsync(new MediaPart(kind, new MediaReference { Stored = "att_1" }, caption), new OutboundMedia
        {
            FileName = fileName,
            ContentType = contentType,
            Size = size,
            OpenAsync = _ => ValueTask.FromResult<Stream>(new MemoryStream(new byte[size])),
        });

    public async Task<SentUnit> SentAsync(Part part)
    {
        SendResult result = await SendAsync(part);
        return new SentUnit(Ada, null, result.ShouldBeOfType<SendResult.Sent>().Id);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await Api.DisposeAsync();
    }
}
