using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;

namespace ChannelHub.Faults;

/// <summary>
/// Providers that push customers' words at any node and push them again until they are taken, and a program that answers customers and repeats itself
/// under the same key. Now and then one of them gives up after its first failure, so that some endings stay unknown.
/// </summary>
internal sealed class Load(World world, TimeSpan pause, int senders = 40) : IDisposable
{
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMilliseconds(250);

    private readonly HttpClient client = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) }) { Timeout = TimeSpan.FromSeconds(10) };
    private readonly ConcurrentDictionary<string, int> wrong = new();
    private readonly CancellationTokenSource enough = new();
    private readonly CancellationTokenSource over = new();
    private Task[] workers = [];
    private int next;
    private int nextSend;
    private int refused;

    /// <summary>Customers' messages, by their text.</summary>
    public History Received { get; } = new();

    /// <summary>Answers to customers, by their text.</summary>
    public History Sent { get; } = new();

    /// <summary>Calls of both kinds that the hub took so far.</summary>
    public int OkCount => Received.OkCount + Sent.OkCount;

    /// <summary>How often the hub said that it cannot now.</summary>
    public int Refusals => refused;

    /// <summary>Answers that no fault excuses: any status but success and a 503 that says when to come back.</summary>
    public IReadOnlyDictionary<string, int> Wrong => wrong;

    /// <summary>Begins, with so many providers a channel that push one at a time.</summary>
    public void Start(int perChannel) => workers =
    [
        .. world.Channels.SelectMany(channel => Enumerable.Repeat(channel, perChannel)).Select(PushAsync),
        .. Enumerable.Range(0, 2).Select(_ => SendAsync()),
    ];

    /// <summary>Nothing new begins; what was begun is repeated until it is taken.</summary>
    public async Task StopAsync()
    {
        await enough.CancelAsync();
        over.CancelAfter(TimeSpan.FromSeconds(60));
        await Task.WhenAll(workers);
    }

    public void Dispose()
    {
        enough.Cancel();
        over.Cancel();
        client.Dispose();
        enough.Dispose();
        over.Dispose();
    }

    private async Task PushAsync(Channel channel)
    {
        while (!enough.IsCancellationRequested)
        {
            int number = Interlocked.Increment(ref next);
            string text = $"in {channel.Id} {number}";
            await RepeatAsync(Received, text, HttpStatusCode.OK, number % 20 == 0,
                node => World.Webhook(node, channel, sender: 1000 + (number % senders), number, text));
            await RestAsync(pause);
        }
    }

    private async Task SendAsync()
    {
        while (!enough.IsCancellationRequested)
        {
            int number = Interlocked.Increment(ref nextSend);
            string text = $"out {number}";
            await RepeatAsync(Sent, text, HttpStatusCode.Accepted, number % 20 == 0, node => new HttpRequestMessage(HttpMethod.Post, new Uri(node.Address, "/v1/messages"))
            {
                Content = JsonContent.Create(new
                {
                    channel_id = world.Channels[0].Id,
                    to = new { kind = "telegram", value = $"{1000 + (number % senders)}" },
                    parts = new[] { new { type = "text", text } },
                }),
                Headers = { { "Idempotency-Key", $"send-{number}" }, { "Authorization", node.Client.DefaultRequestHeaders.Authorization!.ToString() } },
            });
            await RestAsync(pause * 4);
        }
    }

    private async Task RepeatAsync(History history, string id, HttpStatusCode taken, bool givesUp, Func<HubNode, HttpRequestMessage> request)
    {
        history.Called(id);
        TimeSpan backOff = TimeSpan.FromMilliseconds(20);
        while (!over.IsCancellationRequested)
        {
            if (await TryAsync(history, id, taken, request(world.Nodes[Random.Shared.Next(world.Nodes.Count)])) || givesUp)
                return;
            await RestAsync(backOff * (0.5 + Random.Shared.NextDouble()));
            backOff = backOff * 2 < LongestBackOff ? backOff * 2 : LongestBackOff;
        }
    }

    private async Task<bool> TryAsync(History history, string id, HttpStatusCode taken, HttpRequestMessage request)
    {
        try
        {
            using HttpRequestMessage asked = request;
            using HttpResponseMessage answer = await client.SendAsync(asked, over.Token);
            if (answer.StatusCode == taken)
            {
                history.Ok(id);
                return true;
            }
            await RefusedAsync(answer);
            history.Refused(id);
        }
        catch (Exception gone) when (gone is HttpRequestException or OperationCanceledException or IOException)
        {
            history.Unknown(id);
        }
        return false;
    }

    private async Task RefusedAsync(HttpResponseMessage answer)
    {
        string body = await answer.Content.ReadAsStringAsync();
        if (answer.StatusCode == HttpStatusCode.ServiceUnavailable && answer.Headers.RetryAfter is not null)
            Interlocked.Increment(ref refused);
        else if (answer.StatusCode != HttpStatusCode.Conflict || !body.Contains("idempotency-in-flight", StringComparison.Ordinal)) // the attempt before is still under way
            wrong.AddOrUpdate($"{(int)answer.StatusCode} {body}", 1, (_, n) => n + 1);
    }

    private async Task RestAsync(TimeSpan time) => await Task.Delay(time, over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
