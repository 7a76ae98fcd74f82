using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Http;

/// <summary>What the other system's answer to a post means.</summary>
internal static class HttpReplies
{
    private const int LongestDetail = 300;

    /// <summary>Null leaves the judgement to the status: rate limits, trouble, and success that cannot be read.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="key">Names the message where the answer gives it no id of its own.</param>
    public static SendResult? Read(ProviderAnswer answer, string key)
    {
        using JsonDocument? body = ProviderJson.TryParse(answer.Body);
        var reply = new Fields(body?.RootElement.ValueKind == JsonValueKind.Object ? body.RootElement : Nothing, "", []);
        string? id = reply.Id("external_id", 256);
        Fault? told = reply.Object("error") is { } error ? FaultOf(error.Text("code", 100), error.Text("message", 100_000)) : null;
        switch (answer.Status)
        {
            case >= 200 and < 300 when body is null && !IsPlainYes(answer):
                return null;
            case >= 200 and < 300:
                return State(reply.Text("status", 20)) is DeliveryState.Failed
                    ? new SendResult.Rejected(told ?? new Fault(FaultKind.ContentRefused, "answered with status failed"))
                    : new SendResult.Sent(new ExternalId(id ?? key), State(reply.Text("status", 20)) ?? DeliveryState.Sent);
            case 409 when id is not null:
                return new SendResult.Sent(new ExternalId(id));
            case 401 or 403 when told is null or { Kind: FaultKind.ContentRefused }:
                return Paused($"HTTP {answer.Status}: is outbound_secret right?");
            case 410 when told is null or { Kind: FaultKind.ContentRefused }:
                return Paused("HTTP 410: the endpoint says it is gone");
            case >= 300 and < 400:
                return new SendResult.Rejected(
                    new Fault(FaultKind.ContentRefused, $"HTTP {answer.Status}: redirects are not followed; set send_url to the final address"));
            case 404 when told is null or { Kind: FaultKind.ContentRefused }:
                return new SendResult.Rejected(new Fault(FaultKind.UnknownRecipient, told?.Detail ?? "HTTP 404"));
            case >= 400 and < 500 and not (408 or 425 or 429) when told is not null:
                return new SendResult.Rejected(told);
            default:
                return null;
        }
    }

    /// <summary>Why something failed, by the words that both sides agreed on.</summary>
    public static Fault FaultOf(string? code, string? message)
    {
        FaultKind kind = code switch
        {
            "recipient_unknown" => FaultKind.UnknownRecipient,
            "blocked" or "opted_out" => FaultKind.OptedOut,
            "window_closed" => FaultKind.WindowClosed,
            _ => FaultKind.ContentRefused,
        };
        string detail = (code, message) switch
        {
            (null, null) => "no reason was given",
            (null, _) => message,
            (_, null) => code,
            _ => $"{code}: {message}",
        };
        return new Fault(kind, detail.Length <= LongestDetail ? detail : string.Concat(detail.AsSpan(0, LongestDetail), "…"));
    }

    /// <summary>A state by its name; null for any other word.</summary>
    public static DeliveryState? State(string? name) => name switch
    {
        "sent" => DeliveryState.Sent,
        "delivered" => DeliveryState.Delivered,
        "read" => DeliveryState.Read,
        "failed" => DeliveryState.Failed,
        _ => null,
    };

    private static SendResult.Deferred Paused(string detail) => new(new Fault(FaultKind.NotAuthorized, detail) { WholeChannel = true });

    // Many endpoints say "OK" or nothing. A 200 with a page of HTML is more likely a proxy that speaks for nobody.
    private static bool IsPlainYes(ProviderAnswer answer) =>
        answer.Body.IsEmpty || answer.Status is 202 or 204 || System.Text.Ascii.EqualsIgnoreCase(answer.Body.Span.Trim(" \r\n"u8), "ok"u8);

    private static JsonElement Nothing { get; } = JsonDocument.Parse("{}").RootElement.Clone();
}
