using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Engine.Postgres;
using ChannelHub.Storage.Engine.Sqlite;

namespace ChannelHub.Benchmarks;

/// <summary>
/// Finding by words over HTTP, ten messages for each customer; on PostgreSQL if TEST_POSTGRES names an empty database. The hub first builds the index of what is there.
/// </summary>
internal static class Search
{
    private const int Port = 18094;
    private const int PerCustomer = 10;
    private const double Seconds = 3;
    private const int Vocabulary = 30_000;

    // Every message has the first two, one of a hundred the third, one of ten thousand the fourth.
    private const string Greeting = "a parcel";
    private const string Middle = "umbrella";
    private const string Seldom = "zeppelin";

    public static async Task RunAsync(string folder, int messages)
    {
        string data = Path.Combine(folder, "search");
        (string, string)[] settings = Environment.GetEnvironmentVariable("TEST_POSTGRES") is { Length: > 0 } server
            ? [("CHANNELHUB_DATABASE", server), ("CHANNELHUB_MASTER_KEY", Convert.ToBase64String(new byte[32]))] : [];
        string channel;
        using (await Server.StartHubAsync(Port, data, Ingest.AdminKey, settings))
            channel = await Ingest.AddChannelAsync(Port);
        if (!HubId.TryParse(IdPrefix.Channel, channel, out long channelId))
            throw new InvalidOperationException(channel);
        using (var database = new Database(settings is [(_, var url), _] ? new PostgresDialect(url) : new SqliteDialect(Path.Combine(data, "hub.db")), TimeProvider.System, new IdGenerator(TimeProvider.System)))
        {
            Fill(database, channelId, messages);
            await database.WriteAsync(session => session.Append(EventType.CustomerCreated, session.Now, identityId: null, customerId: null));
            if (settings.Length > 0)
                await database.WriteAsync(session => session.Execute("DELETE FROM search_progress"));
        }
        foreach (string file in Directory.GetFiles(data, "search.db*"))
            File.Delete(file);
        using Server hub = await Server.StartHubAsync(Port, data, Ingest.AdminKey, settings);
        var watch = Stopwatch.StartNew();
        await BuiltAsync();
        Show("built", $"{messages / watch.Elapsed.TotalSeconds:F0} messages/s in {watch.Elapsed.TotalSeconds:F0} s, {hub.MemoryMegabytes():F0} MB");
        if (settings.Length == 0)
            Show("bytes on disk for each message", $"{new FileInfo(Path.Combine(data, "search.db")).Length / messages}");

        int customers = messages / PerCustomer;
        var loop = new ReadLoop(Port, Ingest.AdminKey);
        foreach (string list in (string[])["messages", "conversations"])
        {
            Measure($"{list}, one hit", list, r => "ref" + r.Next(messages));
            Measure($"{list}, seldom word", list, _ => Seldom);
            Measure($"{list}, middling word", list, _ => Middle);
            Measure($"{list}, common word", list, _ => "parcel");
            Measure($"{list}, common and seldom", list, _ => $"parcel+{Middle}+{Seldom}");
            Measure($"{list}, any word", list, r => Word(r.Next(Vocabulary)));
            Measure($"{list}, one letter", list, _ => "a");
            Measure($"{list}, begun word of all messages", list, _ => "refe");
            Measure($"{list}, no hit", list, r => "nothing" + r.Next(1000));
        }
        Measure("customers, name", "customers", r => "Ada" + r.Next(customers));
        Measure("customers, common name", "customers", _ => "ada");
        Measure("customers, telephone number", "customers", r => "600-" + (100_000 + r.Next(customers)).ToString(CultureInfo.InvariantCulture)[..3]);
        Measure("customers, word of messages only", "customers", _ => "parcel");

        void Measure(string what, string list, Func<Random, string> query)
        {
            string Path(Random r) => $"/v1/{list}?limit=50&q={query(r)}";
            loop.Run(8, 1, Path);
            LoadResult result = loop.Run(8, Seconds, Path);
            Show(what, $"{result.PerSecond:F0}/s, p50 {result.P50:F2} ms, p99 {result.P99:F1} ms{(result.Failed > 0 ? $", {result.Failed} failed" : "")}");
        }
    }

    private static async Task BuiltAsync()
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Ingest.AdminKey);
        // The first message of all is built last.
        while (true)
        {
            using HttpResponseMessage answer = await client.GetAsync("/v1/messages?q=ref0");
            if (answer.IsSuccessStatusCode && (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["next"] is null)
                return;
            await Task.Delay(100);
        }
    }

    private static void Fill(Database database, long channelId, int messages)
    {
        var random = new Random(3);
        long start = database.Clock.GetUtcNow().ToUnixTimeMilliseconds() - messages;
        long[] identities = new long[messages / PerCustomer];
        for (int from = 0; from < messages; from += 10_000)
        {
            int first = from;
            database.WriteAsync(session =>
            {
                for (int i = first / PerCustomer; i < Math.Min(first + 10_000, messages) / PerCustomer; i++)
                {
                    identities[i] = session.NewId();
                    session.Execute("""
                        INSERT INTO identity (id, kind, scope, value, name, assurance, generation, customer_id, since) VALUES (@id, 'phone', '', @value, @name, 4, 1, @id, @start)
                        """, new { id = identities[i], value = $"+48600{100_000 + i}", name = $"Ada{i} Load", start });
                }
                for (int i = first; i < Math.Min(first + 10_000, messages); i++)
                    Write(session, channelId, identities[random.Next(0, Math.Max(1, i / PerCustomer))], i, start + i, Text(random, i));
            }).GetAwaiter().GetResult();
        }
    }

    private static void Write(WriteSession session, long channelId, long identity, int number, long at, string text)
    {
        long id = session.NewId();
        session.Execute("""
            INSERT INTO message (id, identity_id, channel_id, direction, occurred_at, sequence, received_at, content, files, state, assurance, revision, reactions)
            VALUES (@id, @identity, @channelId, 0, @at, @number, @at, @content, 0, 0, 4, 1, 0)
            """, new { id, identity, channelId, at, number, content = $$"""[{"index":0,"type":"text","text":"{{text}}"}]""" });
        session.Execute("""
            INSERT INTO activity (identity_id, last_at, last_sequence, last_message_id, unread) VALUES (@identity, @at, @number, @id, 1)
            ON CONFLICT (identity_id) DO UPDATE SET last_at = excluded.last_at, last_sequence = excluded.last_sequence, last_message_id = excluded.last_message_id
            """, new { identity, at, number, id });
    }

    private static string Text(Random random, int number)
    {
        IEnumerable<string> words = Enumerable.Range(0, 12).Select(_ => Word((int)(Vocabulary * Math.Pow(random.NextDouble(), 4))));
        return $"{Greeting} {string.Join(' ', words)}{(number % 100 == 0 ? " " + Middle : "")}{(number % 10_000 == 0 ? " " + Seldom : "")} ref{number} referring{number}";
    }

    /// <summary>The n-th word of an invented language: syllables, so that beginnings are shared.</summary>
    private static string Word(int n)
    {
        string word = "";
        for (int rest = n + 1; rest > 0; rest /= 40)
            word += $"{"bcdfghjkmn"[rest % 10]}{"aeio"[rest / 10 % 4]}";
        return word;
    }

    private static void Show(string what, string figure) => Console.WriteLine($"| {what} | {figure} |");
}
