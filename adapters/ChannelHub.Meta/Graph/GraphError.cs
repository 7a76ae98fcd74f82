using System.Globalization;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Meta.Graph;

/// <summary>An error as the Graph API tells it. Codes are the contract; words are for the operator.</summary>
internal sealed record GraphError(long Code, long Subcode, string Words, int Status)
{
    private const int LongestWords = 300;

    /// <summary>The wait the API asks for.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Which try of the call it answers; 1 is the first.</summary>
    public int Attempt { get; init; } = 1;

    public static GraphError Read(JsonElement error, ProviderAnswer answer, Func<string, string> redact) =>
        Read(error, redact, answer.Status) with { RetryAfter = Longer(answer.RetryAfter, Usage(answer)) };

    /// <summary>An error inside a webhook or an answer.</summary>
    public static GraphError Read(JsonElement error, Func<string, string>? redact = null, int status = 0)
    {
        long code = error.Long("code") ?? -1;
        long subcode = error.Long("error_subcode") ?? 0;
        string?[] said = [error.Text("message") ?? error.Text("title"), error.Child("error_data").Text("details")];
        string number = subcode == 0 ? code.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{code}/{subcode}");
        string words = $"{string.Join(": ", said.OfType<string>().Distinct())} ({number})".TrimStart();
        return new(code, subcode, CleanText.Truncate(redact?.Invoke(words) ?? words, LongestWords), status);
    }

    public SendResult.Rejected Rejected(FaultKind kind) => new(new Fault(kind, Words));

    public SendResult.Deferred Deferred(FaultKind kind, bool wholeChannel = false, TimeSpan? wait = null) =>
        new(new Fault(kind, Words) { WholeChannel = wholeChannel }, wait ?? RetryAfter);

    // Both headers hold JSON: of the app, and of each business that it works for. Calls made meanwhile make the wait longer.
    private static TimeSpan? Usage(ProviderAnswer answer)
    {
        double minutes = 0;
        foreach (string header in (string[])["x-app-usage", "x-business-use-case-usage"])
        {
            if (!answer.Headers.TryGetValue(header, out string? value))
                continue;
            using JsonDocument? usage = ProviderJson.TryParse(System.Text.Encoding.UTF8.GetBytes(value));
            if (usage is not null)
                minutes = Math.Max(minutes, Minutes(usage.RootElement));
        }
        return minutes > 0 ? TimeSpan.FromMinutes(Math.Min(minutes, 24 * 60)) : null;
    }

    private static double Minutes(JsonElement usage) => usage.ValueKind switch
    {
        JsonValueKind.Array => usage.EnumerateArray().Select(Minutes).DefaultIfEmpty().Max(),
        JsonValueKind.Object => usage.EnumerateObject().Select(member => member.NameEquals("estimated_time_to_regain_access")
            ? usage.Double("estimated_time_to_regain_access") ?? 0 : Minutes(member.Value)).DefaultIfEmpty().Max(),
        _ => 0,
    };

    private static TimeSpan? Longer(TimeSpan? one, TimeSpan? other) => one is null || other > one ? other ?? one : one;
}
