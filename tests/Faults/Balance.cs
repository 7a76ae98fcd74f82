using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace ChannelHub.Faults;

/// <summary>When the faults are over and all has drained: reads everything there is through the public API and says what does not add up.</summary>
internal sealed class Balance(World world, Load load)
{
    private static readonly TimeSpan LongestDrain = TimeSpan.FromMinutes(3);

    private readonly HttpClient client = world.Nodes[0].Client;
    private readonly List<Told> events = [];
    private readonly List<string> broken = [];

    /// <summary>True if every promise was kept.</summary>
    public async Task<bool> PrintAsync()
    {
        await DrainAsync();
        List<Told> received = OfType("message.received");
        List<Told> queued = OfType("message.queued");
        Check("webhooks", load.Received.Check(received.Select(e => e.Text!)));
        Check("sends", load.Sent.Check(queued.Select(e => e.Text!)));
        if (events.Select((e, n) => e.Position - n).Any(first => first != 1))
            broken.Add("the feed has a gap");
        await CheckThreadsAsync([.. received, .. queued]);
        foreach (Channel channel in world.Channels)
            await CheckAccountingAsync(channel, received.Count(e => e.ChannelId == channel.Id));
        CheckProvider(queued);
        foreach ((string answer, int times) in load.Wrong)
            broken.Add($"{times} × answered {answer}");
        Console.WriteLine($"feed: {events.Count} events; refused with 503 and Retry-After: {load.Refusals}");
        foreach (string line in broken)
            Console.WriteLine("BROKEN: " + line);
        return broken.Count == 0;
    }

    private void Check(string what, Verdict verdict)
    {
        Console.WriteLine($"{what}: {verdict}");
        if (!verdict.Holds)
            broken.Add(what);
    }

    /// <summary>Reads the feed until everything that was to be sent has come to an end.</summary>
    private async Task DrainAsync()
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            await ReadOnAsync();
            int waiting = OfType("message.queued").Select(e => e.MessageId).Except(Ended()).Count();
            if (waiting == 0)
                return;
            if (watch.Elapsed > LongestDrain)
            {
                broken.Add($"{waiting} messages are still on their way");
                return;
            }
            await Task.Delay(200);
        }
    }

    private async Task ReadOnAsync()
    {
        await foreach (JsonNode told in Feed.ReadAsync(client, events.Count == 0 ? 0 : events[^1].Position))
            events.Add(new Told(told));
    }

    /// <summary>Every thread shows exactly the messages that the feed told of.</summary>
    private async Task CheckThreadsAsync(IReadOnlyList<Told> told)
    {
        var shown = new List<string>();
        await foreach (JsonNode conversation in ListAsync("/v1/conversations?order=created&limit=200"))
        {
            await foreach (JsonNode message in ListAsync($"/v1/conversations/{conversation["id"]}/messages?order=asc&limit=200"))
                shown.Add((string)message["id"]!);
        }
        HashSet<string> ids = [.. told.Select(e => e.MessageId)];
        Console.WriteLine($"threads: {shown.Count} messages of {ids.Count} that the feed told of");
        if (shown.Count != ids.Count || !ids.SetEquals(shown))
            broken.Add("threads and feed differ");
    }

    private async IAsyncEnumerable<JsonNode> ListAsync(string path)
    {
        string? cursor = null;
        do
        {
            JsonNode page = (await client.GetFromJsonAsync<JsonNode>(path + (cursor is null ? "" : "&cursor=" + cursor)))!;
            foreach (JsonNode? row in page["data"]!.AsArray())
                yield return row!;
            cursor = (string?)page["next"];
        }
        while (cursor is not null);
    }

    private async Task CheckAccountingAsync(Channel channel, int told)
    {
        JsonNode counted = (await client.GetFromJsonAsync<JsonNode>($"/v1/channels/{channel.Id}/accounting"))!;
        long Of(string name) => (long)counted[name]!;
        Console.WriteLine($"accounting {channel.Id}: received {Of("received")} = stored {Of("stored")} + duplicate {Of("duplicate")} + ignored {Of("ignored")} + quarantined {Of("quarantined")}");
        if (Of("received") != Of("stored") + Of("duplicate") + Of("ignored") + Of("quarantined") || Of("stored") != told || Of("ignored") + Of("quarantined") != 0)
            broken.Add($"the loss equation of {channel.Id}, of which the feed told {told}");
    }

    /// <summary>What reached the provider: nothing twice, nothing that nobody wrote, and all that is said to be sent.</summary>
    private void CheckProvider(IReadOnlyList<Told> queued)
    {
        var reached = world.Bot.Calls.Where(c => c.Method == "sendMessage").CountBy(c => c["text"]!).ToDictionary();
        HashSet<string> sent = Messages("message.sent"), failed = Messages("message.failed"), unconfirmed = Messages("message.unconfirmed");
        List<string> doubles = [.. reached.Where(r => r.Value > 1).Select(r => r.Key)];
        List<string> unsent = [.. queued.Where(q => sent.Contains(q.MessageId) && !reached.ContainsKey(q.Text!)).Select(q => q.Text!)];
        List<string> ghosts = [.. reached.Keys.Except(queued.Select(e => e.Text!))];
        Console.WriteLine($"provider: reached by {reached.Count}, twice by {doubles.Count}; sent {sent.Count}, failed {failed.Count}, unconfirmed {unconfirmed.Count}; said to be sent and not {unsent.Count}, ghost {ghosts.Count}");
        if (doubles.Count + unsent.Count + ghosts.Count + failed.Count > 0)
            broken.Add($"sends: twice {string.Join(", ", doubles)}; not there {string.Join(", ", unsent)}; ghosts {string.Join(", ", ghosts)}");
        foreach (string rule in world.Bot.Violations.Distinct())
            broken.Add("the provider's rules: " + rule);
    }

    private HashSet<string> Ended() => [.. Messages("message.sent"), .. Messages("message.failed"), .. Messages("message.unconfirmed")];

    private HashSet<string> Messages(string type) => [.. OfType(type).Select(e => e.MessageId)];

    private List<Told> OfType(string type) => [.. events.Where(e => e.Type == type)];

    /// <summary>What matters of an event: a long run has millions.</summary>
    private sealed record Told(long Position, string Type, string MessageId, string? ChannelId, string? Text)
    {
        public Told(JsonNode told)
            : this((long)told["position"]!, string.Intern((string)told["type"]!), (string?)(told["data"]!["id"] ?? told["data"]!["message_id"]) ?? "", (string?)told["data"]!["channel_id"], (string?)told["data"]!["parts"]?[0]?["text"])
        {
        }
    }
}
