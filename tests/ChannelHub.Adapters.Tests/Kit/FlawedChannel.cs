using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Adapters.Conformance;
using Microsoft.Extensions.Logging;

namespace ChannelHub.Adapters.Tests.Kit;

/// <summary>What can be wrong with <see cref="FlawedChannel"/>.</summary>
public enum Flaw
{
    None,
    AcceptsForgeries,
    ThrowsOnGarbage,
    MakesUpIds,
    TakesLongIds,
    LetsNulThrough,
    LogsTheSecret,
    LogsTheText,
    RepeatsTheProvidersBody,
    BelievesGarbage,
    TakesAGatewayErrorForARefusal,
    TakesACutForARefusal,
    ForgetsTheWait,
    IgnoresCancellation,
    SkipsWhenResumed,
    ThrowsWhenProbed,
    DropsButtons,
    CutsTheCaption,
    SendsWhatItDoesNotKnow,
    HasNoRoomForButtons,
    LooksAtHalfOfTheProof,
    NamesEventsByTheirArrival,
    TellsTheSecretInAnEvent,
    TakesMarksForMarkup,
}

public sealed record FlawedSettings
{
    [Secret]
    public string Secret { get; init; } = "";

    public Uri? Api { get; init; }
}

/// <summary>A channel that is right but for one flaw, to see whether the suite notices.</summary>
internal sealed class FlawedChannelType(Flaw flaw) : ChannelType<FlawedSettings>
{
    public override ChannelInfo Info { get; } = new()
    {
        Id = "flawed",
        Name = "Flawed",
        KeyKind = "flawed",
        Limits = new ChannelLimits { MaxButtons = 2, MaxButtonId = flaw == Flaw.HasNoRoomForButtons ? 0 : 64, Media = [MediaKind.Image] },
    };

    public override Type ChannelClass => typeof(FlawedChannel);

    protected override SettingsHalves HalvesOf(FlawedSettings settings) => new(SettingsHalf.Of(("secret", settings.Secret)), SettingsHalf.Of(("api", settings.Api)));

    protected override IChannel Open(FlawedSettings settings, ChannelEnvironment environment) => new FlawedChannel(flaw, settings, environment);
}

internal sealed class FlawedChannel(Flaw flaw, FlawedSettings settings, ChannelEnvironment environment) : IWebhookReceiver, IMessagePuller, IMessageSender
{
    private int made;

    public bool Verify(WebhookRequest request) => flaw switch
    {
        Flaw.AcceptsForgeries => true,
        Flaw.LooksAtHalfOfTheProof => request.Header("x-secret")?.StartsWith(settings.Secret[..(settings.Secret.Length - 3)], StringComparison.Ordinal) == true,
        _ => Signatures.Matches(settings.Secret, request.Header("x-secret")),
    };

    public Received Parse(AuthenticInput input)
    {
        if (flaw == Flaw.ThrowsOnGarbage)
            return new Received(Read(JsonDocument.Parse(input.Body).RootElement, input));
        using JsonDocument? body = flaw == Flaw.LetsNulThrough ? Naive(input.Body) : ProviderJson.TryParse(input.Body);
        return body is null ? new Received(new Entry.Unreadable(input.Body, "not JSON")) : new Received(Read(body.RootElement, input));
    }

    public async IAsyncEnumerable<PulledBatch> PullAsync(string? cursor, [EnumeratorCancellation] CancellationToken cancellation)
    {
        int next = cursor is null ? 0 : int.Parse(cursor);
        if (cursor is not null && flaw == Flaw.SkipsWhenResumed)
            next++;
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(settings.Api!, $"items/{next}"));
            ProviderAnswer answer = await ProviderHttp.AskAsync(environment.Http, request, cancellation);
            if (answer.Status == 401)
                throw new PullRefusedException(new Fault(FaultKind.NotAuthorized, "refused"));
            if (!answer.IsSuccess || !answer.Body.Span.StartsWith("{"u8))
                throw new IOException("the provider is in trouble");
            next++;
            yield return new PulledBatch([answer.Body], next.ToString());
        }
    }

    public async ValueTask<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellation)
    {
        string? text = message.Part switch
        {
            TextPart words => flaw == Flaw.TakesMarksForMarkup ? words.Text.Replace("*", "", StringComparison.Ordinal) : words.Text,
            ButtonsPart question => question.Text + (flaw == Flaw.DropsButtons ? "" : string.Concat(question.Buttons.Select(button => button.Id))),
            MediaPart { Caption: { } caption } => flaw == Flaw.CutsTheCaption ? caption[..10] : caption,
            _ => flaw == Flaw.SendsWhatItDoesNotKnow ? "?" : null,
        };
        if (text is null)
            return Refused("there is no way to send it");
        if (flaw == Flaw.LogsTheSecret)
            environment.Log.LogInformation("Sending with {Secret}", settings.Secret);
        if (flaw == Flaw.LogsTheText)
            environment.Log.LogInformation("Sending {Text}", text);
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(settings.Api!, "send")) { Content = JsonContent.Create(new { text }) };
        request.Headers.Add("x-secret", settings.Secret);
        SendResult result = await ProviderHttp.SendAsync(
            environment.Http, request, Judge, flaw == Flaw.IgnoresCancellation ? CancellationToken.None : cancellation);
        return flaw == Flaw.TakesACutForARefusal && result is SendResult.Unconfirmed ? Refused("cut") : result;
    }

    public async ValueTask<ProbeResult> ProbeAsync(CancellationToken cancellation)
    {
        try
        {
            ProviderAnswer answer = await ProviderHttp.AskAsync(environment.Http, new HttpRequestMessage(HttpMethod.Get, settings.Api), cancellation);
            return answer.IsSuccess ? new ProbeResult(Ok: true, "fine") : new ProbeResult(Ok: false, "refused", new Fault(FaultKind.NotAuthorized, "refused"));
        }
        catch (Exception failure) when (flaw != Flaw.ThrowsWhenProbed && !cancellation.IsCancellationRequested && failure is HttpRequestException or IOException or OperationCanceledException)
        {
            return new ProbeResult(Ok: false, "out of reach");
        }
    }

    private static JsonDocument? Naive(ReadOnlyMemory<byte> body)
    {
        using JsonDocument? tried = ProviderJson.TryParse(body);
        bool plain = tried is not null && !System.Text.Encoding.UTF8.GetString(body.Span).Contains("\\ud", StringComparison.OrdinalIgnoreCase);
        return plain && System.Text.Unicode.Utf8.IsValid(body.Span) ? JsonDocument.Parse(body) : null;
    }

    private static SendResult.Rejected Refused(string why) => new(new Fault(FaultKind.ContentRefused, why));

    private Entry Read(JsonElement body, AuthenticInput input)
    {
        string id = Text(body, "id");
        if (id.Length is 0 || (id.Length > 256 && flaw != Flaw.TakesLongIds))
            return new Entry.Unreadable(ReadOnlyMemory<byte>.Empty, "no id");
        if (flaw == Flaw.MakesUpIds)
            id += Interlocked.Increment(ref made);
        if (flaw == Flaw.NamesEventsByTheirArrival)
            id += input.ReceivedAt.ToUnixTimeSeconds();
        if (flaw == Flaw.TellsTheSecretInAnEvent)
            return new Ignored(id, $"came with {settings.Secret}");
        return new MessageReceived(new ExternalId(id), new Sender(new Key("flawed", "bob")), [new TextPart(Text(body, "text"))]);
    }

    private static string Text(JsonElement body, string name) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private SendResult? Judge(ProviderAnswer answer)
    {
        if (answer.IsSuccess)
        {
            using JsonDocument? body = ProviderJson.TryParse(answer.Body);
            return body is not null ? new SendResult.Sent(new ExternalId("1")) : flaw == Flaw.BelievesGarbage ? new SendResult.Sent(new ExternalId("?")) : null;
        }
        return (flaw, answer.Status) switch
        {
            (Flaw.TakesAGatewayErrorForARefusal, 502) => Refused("502"),
            (Flaw.ForgetsTheWait, 429) => new SendResult.Deferred(new Fault(FaultKind.RateLimited, "slowly")),
            (Flaw.RepeatsTheProvidersBody, 400) => Refused(System.Text.Encoding.UTF8.GetString(answer.Body.Span)),
            _ => null,
        };
    }
}

internal class FlawedConformance(Flaw flaw) : ChannelConformance(
    new ConformanceFacts(new FlawedChannelType(flaw), api => new FlawedSettings { Secret = "open sesame", Api = api })
    {
        Webhooks =
        [
            new Recording { Name = "text", Body = """{"id":"m-1","text":"hello"}"""u8.ToArray() }.WithHeader("x-secret", "open sesame"),
        ],
        Tamper = recording => recording.WithHeader("x-secret", "open sesam"),
        Outbound = [SampleMessages.Text(new Key("flawed", "bob")), SampleMessages.Picture(new Key("flawed", "bob"))],
        Success = call => ScriptedReply.Json($$"""{"id":"{{call.Path}}","text":"pulled"}"""),
        PullBatches = 3,
    });

internal sealed class ExcusedConformance() : FlawedConformance(Flaw.DropsButtons)
{
    public override Task Buttons_at_the_limit_pass_whole() => Deviates("it has its reasons");
}
