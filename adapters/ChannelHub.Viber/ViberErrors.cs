using System.Globalization;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Viber;

/// <summary>What Viber's answers mean. It answers 200 to nearly everything; the body's <c>status</c> is the truth.</summary>
internal static class ViberErrors
{
    /// <summary><see cref="SendResult.Sent"/> (without an id) when the call succeeded; null leaves the judgement to the HTTP status.</summary>
    public static SendResult? Read(ProviderAnswer answer, string token, out JsonElement body)
    {
        body = default;
        using JsonDocument? document = ProviderJson.TryParse(answer.Body);
        if (document?.RootElement.Long("status") is not { } status)
            return null;
        if (status == 0)
        {
            body = document.RootElement.Clone();
            return answer.IsSuccess ? new SendResult.Sent(default) : null;
        }
        string words = (document.RootElement.Text("status_message") ?? "no reason was given").Replace(token, "•••", StringComparison.Ordinal);
        return Failure(status, string.Create(CultureInfo.InvariantCulture, $"{status}: {CleanText.Truncate(words, 300)}"), answer.RetryAfter);
    }

    /// <summary>Why a message that was accepted did not arrive: Viber gives words and no number.</summary>
    public static Fault Later(string words) => new(
        words.Contains("subscribed", StringComparison.OrdinalIgnoreCase) ? FaultKind.OptedOut
        : words.Contains("not registered", StringComparison.OrdinalIgnoreCase) ? FaultKind.UnknownRecipient : FaultKind.ContentRefused,
        words);

    private static SendResult Failure(long status, string words, TimeSpan? retryAfter) => status switch
    {
        // The token, the bot, its contract or its balance: nothing is wrong with the message, and every other one would fail too.
        2 or 7 or 8 or 9 or 10 or 15 or 19 or 20 or 23 or 24 => new SendResult.Deferred(new Fault(FaultKind.NotAuthorized, words) { WholeChannel = true }),
        5 => new SendResult.Rejected(new Fault(FaultKind.UnknownRecipient, words)),
        6 => new SendResult.Rejected(new Fault(FaultKind.OptedOut, words)),
        // Too many to this customer (100 an hour without an answer) or too many at all: Viber does not say which.
        12 => new SendResult.Deferred(new Fault(FaultKind.RateLimited, words), retryAfter),
        1 or 3 or 4 or 11 or 13 or 14 or 16 or 17 or 18 or 21 or 22 => new SendResult.Rejected(new Fault(FaultKind.ContentRefused, words)),
        _ => new SendResult.Deferred(new Fault(FaultKind.ProviderDown, words) { WholeChannel = true }, retryAfter),
    };
}
