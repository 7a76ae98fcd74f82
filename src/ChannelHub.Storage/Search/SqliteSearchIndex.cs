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
    private const string People = "person";
    private const string Messages = "message";

    // A word here is whatever stands between spaces.
    private static readonly string Schema = $"""
        {Table(People)}
        {Table(Messages)}
        CREATE TABLE progress (position BIGINT NOT NULL, at BIGINT NOT NULL, built_down_to BIGINT NOT NULL, built BIGINT NOT NULL, total BIGINT NOT NULL);
        PRAGMA user_version = {Version};
        """;

    // The engine walks from hit to hit for whole words and for beginnings of this length; for all others it gathers every hit there is first, which takes a second if
    // they are many.
    private const int Walkable = 3;

    // So many documents are looked at one by one before that: if the hits are many, they are among them. If they are few, a sample of those tells so.
    private const int Candidates = 2_000;
    private const int Sample = 250;

    // Rewriting this much takes about a second.
    private const long LargestToRewrite = 128L << 20;

    private readonly ReaderWriterLockSlim files = new(); // taken to write by who replaces them
    private readonly Lock writing = new();
    private readonly ConcurrentBag<SqliteConnection> readers = [];
    private Writer? writer;
    private volatile bool isBroken;

    internal override SearchProgress? Progress() => Read(Progress);

    private protected override List<long> FindIn(SearchQuery query, SearchRange range, int limit)
    {
        string table = range.Scope == SearchScope.People ? People : Messages;
        string exact = Spell(query.Clauses, range, Word, " AND ", " OR ");
        // Every document that matches has this too.
        string rough = Spell(query.Clauses.Where(clause => !clause.IsLast || clause.Words[^1].Length >= Walkable), range,
            (word, isBeginning) => Word(isBeginning && !word.AsSpan(0, Walkable).ContainsAnyInRange('\uD800', '\uDFFF') ? word[..Walkable] : word, isBeginning), " AND ", " OR ");
        return Read(connection =>
        {
            var asked = new { exact, rough, range.Above, range.Below, limit, Candidates };
            var hits = new List<long>();
            int seen = 0;
            foreach ((long id, string words) in connection.Query<(long, string)>($"""
                SELECT rowid, words FROM {table} WHERE {(rough.Length > 0 ? table + " MATCH @rough AND " : "")}rowid > @Above AND rowid < @Below
                ORDER BY rowid DESC LIMIT @Candidates
                """, asked, buffered: false))
            {
                if (query.Matches($" {words} "))
                    hits.Add(id);
                if (hits.Count == limit)
                    return hits;
                if (++seen == Sample && hits.Count * (Candidates / Sample) < limit)
                    break;
            }
            return seen < Candidates && seen != Sample ? hits : connection.Query<long>(
                $"SELECT rowid FROM {table} WHERE {table} MATCH @exact AND rowid > @Above AND rowid < @Below ORDER BY rowid DESC LIMIT @limit", asked).AsList();
        });
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

    private static string Word(string word, bool isBeginning) => isBeginning ? $"\"{word}\"*" : $"\"{word}\"";

    private static string Table(string name) => $"""
        CREATE VIRTUAL TABLE {name} USING fts5(words, tokenize = "ascii tokenchars '!'", prefix = '{Walkable}', detail = none, columnsize = 0);
        INSERT INTO {name} ({name}, rank) VALUES ('secure-delete', 1);
        """;

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
        private readonly TableWriter people = new(connection, People);
        private readonly TableWriter messages = new(connection, Messages);

        public SqliteConnection Connection => connection;

        public override SearchProgress? Progress => SqliteSearchIndex.Progress(connection);

        public override void Put(IReadOnlyCollection<SearchDocument> documents)
        {
            // In their order, which the engine gathers in memory.
            foreach (SearchDocument document in documents.OrderBy(d => d.Id))
                (document.IsPerson ? people : messages).Put(document.Id, LineOf(document));
        }

        public override void Remove(IReadOnlyCollection<long> ids)
        {
            foreach (long id in ids)
            {
                people.Remove(id);
                messages.Remove(id);
            }
        }

        public override void Save(SearchProgress progress)
        {
            connection.Execute("DELETE FROM progress");
            connection.Execute("INSERT INTO progress (position, at, built_down_to, built, total) VALUES (@Position, @At, @BuiltDownTo, @Built, @Total)", progress);
        }

        public override void Clear()
        {
            connection.Execute($"DROP TABLE {People}; DROP TABLE {Messages}; DROP TABLE progress;");
            connection.Execute(Schema);
        }

        public void Dispose()
        {
            people.Dispose();
            messages.Dispose();
            connection.Dispose();
        }
    }

    private sealed class TableWriter(SqliteConnection connection, string table) : IDisposable
    {
        private readonly SqliteStatement known = new(connection, $"SELECT words FROM {table} WHERE rowid = ?");
        private readonly SqliteStatement put = new(connection, $"INSERT OR REPLACE INTO {table} (rowid, words) VALUES (?, ?)");
        private readonly SqliteStatement remove = new(connection, $"DELETE FROM {table} WHERE rowid = ?");

        public void Put(long id, string line)
        {
            if (known.Bind(id).First(c => c.Text(0)) != line)
                put.Bind(id).Bind(line).Run();
        }

        public void Remove(long id) => remove.Bind(id).Run();

        public void Dispose()
        {
            known.Dispose();
            put.Dispose();
            remove.Dispose();
        }
    }
}
