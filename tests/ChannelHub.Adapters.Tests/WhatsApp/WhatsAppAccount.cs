using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Meta;
using ChannelHub.WhatsApp;

namespace ChannelHub.Adapters.Tests.WhatsApp;

/// <summary>A channel and the API it talks to.</summary>
internal sealed class WhatsAppAccount : IAsyncDisposable
{
    public static readonly Key Ada = new(KeyKinds.Phone, "+447700900123");

    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    private WhatsAppAccount(FakeGraphApi api) => Api = api;

    public FakeGraphApi Api { get; }

    public CapturingLogger Log { get; } = new();

    public static async Task<WhatsAppAccount> StartAsync() => new(await FakeGraphApi.StartAsync(GraphProduct.WhatsApp));

    public IChannel Open(Func<WhatsAppSettings, WhatsAppSettings>? change = null)
    {
        var settings = new WhatsAppSettings
        {
            PhoneNumberId = Api.AccountId,
            BusinessAccountId = Api.BusinessAccountId,
            AccessToken = Api.AccessToken,
            AppSecret = Api.Webhooks.AppSecret,
            VerifyToken = Api.Webhooks.VerifyToken,
            ApiBaseUrl = Api.Url.AbsoluteUri,
        };
        return new WhatsAppChannelType().Open(change?.Invoke(settings) ?? settings, new ChannelEnvironment(client, TimeProvider.System, Log));
    }

    public T Open<T>() where T : IChannel => (T)Open();

    public ValueTask<SendResult> SendAsync(Part part, OutboundMedia? media = null, ExternalId? replyTo = null, Key? to = null, string? address = null, int attempt = 1) =>
        Open<IMessageSender>().SendAsync(
            SampleMessages.Of(to ?? Ada, address, part) with { Media = media, ReplyTo = replyTo, Attempt = attempt }, CancellationToken.None);

    public ValueTask<SendResult> SendFileAsync(MediaKind kind, string contentType, string? caption = null, int size = 100, string fileName = "file") =>
        SendAsync(new MediaPart(kind, new MediaReference { Stored = "att_1" }, caption), new OutboundMedia
        {
            FileName = fileName,
            ContentType = contentType,
            Size = size,
            OpenAsync = _ => ValueTask.FromResult<Stream>(new MemoryStream(new byte[size])),
        });

    /// <summary>The last call, which was in order.</summary>
    public GraphCall LastCall()
    {
        Api.Violations.ShouldBeEmpty();
        return Api.Calls[^1];
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await Api.DisposeAsync();
    }
}
