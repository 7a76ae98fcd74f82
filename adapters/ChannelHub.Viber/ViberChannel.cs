using System.Globalization;
using System.Text;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Viber;

/// <summary>One bot.</summary>
internal sealed class ViberChannel(ViberSettings settings, ChannelEnvironment environment) : IWebhookReceiver, IMessageSender, IMediaSource, IWebhookRegistrar
{
    internal const string SignatureHeader = "x-viber-content-signature";

    private readonly ViberApi api = new(settings, environment.Http);

    // Where this channel last told Viber to push; another program with the same token may have told it otherwise since.
    private volatile Uri? registered;

    public bool Verify(WebhookRequest request)
    {
        // Some proxies keep only the query.
        string? given = request.Header(SignatureHeader) ?? SignatureIn(request.Url.Query);
        byte[] actual = new byte[32];
        return !string.IsNullOrEmpty(settings.AuthToken)
            && given is { Length: 64 }
            && Convert.FromHexString(given, actual, out _, out int written) == System.Buffers.OperationStatus.Done && written == actual.Length
            && Signatures.IsHmacSha256(Encoding.UTF8.GetBytes(settings.AuthToken), request.Body.Span, actual);
    }

    public Received Parse(AuthenticInput input) => ViberEvents.Parse(input, settings);

    public async ValueTask<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellation)
    {
        (ReadOnlyMemory<byte>? body, string reason) = ViberSending.Body(message, settings);
        if (body is null)
            return new SendResult.Rejected(new Fault(FaultKind.ContentRefused, reason));
        ViberAnswer answer = await api.CallAsync("send_message", body.Value, cancellation);
        if (answer.Failure is { } failure)
            return failure;
        return ViberEvents.TokenOf(answer.Body) is { } token
            ? new SendResult.Sent(new ExternalId(token))
            : new SendResult.Unconfirmed("Viber accepted it without telling its token");
    }

    public ValueTask<MediaResult> OpenMediaAsync(string reference, CancellationToken cancellation) =>
        ProviderMedia.OpenAsync(environment.Http, reference, cancellation);

    public async ValueTask<ProbeResult> RegisterWebhookAsync(Uri url, CancellationToken cancellation)
    {
        ViberAnswer answer = await api.CallAsync("set_webhook", ViberSending.Json(writer =>
        {
            writer.WriteString("url", url.AbsoluteUri);
            writer.WriteStartArray("event_types");
            foreach (string kind in ViberEvents.Asked)
                writer.WriteStringValue(kind);
            writer.WriteEndArray();
            writer.WriteBoolean("send_name", true);
            writer.WriteBoolean("send_photo", true);
        }), cancellation);
        if (answer.Fault is { } fault)
            return new(false, fault.Detail, fault);
        registered = url;
        return new(true, $"Viber pushes to {url.Host} from now on");
    }

    public async ValueTask<ProbeResult> ProbeAsync(CancellationToken cancellation)
    {
        ViberAnswer answer = await api.CallAsync("get_account_info", "{}"u8.ToArray(), cancellation);
        if (answer.Fault is { } fault)
            return new(false, fault.Detail, fault);
        string name = answer.Body.Text("name", 100) ?? "a bot without a name";
        string subscribers = answer.Body.Long("subscribers_count") is { } count ? string.Create(CultureInfo.InvariantCulture, $", {count} subscribers") : "";
        return new(true, $"{name}{subscribers}; {Hook(answer.Body)}");
    }

    // Only the host: who knows the whole address of a hook knows half of what it takes to call it.
    private string Hook(JsonElement account)
    {
        if (!Uri.TryCreate(account.Text("webhook"), UriKind.Absolute, out Uri? url))
            return "no webhook is registered: register it";
        if (registered is not null && registered != url)
            return $"another program has taken the webhook for {url.Host}: register it again";
        string[] asked = [.. account.List("event_types").Where(kind => kind.ValueKind == JsonValueKind.String).Select(kind => kind.GetString()!)];
        string unasked = string.Join(", ", ViberEvents.Asked.Except(asked));
        return unasked.Length == 0 || asked.Length == 0 ? $"webhook at {url.Host}" : $"webhook at {url.Host}; not asked for: {unasked}, register again";
    }

    private static string? SignatureIn(string query) => query.TrimStart('?').Split('&')
        .FirstOrDefault(pair => pair.StartsWith("sig=", StringComparison.Ordinal))?[4..];
}
