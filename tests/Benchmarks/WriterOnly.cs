using System.Diagnostics;
using System.Text;
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
        Intake[] intakes = [.. Enumerable.Range(0, count).Select(i => Make(ids, i, random.Next(Senders)))];
        var waiting = new List<Task>(batch);
        for (int sender = 0; sender < Senders; sender++)
            waiting.Add(database.IngestAsync(Make(ids, count + sender, sender)));
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

    private static Intake Make(IdGenerator ids, long number, int sender)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        string body = $$$"""{"update_id":{{{number}}},"message":{"message_id":{{{number}}},"from":{"id":{{{100000000 + sender}}},"is_bot":false,"first_name":"Ada{{{sender}}}","last_name":"Load","username":"ada{{{sender}}}","language_code":"en"},"chat":{"id":{{{100000000 + sender}}},"first_name":"Ada{{{sender}}}","last_name":"Load","username":"ada{{{sender}}}","type":"private"},"date":1800000000,"text":"Hello, my order has not arrived yet, could you please tell me where the parcel is right now? Ref {{{number}}}"}}""";
        string text = "Hello, my order has not arrived yet, could you please tell me where the parcel is right now? Ref " + number;
        var key = new Key("telegram", (100000000 + sender).ToString());
        var who = new Sender(key) { DisplayName = $"Ada{sender} Load", Learned = [new LearnedKey(new Key("telegram_username", "", "ada" + sender), Assurance.Proven, LearnedAs.Alias)] };
        var received = new MessageReceived(new ExternalId($"{number:D10}:{key.Value}"), who, [new TextPart(text)]) { At = now, Sequence = number };
        return new Intake
        {
            ChannelId = 1,
            Adapter = "1",
            Method = "POST",
            Headers = """{"content-type":"application/json"}"""u8.ToArray(),
            Body = Encoding.UTF8.GetBytes(body),
            ReceivedAt = now.ToUnixTimeMilliseconds(),
            MediaExpiry = TimeSpan.FromDays(1),
            Entries = [new IntakeEntry.Understood(received, new KeyedSender(key, null, who, who.Learned), new Content(PartsJson.Render(received.Parts, _ => null!), []), ids.Next())],
        };
    }
}
