using System.Globalization;
using System.Net;

namespace ChannelHub.Adapters;

/// <summary>A provider's HTTP answer, read to its end.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">At most as many bytes as were asked for, usually <see cref="ProviderHttp.MaxAnswerBytes"/>.</param>
/// <param name="RetryAfter">The wait the provider asks for, if it does so readably.</param>
public sealed record ProviderAnswer(int Status, ReadOnlyMemory<byte> Body, TimeSpan? RetryAfter)
{
    /// <summary>The answer's headers; names compare without case.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the status is 2xx.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;
}

/// <summary>
/// The one place where HTTP becomes a <see cref="SendResult"/>. An adapter supplies a function that reads its provider's body; what it leaves
/// open (null) is judged by the status.
/// </summary>
public static class ProviderHttp
{
    /// <summary>An answer longer than this is cut; no provider's answer to a send is.</summary>
    public const int MaxAnswerBytes = 64 * 1024;

    /// <summary>
    /// Sends a request and translates the answer. Throws only on cancellation.
    /// </summary>
    /// <param name="http">The client of <see cref="ChannelEnvironment"/>.</param>
    /// <param name="request">The request; disposed here.</param>
    /// <param name="read">Reads the provider's body. It must not throw; null leaves the judgement to the status.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <param name="maxAnswerBytes">What is longer is cut.</param>
    public static async ValueTask<SendResult> SendAsync(
        HttpClient http, HttpRequestMessage request, Func<ProviderAnswer, SendResult?> read, CancellationToken cancellation, int maxAnswerBytes = MaxAnswerBytes)
    {
        using (request)
        {
            try
            {
                ProviderAnswer answer = await AskAsync(http, request, cancellation, maxAnswerBytes);
                return read(answer) ?? ByStatus(answer);
            }
            catch (HttpRequestException failure) when (NothingLeft(failure))
            {
                return new SendResult.Deferred(new Fault(FaultKind.ProviderDown, Words(failure)) { WholeChannel = true });
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException)
            {
                return new SendResult.Unconfirmed("the connection broke before an answer came");
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return new SendResult.Unconfirmed("no answer in time");
            }
        }
    }

    /// <summary>Sends a request and reads the answer; throws what <see cref="HttpClient"/> throws.</summary>
    public static async ValueTask<ProviderAnswer> AskAsync(HttpClient http, HttpRequestMessage request, CancellationToken cancellation, int maxAnswerBytes = MaxAnswerBytes)
    {
        // The client's own time-out ends with the headers; a body may fall silent too.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(http.Timeout);
        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        byte[] body = await ReadAsync(response.Content, maxAnswerBytes, patience.Token);
        string? retryAfter = response.Headers.TryGetValues("Retry-After", out IEnumerable<string>? values) ? values.FirstOrDefault() : null;
        return new ProviderAnswer((int)response.StatusCode, body, ParseRetryAfter(retryAfter, response.Headers.Date))
        {
            Headers = response.Headers.ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase),
        };
    }

    /// <summary>What a status means where the body says nothing better.</summary>
    public static SendResult ByStatus(ProviderAnswer answer) => answer.Status switch
    {
        >= 200 and < 300 => new SendResult.Unconfirmed("the provider answered success with a body that cannot be read"),
        401 => new SendResult.Deferred(new Fault(FaultKind.NotAuthorized, "HTTP 401") { WholeChannel = true }),
        429 => new SendResult.Deferred(new Fault(FaultKind.RateLimited, "HTTP 429"), answer.RetryAfter),
        502 or 504 => new SendResult.Unconfirmed(string.Create(CultureInfo.InvariantCulture, $"HTTP {answer.Status} from a gateway")),
        408 or 425 or >= 500 => new SendResult.Deferred(
            new Fault(FaultKind.ProviderDown, string.Create(CultureInfo.InvariantCulture, $"HTTP {answer.Status}")) { WholeChannel = true }, answer.RetryAfter),
        _ => new SendResult.Rejected(new Fault(FaultKind.ContentRefused, string.Create(CultureInfo.InvariantCulture, $"HTTP {answer.Status}"))),
    };

    /// <summary>
    /// Reads <c>Retry-After</c> as seconds or as an HTTP date (RFC 9110 §10.2.3). Garbage and negative values are null; the hub caps the rest.
    /// </summary>
    public static TimeSpan? ParseRetryAfter(string? value, DateTimeOffset? answeredAt)
    {
        if (value is null)
            return null;
        if (double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds))
            return TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.FromDays(1).TotalSeconds));
        if (answeredAt is { } now && DateTimeOffset.TryParseExact(value, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at) && at > now)
            return at - now;
        return null;
    }

    /// <summary>Whether the request surely never left, so that repeating it cannot double anything.</summary>
    public static bool NothingLeft(HttpRequestException failure) => failure.HttpRequestError
        is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
        or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError;

    // The exception's own message can quote the address, and with it a token in the path.
    private static string Words(HttpRequestException failure) => failure.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "the provider's host name cannot be resolved",
        HttpRequestError.SecureConnectionError => "no secure connection to the provider",
        _ => "the provider cannot be reached",
    };

    private static async ValueTask<byte[]> ReadAsync(HttpContent content, int most, CancellationToken cancellation)
    {
        await using Stream stream = await content.ReadAsStreamAsync(cancellation);
        byte[] buffer = new byte[4096];
        int length = 0;
        while (length < most)
        {
            if (length == buffer.Length)
                Array.Resize(ref buffer, Math.Min(buffer.Length * 4, most));
            int read = await stream.ReadAsync(buffer.AsMemory(length), cancellation);
            if (read == 0)
                break;
            length += read;
        }
        return buffer[..length];
    }
}
