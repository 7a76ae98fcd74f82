using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace ChannelHub.Benchmarks;

/// <summary>
/// The bare floor: Kestrel, one parse, and the four row writes nobody can do without (identity, conversation, message, event), group commit by one writer,
/// WAL, synchronous FULL. No verification, raw inbox, de-duplication window, links, counters.
/// </summary>
internal static class Floor
{
    private const string Schema = """
        CREATE TABLE IF NOT EXISTS identity (id INTEGER PRIMARY KEY, external_id TEXT NOT NULL UNIQUE, name TEXT, last_seen INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS conversation (id INTEGER PRIMARY KEY, identity_id INTEGER NOT NULL UNIQUE, last_at INTEGER NOT NULL, messages INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY, external_id TEXT NOT NULL UNIQUE, identity_id INTEGER NOT NULL, conversation_id INTEGER NOT NULL, occurred_at INTEGER NOT NULL, text TEXT);
        CREATE INDEX IF NOT EXISTS message_thread ON message (identity_id, occurred_at);
        CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY AUTOINCREMENT, message_id INTEGER NOT NULL, payload BLOB NOT NULL);
        """;

    public static async Task RunAsync(int port, string path)
    {
        using SqliteConnection connection = Open(path);
        var writer = new Writer(connection);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        await using WebApplication app = builder.Build();
        app.MapPost("/hook", async (HttpContext context) =>
        {
            using JsonDocument update = await JsonDocument.ParseAsync(context.Request.Body);
            await writer.WriteAsync(new Item(update.RootElement.GetProperty("message")));
        });
        app.MapGet("/readyz", () => "ready");
        await app.RunAsync();
    }

    /// <summary>Writes messages in process.</summary>
    public static async Task FillAsync(string path, IEnumerable<(long Number, int Sender)> messages)
    {
        using SqliteConnection connection = Open(path);
        var writer = new Writer(connection);
        foreach ((long Number, int Sender)[] some in messages.Chunk(1_000))
        {
            await Task.WhenAll(some.Select(m =>
            {
                using JsonDocument update = JsonDocument.Parse(LoadGenerator.Update(m.Number, m.Sender));
                return writer.WriteAsync(new Item(update.RootElement.GetProperty("message")));
            }));
        }
    }

    private static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;" + Schema);
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private sealed class Item
    {
        public Item(JsonElement message)
        {
            JsonElement from = message.GetProperty("from");
            Sender = from.GetProperty("id").GetInt64().ToString();
            Name = from.GetProperty("first_name").GetString() + " " + from.GetProperty("last_name").GetString();
            External = Sender + ":" + message.GetProperty("message_id").GetInt64();
            At = message.GetProperty("date").GetInt64();
            Text = message.GetProperty("text").GetString()!;
            Payload = JsonSerializer.SerializeToUtf8Bytes(new { type = "message.received", external_id = External, from = new { id = Sender, name = Name }, occurred_at = At, text = Text });
        }

        public string Sender { get; }
        public string Name { get; }
        public string External { get; }
        public long At { get; }
        public string Text { get; }
        public byte[] Payload { get; }
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Writer
    {
        private readonly System.Threading.Channels.Channel<Item> waiting = System.Threading.Channels.Channel.CreateUnbounded<Item>();
        private readonly SqliteConnection connection;
        private readonly SqliteCommand identity, conversation, message, entry;

        public Writer(SqliteConnection connection)
        {
            this.connection = connection;
            identity = Prepare("INSERT INTO identity (external_id, name, last_seen) VALUES ($1, $2, $3) ON CONFLICT (external_id) DO UPDATE SET name = excluded.name, last_seen = max(last_seen, excluded.last_seen) RETURNING id", 3);
            conversation = Prepare("INSERT INTO conversation (identity_id, last_at, messages) VALUES ($1, $2, 1) ON CONFLICT (identity_id) DO UPDATE SET last_at = max(last_at, excluded.last_at), messages = messages + 1 RETURNING id", 2);
            message = Prepare("INSERT INTO message (external_id, identity_id, conversation_id, occurred_at, text) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (external_id) DO NOTHING RETURNING id", 5);
            entry = Prepare("INSERT INTO event (message_id, payload) VALUES ($1, $2)", 2);
            new Thread(Loop) { IsBackground = true }.Start();
        }

        public Task WriteAsync(Item item)
        {
            waiting.Writer.TryWrite(item);
            return item.Done.Task;
        }

        private SqliteCommand Prepare(string sql, int parameters)
        {
            SqliteCommand command = connection.CreateCommand();
            command.CommandText = sql;
            for (int i = 1; i <= parameters; i++)
                command.Parameters.Add(new SqliteParameter("$" + i, null));
            return command;
        }

        private void Loop()
        {
            var batch = new List<Item>();
            while (waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                while (batch.Count < 1000 && waiting.Reader.TryRead(out Item? item))
                    batch.Add(item);
                using (SqliteTransaction transaction = connection.BeginTransaction(deferred: false))
                {
                    identity.Transaction = conversation.Transaction = message.Transaction = entry.Transaction = transaction;
                    foreach (Item item in batch)
                        Write(item);
                    transaction.Commit();
                }
                foreach (Item item in batch)
                    item.Done.SetResult();
                batch.Clear();
            }
        }

        private void Write(Item item)
        {
            long identityId = Run(identity, item.Sender, item.Name, item.At)!.Value;
            long conversationId = Run(conversation, identityId, item.At)!.Value;
            if (Run(message, item.External, identityId, conversationId, item.At, item.Text) is { } messageId)
                Run(entry, messageId, item.Payload);
        }

        private static long? Run(SqliteCommand command, params ReadOnlySpan<object> values)
        {
            for (int i = 0; i < values.Length; i++)
                command.Parameters[i].Value = values[i];
            return command.ExecuteScalar() as long?;
        }
    }
}
