using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;

namespace ChannelHub.Tests.Acceptance;

/// <summary>Posts text updates as Telegram does, and remembers which of them the hub acknowledged.</summary>
internal sealed class TelegramLoad(string channelId, string secret)
{
    private readonly ConcurrentDictionary<long, byte> acknowledged = [];
    private long last;

    /// <summary>Message ids that were answered 200.</summary>
    public ICollection<long> Acknowledged => acknowledged.Keys;

    /// <summary>Message ids ever posted.</summary>
    public long Posted => last;

    /// <summary>Posts on several connections until it is told to stop or the hub is gone.</summary>
    public Task RunAsync(Uri hub, int connections, int atMost, CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, connections).Select(_ => PostAsync(hub, atMost / connections, stop)));

    public static string Update(long id, long sender, string? text = null, long date = 1_790_000_000, string? extra = null) => string.Create(CultureInfo.InvariantCulture,
        $$$"""{"update_id":{{{id}}},"message":{"message_id":{{{id}}},"from":{"id":{{{sender}}},"is_bot":false,"first_name":"Ada","username":"ada{{{sender}}}"},"chat":{"id":{{{sender}}},"type":"private","first_name":"Ada"},"date":{{{date}}}{{{extra}}},"text":"{{{text ?? "number " + id}}}"}}""");

    public static HttpRequestMessage Request(Uri hub, string channelId, string secret, string update) => new(HttpMethod.Post, new Uri(hub, "/hooks/" + channelId))
    {
        Content = new StringContent(update, Encoding.UTF8, "application/json"),
        Headers = { { "X-Telegram-Bot-Api-Secret-Token", secret } },
    };

    private async Task PostAsync(Uri hub, int count, CancellationToken stop)
    {
        using var client = new HttpClient();
        for (int i = 0; i < count && !stop.IsCancellationRequested; i++)
        {
            long id = Interlocked.Increment(ref last);
            try
            {
                using HttpResponseMessage answer = await client.SendAsync(Request(hub, channelId, secret, Update(id, 1000 + (id % 50))), CancellationToken.None);
                if (answer.StatusCode == HttpStatusCode.OK)
                    acknowledged[id] = 0;
            }
            catch (Exception gone) when (gone is HttpRequestException or IOException)
            {
                return; // the hub was killed; what was not answered may or may not be there
            }
        }
    }
}
