using ChannelHub.Storage.Events;
using ChannelHub.Storage.Ingest;
using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ChannelHub.Storage.Engine.Sqlite;

/// <summary>The data in one file, for one process.</summary>
/// <param name="path">The file; its folder exists.</param>
public sealed class SqliteDialect(string path) : Dialect
{
    // So long a write waits for another program that has locked the file; providers give up after ten seconds or more.
    private const int LockedSeconds = 3;

    // How many rows are forgotten in one transaction: nobody is to wait for it.
    private const int Step = 500;

    // Kilobytes. In a file of less than 1 GB SQLite walks through the whole cache at every commit in which a b-tree was balanced: with 64 MB that was a fifth of the writer's time.
    private const int WriterCache = 16_384;
    private const int ReaderCache = 4_096;

    // Rewriting this much takes about a second, which every write waits for.
    private const long LargestToRewrite = 128L << 20;

    internal override bool IsShared => false;

    internal override int Readers => int.MaxValue;

    internal override void Migrate(long now, bool duringMove)
    {
        SpareLocks();
        using SqliteConnection connection = Open(readOnly: false);
        Migrator.Migrate(connection, ForSqlite, now);
    }

    internal override bool IsStoreFailure(Exception exception) => exception is SqliteException { SqliteErrorCode: var code } && code
        is raw.SQLITE_FULL or raw.SQLITE_IOERR or raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY
        or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_NOMEM or raw.SQLITE_PROTOCOL or raw.SQLITE_INTERRUPT;

    internal override WorkShare Join(long now, Action<int> numbered)
    {
        NodeName name = NodeName.New();
        using SqliteConnection connection = Open(readOnly: false);
        connection.Execute("DELETE FROM node");
        connection.Execute("INSERT INTO node (run, number, name, version, started_at, seen_at, until) VALUES (@Run, 0, @Name, @Version, @now, @now, @forever)",
            new { name.Run, name.Name, name.Version, now, forever = long.MaxValue });
        numbered(0);
        return new OnlyNode(name.Run);
    }

    internal override WriteLink OpenWriter(WorkShare share) => new SqliteWriteLink(Open(readOnly: false));

    internal override Link OpenReader() => new SqliteLink(Open(readOnly: true));

    internal override IDisposable Attend(Action<Action<WriteLink>> betweenBatches, Action<long> headMoved) =>
        new Checkpointer(path, Open(readOnly: false), () => betweenBatches(link => ((SqliteWriteLink)link).RestartLog()));

    internal override async Task<bool> ForgetInputAsync(Database database, long beforeId) =>
        await database.WriteAsync(session => InboxStore.Forget(session, beforeId, Step)) == Step;

    internal override async Task<bool> ForgetEventsAsync(Database database, long before, long upTo) =>
        await database.WriteAsync(session => session.Execute(EventStore.ForgetOldest, new { before, upTo, limit = Step })) == Step;

    internal override void BackUp(string target)
    {
        using SqliteConnection connection = Open(readOnly: false); // readers may not even write to another file
        connection.Execute("VACUUM INTO @target", new { target });
    }

    /// <summary>
    /// Clears old versions in the write-ahead log, and in a small file the slack of its pages. Readers that are still on an older state are waited for,
    /// but not for ever. Other writes wait meanwhile.
    /// </summary>
    internal override void Scrub()
    {
        using SqliteConnection connection = Open(readOnly: false);
        if (new FileInfo(path).Length <= LargestToRewrite)
            Attempt(connection, "VACUUM");
        Attempt(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
    }

    // A full disk or a lock leaves the data as it is; what remains is gone with the next scrub.
    private static void Attempt(SqliteConnection connection, string sql)
    {
        try
        {
            connection.Execute(sql);
        }
        catch (SqliteException)
        {
        }
    }

    /// <summary>
    /// SQLite's statistics take a lock of the whole process for every allocation, and its connections one for every call. Nobody reads the first, and a
    /// session is at work on one thread at a time. Once SQLite has begun to work it refuses, and stays as it is.
    /// </summary>
    private static void SpareLocks()
    {
        Batteries_V2.Init();
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MULTITHREAD);
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 0);
    }

    /// <summary>BIGINT PRIMARY KEY becomes the spelling that makes it SQLite's own row id.</summary>
    private static string ForSqlite(string migration) =>
        Migrator.WithoutLines(migration, "-- only: postgres").Replace("BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY", StringComparison.Ordinal);

    private SqliteConnection Open(bool readOnly)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = LockedSeconds }.ToString());
        connection.Open();
        connection.Execute($"PRAGMA busy_timeout = {LockedSeconds * 1000}");
        connection.Execute("PRAGMA journal_mode = WAL");
        connection.Execute("PRAGMA synchronous = FULL");
        connection.Execute("PRAGMA wal_autocheckpoint = 0"); // the checkpointer's work
        connection.Execute("PRAGMA secure_delete = FAST"); // what is removed from a page that is written anyway is overwritten
        connection.Execute($"PRAGMA cache_size = -{(readOnly ? ReaderCache : WriterCache)}");
        if (readOnly)
            connection.Execute("PRAGMA query_only = 1");
        return connection;
    }
}
