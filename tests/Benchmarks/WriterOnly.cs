using System.Diagnostics;
using ChannelHub.Adapters;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Engine.Sqlite;
using ChannelHub.Storage.Ingest;

namespace ChannelHub.Benchmarks;

/// <summary>
/// The writer alone, in process: what one message costs inside the transaction. Inputs are prepared beforehand, as they are beside the writer in the hub.
/// </summary>
internal static class WriterOnly
{
    private const int Senders = 10_000;

    public static void Run(string folder, int count, int batch)
    {
        var ids = new IdGenerator(TimeProvider.System);
        using var database = new Database(new SqliteDialect(Path.Combine(folder, "writer.db")), TimeProvider.System, ids, writeQueue: int.MaxValue);
        var random = new Random(2);
        Intake[] intakes = [.. Enumerable.Range(0, count).Select(i => Make(ids, 1, i, random.Next(Senders)))];
        var waiting = new List<Task>(batch);
        for (int sender = 0; sender < Senders; sender++)
            waiting.Add(database.IngestAsync(Make(ids, 1, count + sender, sender)));
        var watch = Stopwatch.StartNew();
        Task.WaitAll([.. waiting]);
        Console.WriteLine($"first messages of {Senders} senders: {Senders / watch.Elapsed.TotalSeconds:F0} msg/s");
        watch.Restart();
        for (int start = 0; start < count; start += batch)
        {
            waiting.Clear();
            for (int i = start; i < Math.Min(count, start + batch); i++)
                waiting.Add(database.IngestAsync(intakes[i]));
            Task.WaitAll([.. waiting]);
        }
        Console.WriteLine($"writer batch={batch}: {count / watch.Elapsed.TotalSeconds:F0} msg/s, head {database.Head}");
    }

    /// <summary>The load generator's update as the channel's adapter understands it.</summary>
    internal static Intake Make(IdGenerator ids, long channel, long number, int sender)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        string account = LoadGenerator.Account(sender);
        var key = new Key("telegram", account);
        var who = new Sender(key) { DisplayName = $"Ada{account} Load", Learned = [new LearnedKey(new Key("telegram_username", "", "ada" + account), Assurance.Proven, LearnedAs.Alias)] };
        var received = new MessageReceived(new ExternalId($"{number:D10}:{key.Value}"), who, [new TextPart(LoadGenerator.Text(number))]) { At = now, Sequence = number };
        return new Intake
        {
            ChannelId = channel,
            Adapter = "1",
            Method = "POST",
            Headers = """{"content-type":"application/json"}"""u8.ToArray(),
            Body = LoadGenerator.Update(number, sender),
            ReceivedAt = now.ToUnixTimeMilliseconds(),
            MediaExpiry = TimeSpan.FromDays(1),
            Entries = [new IntakeEntry.Understood(received, new KeyedSender(key, null, who, who.Learned), new Content(PartsJson.Render(received.Parts, _ => null!), []), ids.Next())],
        };
    }
}
