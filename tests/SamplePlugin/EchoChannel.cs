using System.Net.Http.Json;
using System.Text.Json;
using ChannelHub.Adapters;

namespace Acme.ChannelHub.Echo;

internal sealed class EchoChannel(EchoSettings settings, ChannelEnvironment environment) : IWebhookReceiver, IMessageSender
{
    public bool Verify(WebhookRequest request) => Signatures.Matches(settings.Secret, request.Header(EchoChannelType.SecretHeader));

    public Received Parse(AuthenticInput input)
    {
        try
        {
            using JsonDocument body = JsonDocument.Parse(input.Body);
            return new Received(Read(body.RootElement));
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return new Received(new Entry.Unreadable(input.Body, "not a message of Acme Echo"));
        }
    }

    public ValueTask<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellation) =>
        message.Part is TextPart text
            ? ProviderHttp.SendAsync(environment.Http, Post("messages", new { key = message.Key, to = message.To.Value, text = text.Text }), ReadSent, cancellation)
            : ValueTask.FromResult<SendResult>(new SendResult.Rejected(new Fault(FaultKind.ContentRefused, "Acme Echo takes text only")));

    public async ValueTask<ProbeResult> ProbeAsync(CancellationToken cancellation)
    {
        SendResult result = await ProviderHttp.SendAsync(
            environment.Http, Post("ping", new { }), answer => answer.IsSuccess ? new SendResult.Sent(new ExternalId("ping")) : null, cancellation);
        return result switch
        {
            SendResult.Sent => new ProbeResult(Ok: true, "Acme Echo answers"),
            SendResult.Deferred deferred => new ProbeResult(Ok: false, deferred.Fault.Detail, deferred.Fault),
            SendResult.Rejected rejected => new ProbeResult(Ok: false, rejected.Fault.Detail, rejected.Fault),
            _ => new ProbeResult(Ok: false, "Acme Echo does not answer"),
        };
    }

    private static Entry Read(JsonElement body)
    {
        string id = Text(body, "id", 256);
        var sender = new Sender(new Key("acme_echo", Text(body, "from", 512)));
        return new MessageReceived(new ExternalId(id), sender, [new TextPart(Text(body, "text", int.MaxValue))]);
    }

    // GetString refuses half a surrogate pair, which is caught above; U+0000 it lets through.
    private static string Text(JsonElement body, string name, int longest) => body.GetProperty(name).GetString() is { Length: > 0 } text && text.Length <= longest
        ? text.Replace('\0', '\uFFFD')
        : throw new FormatException(name);

    private static SendResult? ReadSent(ProviderAnswer answer)
    {
        if (!answer.IsSuccess)
            return null;
        try
        {
            using JsonDocument body = JsonDocument.Parse(answer.Body);
            return new SendResult.Sent(new ExternalId(Text(body.RootElement, "id", 256)));
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    private HttpRequestMessage Post(string path, object body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(settings.ApiBaseUrl!, path)) { Content = JsonContent.Create(body) };
        request.Headers.Add(EchoChannelType.SecretHeader, settings.Secret);
        return request;
    }
}
