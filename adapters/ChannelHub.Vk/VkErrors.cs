using System.Globalization;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Vk;

/// <summary>What VK's answers mean. It answers 200 to nearly everything; <c>error_code</c> is the truth.</summary>
internal static class VkErrors
{
    /// <summary><see cref="SendResult.Sent"/> (without an id) when the call succeeded; null leaves the judgement to the HTTP status.</summary>
    public static SendResult? Read(ProviderAnswer answer, Func<string, string> redact, out JsonElement response)
    {
        response = default;
        using JsonDocument? document = ProviderJson.TryParse(answer.Body);
        if (document is null)
            return null;
        JsonElement body = document.RootElement;
        if (body.Child("error") is { ValueKind: JsonValueKind.Object } error)
            return error.Long("error_code") is { } code ? Failure(code, redact(error.Text("error_msg") ?? "no reason was given"), answer.RetryAfter) : null;
        if (!answer.IsSuccess || !body.Has("response"))
            return null;
        response = body.Get("response").Clone();
        return new SendResult.Sent(default);
    }

    /// <summary>An error by its number. The request that VK repeats beside it is never shown.</summary>
    public static SendResult Failure(long code, string description, TimeSpan? retryAfter = null)
    {
        string words = string.Create(CultureInfo.InvariantCulture, $"{code}: {CleanText.Truncate(description, 300)}");
        return code switch
        {
            1 or 10 => new SendResult.Deferred(new Fault(FaultKind.ProviderDown, words) { WholeChannel = true }, retryAfter),
            6 => new SendResult.Deferred(new Fault(FaultKind.RateLimited, words) { WholeChannel = true }, retryAfter ?? TimeSpan.FromSeconds(1)),
            // Too much of the same to one customer.
            9 => new SendResult.Deferred(new Fault(FaultKind.RateLimited, words), retryAfter ?? TimeSpan.FromMinutes(5)),
            29 => new SendResult.Deferred(new Fault(FaultKind.RateLimited, words) { WholeChannel = true }, retryAfter ?? TimeSpan.FromHours(1)),
            15 when !IsOfTheToken(description) => Rejected(FaultKind.ContentRefused, words),
            // The token, its rights, the community's switches, or a question to a person: every other message would fail too.
            4 or 5 or 7 or 14 or 15 or 17 or 20 or 23 or 24 or 27 or 28 or 125 or 912 or 3300 or 3301 or 3302 =>
                new SendResult.Deferred(new Fault(FaultKind.NotAuthorized, words) { WholeChannel = true }),
            18 or 113 or 900 or 936 => Rejected(FaultKind.UnknownRecipient, words),
            901 or 902 => Rejected(FaultKind.OptedOut, words),
            943 or 944 or 950 => Rejected(FaultKind.WindowClosed, words),
            _ => Rejected(FaultKind.ContentRefused, words),
        };
    }

    private static bool IsOfTheToken(string words) =>
        words.Contains("token", StringComparison.OrdinalIgnoreCase) || words.Contains("group", StringComparison.OrdinalIgnoreCase)
        || words.Contains("method", StringComparison.OrdinalIgnoreCase);

    private static SendResult.Rejected Rejected(FaultKind kind, string words) => new(new Fault(kind, words));
}
