using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Meta;
using ChannelHub.Meta;

namespace ChannelHub.Adapters.Tests.Meta;

/// <summary>A channel of either product and the API it talks to.</summary>
internal sealed class MetaAccount : IAsyncDisposable
{
    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    private MetaAccount(FakeGraphApi api) => Api = api;

    public FakeGraphApi Api { get; }

    public CapturingLogger Log { get; } = new();

    public ChannelType Type => Api.Product == GraphProduct.Instagram ? new InstagramChannelType() : new MessengerChannelType();

    public Key Ada => new(Type.Info.KeyKind, Api.AccountId, "9988776655443322");

    public static async Task<MetaAccount> StartAsync(GraphProduct product = GraphProduct.Messenger) => new(await FakeGraphApi.StartAsync(product));

    public IChannel Open(Func<MetaSettings, MetaSettings>? change = null)
    {
        var settings = new MetaSettings
        {
            AccountId = Api.AccountId,
            AccessToken = Api.AccessToken,
            AppSecret = Api.Webhooks.AppSecret,
            VerifyToken = Api.Webhooks.VerifyToken,
            ApiBaseUrl = Api.Url.AbsoluteUri,
        };
        return Type.Open(change?.Invoke(settings) ?? settings, new ChannelEnvironment(client, TimeProvider.System, Log));
    }

    public T Open<T>() where T : IChannel => (T)Open();

    public ValueTask<SendResult> SendAsync(Part part, OutboundMedia? media = null, ExternalId? replyTo = null, IChannel? by = null, string author = "agent") =>
        ((IMessageSender)(by ?? Open())).SendAsync(
            SampleMessages.Of(Ada, null, part) with { Media = media, ReplyTo = replyTo, AuthorKind = author }, CancellationToken.None);

    public ValueTask<SendResult> SendFileAsync(MediaKind kind, string contentType, int size = 100, string? link = null) =>
        SendAsync(new MediaPart(kind, new MediaReference { Stored = "att_1" }), new OutboundMedia
        {
            FileName = "Łódź.bin",
            ContentType = contentType,
            Size = size,
            Link = link is null ? null : new Uri(link),
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
