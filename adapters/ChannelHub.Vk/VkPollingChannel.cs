using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Vk;

/// <summary>One community whose events this hub fetches. The cursor is VK's <c>ts</c>.</summary>
internal sealed class VkPollingChannel(VkSettings settings, ChannelEnvironment environment) : VkChannel(settings, environment), IMessagePuller
{
    private const int MaxLongPollSeconds = 25;
    private const int MaxBatchBytes = 16 * 1024 * 1024;

    private readonly long? group = settings.GroupId;
    private readonly HttpClient http = environment.Http;

    // Well within what the client waits for an answer at all.
    private readonly int longPollSeconds = environment.Http.Timeout == Timeout.InfiniteTimeSpan
        ? MaxLongPollSeconds
        : Math.Clamp((int)environment.Http.Timeout.TotalSeconds / 2, 1, MaxLongPollSeconds);

    public async IAsyncEnumerable<PulledBatch> PullAsync(string? cursor, [EnumeratorCancellation] CancellationToken cancellation)
    {
        VkPollServer server = await ServerAsync(cancellation);
        string ts = cursor ?? server.Ts;
        while (true)
        {
            JsonElement answer = await AskAsync(server, ts, cancellation);
            switch (answer.Long("failed"))
            {
                case null:
                    string next = Ts(answer) ?? throw new IOException("long poll: an answer without ts");
                    ReadOnlyMemory<byte>[] items = [.. answer.List("updates").Select(update => (ReadOnlyMemory<byte>)JsonMarshal.GetRawUtf8Value(update).ToArray())];
                    if (items.Length > 0 || next != ts)
                        yield return new PulledBatch(items, next);
                    ts = next;
                    break;
                case 1:
                    // What lay between is lost to VK itself; it tells where it can go on.
                    ts = Ts(answer) ?? throw new IOException("long poll: an answer without ts");
                    break;
                case 2:
                    server = await ServerAsync(cancellation);
                    break;
                default:
                    server = await ServerAsync(cancellation);
                    ts = server.Ts;
                    break;
            }
        }
    }

    public override ValueTask<ProbeResult> RegisterWebhookAsync(Uri url, CancellationToken cancellation) =>
        new(new ProbeResult(false, "this channel polls; switch on Long Poll API and its events in the community's settings"));

    private async ValueTask<VkPollServer> ServerAsync(CancellationToken cancellation)
    {
        VkAnswer answer = await Api.CallAsync("groups.getLongPollServer", [("group_id", group?.ToString(CultureInfo.InvariantCulture))], cancellation);
        if (answer.Fault is { Kind: FaultKind.NotAuthorized } refused)
            throw new PullRefusedException(refused);
        if (answer.Fault is { } fault)
            throw new IOException($"groups.getLongPollServer: {fault.Detail}");
        string? address = answer.Response.Text("server");
        if (address is not null && !address.Contains("://", StringComparison.Ordinal))
            address = "https://" + address;
        return Uri.TryCreate(address, UriKind.Absolute, out Uri? server) && server.Scheme is "https" or "http" && answer.Response.Id("key", 512) is { } key && Ts(answer.Response) is { } ts
            ? new VkPollServer(server, key, ts)
            : throw new IOException("groups.getLongPollServer: no server, key or ts in the answer");
    }

    private async ValueTask<JsonElement> AskAsync(VkPollServer server, string ts, CancellationToken cancellation)
    {
        string failure;
        try
        {
            string wait = longPollSeconds.ToString(CultureInfo.InvariantCulture);
            var address = new UriBuilder(server.Address) { Query = $"act=a_check&key={Uri.EscapeDataString(server.Key)}&ts={Uri.EscapeDataString(ts)}&wait={wait}" };
            // The client's own time-out ends with the headers; a body may fall silent too.
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(http.Timeout);
            using HttpResponseMessage response = await http.GetAsync(address.Uri, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            await response.Content.LoadIntoBufferAsync(MaxBatchBytes, patience.Token);
            using JsonDocument? document = response.IsSuccessStatusCode ? ProviderJson.TryParse(await response.Content.ReadAsByteArrayAsync(patience.Token)) : null;
            if (document is { RootElement.ValueKind: JsonValueKind.Object })
                return document.RootElement.Clone();
            failure = response.IsSuccessStatusCode ? "long poll: the answer is not JSON" : $"long poll: HTTP {(int)response.StatusCode}";
        }
        catch (HttpRequestException)
        {
            failure = "long poll: VK cannot be reached, or the connection broke";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            failure = "long poll: no answer in time";
        }
        // The address holds the key, so nothing of the failure that could quote it goes along.
        throw new IOException(failure);
    }

    private static string? Ts(JsonElement answer) => answer.Get("ts") switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString() is { Length: > 0 and <= 64 } ts ? ts : null,
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => null,
    };

    private sealed record VkPollServer(Uri Address, string Key, string Ts);
}
