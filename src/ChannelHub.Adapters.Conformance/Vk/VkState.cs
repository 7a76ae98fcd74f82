using System.Globalization;
using System.Text.Json.Nodes;

namespace ChannelHub.Adapters.Conformance.Vk;

/// <summary>One message that a community sent.</summary>
/// <param name="Peer">To whom.</param>
/// <param name="Number">Its number in the dialogue.</param>
/// <param name="Form">The parameters of the call.</param>
public sealed record VkSent(long Peer, long Number, IReadOnlyDictionary<string, string> Form);

/// <summary>One callback server of a community.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Url">Its address.</param>
/// <param name="Secret">What its events carry.</param>
/// <param name="Status"><c>ok</c>, <c>wait</c> or <c>failed</c>.</param>
/// <param name="Events">Kinds of event it wants.</param>
public sealed record VkCallbackServer(long Id, Uri Url, string Secret, string Status, IReadOnlyList<string> Events)
{
    internal JsonNode Json() => new JsonObject
    {
        ["id"] = Id, ["title"] = "ChannelHub", ["creator_id"] = 1, ["url"] = Url.AbsoluteUri, ["secret_key"] = Secret, ["status"] = Status,
    };
}

/// <summary>Counts messages within their dialogues, and knows a repeated send.</summary>
internal sealed class VkDialogues
{
    private readonly Lock gate = new();
    private readonly Dictionary<long, long> last = [];
    private readonly Dictionary<(long, string), long> sends = [];

    public long Next(long peer)
    {
        lock (gate)
            return last[peer] = last.GetValueOrDefault(peer) + 1;
    }

    public (long Number, bool Repeated) NumberOf(long peer, string randomId)
    {
        lock (gate)
        {
            if (sends.TryGetValue((peer, randomId), out long number))
                return (number, true);
            return (sends[(peer, randomId)] = Next(peer), false);
        }
    }

    public bool Has(long peer, long number)
    {
        lock (gate)
            return number >= 1 && number <= last.GetValueOrDefault(peer);
    }
}

/// <summary>The long poll of a community: numbered events, kept for as long as the server lives.</summary>
internal sealed class VkPollQueue
{
    private readonly Lock gate = new();
    private readonly List<string> events = [];
    private TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The key that is taken; another is answered <c>failed:2</c>.</summary>
    public string Key { get; set; } = "poll-key-1";

    public string Ts
    {
        get
        {
            lock (gate)
                return Number(events.Count);
        }
    }

    public void Add(string json)
    {
        lock (gate)
        {
            events.Add(json);
            arrived.SetResult();
            arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public async Task<string> AskAsync(IReadOnlyDictionary<string, string> query, TimeProvider clock, CancellationToken cancellation)
    {
        if (query.GetValueOrDefault("key") != Key)
            return """{"failed":2}""";
        int from = int.TryParse(query.GetValueOrDefault("ts"), NumberStyles.None, CultureInfo.InvariantCulture, out int ts) ? ts : -1;
        Task end = Task.Delay(TimeSpan.FromSeconds(double.Parse(query.GetValueOrDefault("wait") ?? "25", CultureInfo.InvariantCulture)), clock, cancellation);
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (from < 0 || from > events.Count)
                    return $$"""{"failed":1,"ts":{{events.Count}}}""";
                if (from < events.Count || end.IsCompleted)
                    return $$"""{"ts":"{{events.Count}}","updates":[{{string.Join(',', events.Skip(from))}}]}""";
                next = arrived.Task;
            }
            await Task.WhenAny(next, end);
        }
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
