using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Viber;
using ChannelHub.Viber;

namespace ChannelHub.Adapters.Tests.Viber;

/// <summary>A channel and the Viber it talks to.</summary>
internal sealed class ViberBot : IAsyncDisposable
{
    public static readonly Key Ada = new("viber", KeyScopes.Channel, "01234567890A=");

    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    private ViberBot(FakeViber viber) => Viber = viber;

    public FakeViber Viber { get; }

    public CapturingLogger Log { get; } = new();

    public static async Task<ViberBot> StartAsync()
    {
        var bot = new ViberBot(await FakeViber.StartAsync());
        bot.Viber.AddText(Ada.Value, "first words subscribe");
        return bot;
    }

    public IChannel Open(Func<ViberSettings, ViberSettings>? change = null)
    {
        var settings = new ViberSettings { AuthToken = Viber.Token, SenderName = "Shop", ApiBaseUrl = Viber.Url.AbsoluteUri };
        return new ViberChannelType().Open(change?.Invoke(settings) ?? settings, new ChannelEnvironment(client, TimeProvider.System, Log));
    }

    public ValueTask<SendResult> SendAsync(Part part, OutboundMedia? media = null) =>
        ((IMessageSender)Open()).SendAsync(SampleMessages.Of(Ada, null, part) with { Media = media }, CancellationToken.None);

    public ValueTask<SendResult> SendFileAsync(MediaKind kind, string contentType, string fileName, long size = 100, string? caption = null) =>
        SendAsync(new MediaPart(kind, new MediaReference { Stored = "att_1" }, caption), new OutboundMedia
        {
            FileName = fileName,
            ContentType = contentType,
            Size = size,
            OpenAsync = _ => throw new InvalidOperationException("Viber fetches files itself"),
            Link = new Uri($"https://hub.example/files/{Uri.EscapeDataString(fileName)}"),
        });

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await Viber.DisposeAsync();
    }
}
