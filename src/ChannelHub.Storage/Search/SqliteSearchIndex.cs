using System.Collections.Concurrent;
using ChannelHub.Core.Search;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Engine.Sqlite;
using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ChannelHub.Storage.Search;

/// <summary>The words in a file of their own, so that the data's writer does not wait for them. A file that is missing, broken or of another version begins anew.</summary>
/// <param name="path">The file; its folder exists.</param>
public sealed class SqliteSearchIndex(string path) : SearchIndex
{
    // A word here is whatever stands between spaces. Beginnings of up to three letters are looked up like words; of longer ones there are fewer, and they are gathered.
    private static readonly string Schema = $"""
        CREATE VIRTUAL TABLE document USING fts5(words, tokenize = "ascii tokenchars '!'", prefix = '1 2 3', detail = none, columnsize = 0);
        INSERT INTO document (document, rank) VALUES ('secure-delete', 1);
        CREATE TABLE progress (position BIGINT NOT NULL, at BIGINT NOT NULL, built_down_to BIGINT NOT NULL, built BIGINT NOT NULL, total BIGINT NOT NULL);
        PRAGMA user_version = {Version};
        """;

    // Rewriting this much takes about a second.
    private const long LargestToRewrite = 128L << 20;

    private readonly ReaderWriterLockSlim files = new(); // taken to write by who replaces them
    private readonly Lock writing = new();
    private readonly ConcurrentBag<SqliteConnection> readers = [];
    private Writer? writer;
    private volatile bool isBroken;

    internal override SearchProgress? Progress() => Read(Progress);

    internal override List<long> Find(SearchQuery query, SearchRange range, int limit)
    {
        string words = Spell(query, range, (word, isBeginning) => isBeginning ? $"\"{word}\"*" : $"\"{word}\"", " AND ", " OR ", " NOT ");
        return Read(connection => connection.Query<long>(
            "SELECT rowid FROM document WHERE document MATCH @words AND rowid > @Above AND rowid < @Below ORDER BY rowid DESC LIMIT @limit",
            new { words, range.Above, range.Below, limit }).AsList());
    }

    internal override void Write(Action<SearchWriter> write)
    {
        lock (writing)
        {
            try
            {
                WriteOnce(write);
            }
            catch (SqliteException failure)
            {
                // What is damaged is found so the next time, and another file takes its place.
                isBroken |= IsDamage(failure);
                throw Unavailable(failure);
            }
        }
    }

    internal override void Scrub()
    {
        lock (writing)
        {
            try
            {
                if (new FileInfo(path).Length <= LargestToRewrite)
                    writer?.Connection.Execute("VACUUM");
                writer?.Connection.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            }
            catch (SqliteException)
            {
                // A full disk or a lock; what remains is gone with the next scrub.
            }
        }
    }

    public override void Dispose()
    {
        Close();
        files.Dispose();
    }

    private static SearchProgress? Progress(SqliteConnection connection) => connection.QueryFirstOrDefault<SearchProgress>(
        "SELECT position, at, built_down_to AS BuiltDownTo, built, total FROM progress");

    private void WriteOnce(Action<SearchWriter> write)
    {
        Open();
        using SqliteTransaction transaction = writer!.Connection.BeginTransaction(deferred: false);
        write(writer);
        transaction.Commit();
    }

    /// <summary>Opens the file, or another in its place.</summary>
    private void Open()
    {
        if (writer is not null && !isBroken)
            return;
        files.EnterWriteLock();
        try
        {
            Close();
            if (isBroken || !TryOpen())
            {
                Close();
                foreach (string suffix in (string[])["", "-wal", "-shm"])
                    File.Delete(path + suffix);
                SqliteConnection connection = Connect();
                connection.Execute(Schema);
                writer = new Writer(connection);
            }
            isBroken = false;
        }
        finally
        {
            files.ExitWriteLock();
        }
    }

    private bool TryOpen()
    {
        SqliteConnection? connection = null;
        try
        {
            connection = Connect();
            if (connection.ExecuteScalar<long>("PRAGMA user_version") == Version)
            {
                writer = new Writer(connection);
                return true;
            }
        }
        catch (SqliteException failure) when (IsDamage(failure) || failure.SqliteErrorCode == raw.SQLITE_ERROR)
        {
            // Another takes its place.
        }
        connection?.Dispose();
        return false;
    }

    private T Read<T>(Func<SqliteConnection, T> read)
    {
        SqliteConnection? connection = null;
        try
        {
            if (writer is null || isBroken)
            {
                lock (writing)
                    Open();
            }
            files.EnterReadLock();
            if (!readers.TryTake(out connection))
                connection = Connect();
            T found = read(connection);
            readers.Add(connection);
            return found;
        }
        catch (SqliteException failure)
        {
            connection?.Dispose();
            isBroken |= IsDamage(failure);
            throw Unavailable(failure);
        }
        finally
        {
            if (files.IsReadLockHeld)
                files.ExitReadLock();
        }
    }

    private static StoreUnavailableException Unavailable(SqliteException failure) => new("the search file cannot be used: " + failure.Message, failure);

    private static bool IsDamage(SqliteException failure) => failure.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        connection.Execute("PRAGMA busy_timeout = 3000");
        connection.Execute("PRAGMA journal_mode = WAL");
        connection.Execute("PRAGMA synchronous = NORMAL"); // what a power cut takes is read from the log again
        connection.Execute("PRAGMA secure_delete = ON");
        connection.Execute("PRAGMA cache_size = -8192");
        return connection;
    }

    private void Close()
    {
        while (readers.TryTake(out SqliteConnection? reader))
            reader.Dispose();
        writer?.Dispose();
        writer = null;
    }

    private sealed class Writer(SqliteConnection connection) : SearchWriter, IDisposable
    {
        private readonly SqliteStatement known = new(connection, "SELECT words FROM document WHERE rowid = ?");
        private readonly SqliteStatement put = new(connection, "INSERT OR REPLACE INTO document (rowid, words) VALUES (?, ?)");
        private readonly SqliteStatement remove = new(connection, "DELETE FROM document WHERE rowid = ?");

        public SqliteConnection Connection => connection;

        public override SearchProgress? Progress => SqliteSearchIndex.Progress(connection);

        public override void Put(IReadOnlyCollection<SearchDocument> documents)
        {
            // In their order, which the engine gathers in memory.
            foreach (SearchDocument document in documents.OrderBy(d => d.Id))
            {
                string line = document.Line;
                if (known.Bind(document.Id).First(c => c.Text(0)) != line)
                    put.Bind(document.Id).Bind(line).Run();
            }
        }

        public override void Remove(IReadOnlyCollection<long> ids)
        {
            foreach (long id in ids)
                remove.Bind(id).Run();
        }

        public override void Save(SearchProgress progress)
        {
            connection.Execute("DELETE FROM progress");
            connection.Execute("INSERT INTO progress (position, at, built_down_to, built, total) VALUES (@Position, @At, @BuiltDownTo, @Built, @Total)", progress);
        }

        public override void Clear()
        {
            connection.Execute("DROP TABLE document; DROP TABLE progress;");
            connection.Execute(Schema);
        }

        public void Dispose()
        {
            known.Dispose();
            put.Dispose();
            remove.Dispose();
            connection.Dispose();
        }
    }
}
