using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Telegram;

/// <summary>
/// The one road to the Bot API. The token is part of every address, so no address and no exception that could quote one leaves this class.
/// </summary>
internal sealed class TelegramApi(TelegramSettings settings, HttpClient http)
{
    private const int MaxBatchBytes = 16 * 1024 * 1024;

    private readonly string? token = string.IsNullOrEmpty(settings.BotToken)
        ? null
        : Uri.EscapeDataString(settings.BotToken).Replace("%3A", ":", StringComparison.Ordinal);

    private readonly string? root = RootOf(settings.ApiBaseUrl);

    /// <summary>Calls a method. What failed is told as a send would tell it, so that every ability judges alike.</summary>
    public async ValueTask<TelegramAnswer> CallAsync(TelegramCall call, CancellationToken cancellation)
    {
        if (Missing is { } missing)
        {
            call.Body.Dispose();
            return new(default, new SendResult.Deferred(new Fault(FaultKind.NotAuthorized, missing) { WholeChannel = true }));
        }
        JsonElement result = default;
        var request = new HttpRequestMessage(HttpMethod.Post, $"{root}/bot{token}/{call.Method}") { Content = call.Body };
        SendResult outcome = await ProviderHttp.SendAsync(http, request, Read, cancellation);
        return outcome is SendResult.Sent ? new(result, null) : new(default, outcome);

        SendResult? Read(ProviderAnswer answer) => TelegramErrors.Read(answer, Redact, out result);
    }

    /// <summary>Asks for updates. Throws what ends the stream; the words of the exception are for the operator.</summary>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> UpdatesAsync(TelegramCall call, CancellationToken cancellation)
    {
        if (Missing is { } missing)
            throw new PullRefusedException(new Fault(FaultKind.NotAuthorized, missing) { WholeChannel = true });
        string failure;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{root}/bot{token}/{call.Method}") { Content = call.Body };
            // The client's own time-out ends with the headers; a body may fall silent too.
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(http.Timeout);
            using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            if (!response.IsSuccessStatusCode)
                throw TelegramErrors.Refusal((int)response.StatusCode);
            await response.Content.LoadIntoBufferAsync(MaxBatchBytes, patience.Token);
            return Items(await response.Content.ReadAsByteArrayAsync(patience.Token));
        }
        catch (HttpRequestException)
        {
            failure = "getUpdates: Telegram cannot be reached, or the connection broke";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            failure = "getUpdates: no answer in time";
        }
        throw new IOException(failure);
    }

    /// <summary>Downloads what <c>getFile</c> named.</summary>
    public async ValueTask<MediaResult> DownloadAsync(string path, CancellationToken cancellation)
    {
        // A server that runs in local mode answers a path on its own disk, which nobody serves.
        string[] steps = path.Split('/');
        if (steps.Any(step => step is "" or "." or ".."))
            return new MediaResult.Gone("the Bot API server does not serve this file");
        try
        {
            string escaped = string.Join('/', steps.Select(Uri.EscapeDataString));
            HttpResponseMessage response = await http.GetAsync($"{root}/file/bot{token}/{escaped}", HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (response.IsSuccessStatusCode)
                return new MediaResult.Opened(await response.Content.ReadAsStreamAsync(cancellation), response.Content.Headers.ContentType?.MediaType);
            response.Dispose();
            // The path is of this moment, so it has not run out: the file is not there.
            return response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone
                ? new MediaResult.Gone("Telegram no longer has the file")
                : new MediaResult.Later($"HTTP {(int)response.StatusCode}", response.Headers.RetryAfter?.Delta);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return new MediaResult.Later("the file's server cannot be reached");
        }
    }

    private string? Missing => token is null ? "bot_token is not set" : root is null ? "api_base_url is not an http address" : null;

    private string Redact(string words) => words.Replace(settings.BotToken!, "•••", StringComparison.Ordinal).Replace(token!, "•••", StringComparison.Ordinal);

    private static string? RootOf(string? address) =>
        Uri.TryCreate(string.IsNullOrEmpty(address) ? new TelegramSettings().ApiBaseUrl : address, UriKind.Absolute, out Uri? uri)
        && uri is { Scheme: "http" or "https", Query: "", Fragment: "" }
            ? uri.AbsoluteUri.TrimEnd('/') : null;

    private static ReadOnlyMemory<byte>[] Items(byte[] body)
    {
        try
        {
            using var answer = JsonDocument.Parse(body);
            return [.. answer.RootElement.List("result"u8).Select(update => (ReadOnlyMemory<byte>)JsonMarshal.GetRawUtf8Value(update).ToArray())];
        }
        catch (JsonException failure)
        {
            throw new IOException("getUpdates: the answer is not JSON", failure);
        }
    }
}

/// <summary>What a call gave: its result, or what went wrong.</summary>
internal sealed record TelegramAnswer(JsonElement Result, SendResult? Failure)
{
    public Fault? Fault => Failure switch
    {
        SendResult.Rejected rejected => rejected.Fault,
        SendResult.Deferred deferred => deferred.Fault,
        SendResult.Unconfirmed unconfirmed => new(FaultKind.ProviderDown, unconfirmed.Reason),
        _ => null,
    };
}
