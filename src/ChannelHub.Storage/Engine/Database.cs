using System.Collections.Concurrent;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Ingest;
using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ChannelHub.Storage.Engine;

/// <summary>
/// The hub's data: many readers, one writer. Reads see the newest commit. Writes wait in line, are grouped into one durable transaction and
/// answered after it.
/// </summary>
public sealed class Database : IDisposable
{
    // So long a write waits for another program that has locked the file; providers give up after ten seconds or more.
    private const int LockedSeconds = 3;

    // Rewriting this much takes about a second, which every write waits for.
    private const long LargestToRewrite = 128L << 20;

    private readonly string path;
    private readonly ConcurrentBag<Session> readers = [];
    private readonly Writer writer;
    private readonly Checkpointer checkpointer;
    private volatile TaskCompletionSource moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long head;

    /// <summary>Opens or creates the database file and brings it to this program's schema.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="clock">The hub's clock.</param>
    /// <param name="ids">Makes the ids of rows.</param>
    /// <param name="writeQueue">How many writes may wait before callers are told to come back.</param>
    public Database(string path, TimeProvider clock, IdGenerator ids, int writeQueue = 20_000)
    {
        this.path = path;
        Ids = ids;
        SpareLocks();
        Clock = clock;
        SqliteConnection connection = Open(readOnly: false);
        Migrator.Migrate(connection, clock.GetUtcNow().ToUnixTimeMilliseconds());
        ids.StartAfter(connection.ExecuteScalar<long>("SELECT max(coalesce((SELECT max(id) FROM message), 0), coalesce((SELECT max(id) FROM identity), 0))"));
        var session = new WriteSession(connection, ids, clock);
        head = session.Head;
        writer = new Writer(connection, session, writeQueue, OnHeadMoved, (writes, took) => Committed?.Invoke(writes, took));
        checkpointer = new Checkpointer(path, Open(readOnly: false), writer.RestartLog);
    }

    /// <summary>Raised on the writer's thread after each commit, with how many writes it held and how long it took; handlers are quick and do not throw.</summary>
    public event Action<int, TimeSpan>? Committed;

    public IdGenerator Ids { get; }

    public TimeProvider Clock { get; }

    /// <summary>Position of the newest event that is durable.</summary>
    public long Head => Interlocked.Read(ref head);

    /// <summary>How many writes wait for the writer.</summary>
    public int WritesWaiting => writer.Waiting;

    /// <summary>Reads at once, on the caller's thread.</summary>
    public T Read<T>(Func<Session, T> read)
    {
        if (!readers.TryTake(out Session? session))
            session = new Session(Open(readOnly: true));
        try
        {
            return read(session);
        }
        finally
        {
            readers.Add(session);
        }
    }

    /// <summary>
    /// Writes in the next transaction and answers once it is durable. <paramref name="write"/> may run more than once and therefore changes nothing
    /// but the database. It is not cancelled with its caller: what was begun is finished.
    /// </summary>
    /// <exception cref="StoreUnavailableException">Nothing was stored; come back later.</exception>
    public Task<T> WriteAsync<T>(Func<WriteSession, T> write) => PostAsync((session, _) => write(session));

    /// <inheritdoc cref="WriteAsync{T}"/>
    public Task WriteAsync(Action<WriteSession> write) => WriteAsync(session =>
    {
        write(session);
        return true;
    });

    /// <summary>Commits one input of a channel and answers what became of its entries.</summary>
    public Task<IngestOutcome> IngestAsync(Intake intake)
    {
        var work = new IngestWork(intake, writer.Post);
        writer.Post(work);
        return work.Task;
    }

    /// <summary>Commits what one pull brought and moves the channel's cursor, in one transaction. Answers what became of each item.</summary>
    /// <exception cref="StoreUnavailableException">The cursor has not moved; pull again from where it stands.</exception>
    public async Task<IReadOnlyList<IngestOutcome>> IngestAsync(PulledIntake pulled)
    {
        try
        {
            return await PostAsync((_, committer) => committer.Commit(pulled));
        }
        catch (Exception failure) when (failure is not StoreUnavailableException && pulled.Items.Count > 0)
        {
            // One item spoils the batch. Each goes by itself, so that the culprit alone is quarantined, and the cursor last: should the hub end in
            // between, the items come again and are duplicates.
            var outcomes = new List<IngestOutcome>(pulled.Items.Count);
            foreach (Intake item in pulled.Items)
                outcomes.Add(await IngestAsync(item));
            await PostAsync((_, committer) => committer.Commit(pulled with { Items = [] }));
            return outcomes;
        }
    }

    /// <summary>Ends once an event beyond <paramref name="position"/> is durable.</summary>
    public async Task WaitBeyondAsync(long position, CancellationToken cancellation)
    {
        while (true)
        {
            Task signal = moved.Task;
            if (Head > position)
                return;
            await signal.WaitAsync(cancellation);
        }
    }

    /// <summary>Writes a consistent copy to a file that does not exist yet.</summary>
    public void BackUp(string target)
    {
        using SqliteConnection connection = Open(readOnly: false); // readers may not even write to another file
        connection.Execute("VACUUM INTO @target", new { target });
    }

    /// <summary>
    /// Clears away what removed content has left behind: old versions in the write-ahead log, and in a small file the slack of its pages. Readers that are
    /// still on an older state are waited for, but not for ever. Other writes wait meanwhile.
    /// </summary>
    public void Scrub()
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

    public void Dispose()
    {
        writer.Dispose();
        checkpointer.Dispose();
        foreach (Session session in readers)
            session.Dispose();
    }

    private Task<T> PostAsync<T>(Func<WriteSession, Committer, T> write)
    {
        var work = new DelegateWork<T>(write);
        writer.Post(work);
        return work.Task;
    }

    private void OnHeadMoved(long position)
    {
        if (position == Interlocked.Exchange(ref head, position))
            return;
        Interlocked.Exchange(ref moved, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
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

    private SqliteConnection Open(bool readOnly)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = LockedSeconds }.ToString());
        connection.Open();
        connection.Execute($"PRAGMA busy_timeout = {LockedSeconds * 1000}");
        connection.Execute("PRAGMA journal_mode = WAL");
        connection.Execute("PRAGMA synchronous = FULL");
        connection.Execute("PRAGMA wal_autocheckpoint = 0"); // the checkpointer's work
        connection.Execute("PRAGMA secure_delete = FAST"); // what is removed from a page that is written anyway is overwritten
        connection.Execute("PRAGMA cache_size = " + (readOnly ? "-4096" : "-65536"));
        if (readOnly)
            connection.Execute("PRAGMA query_only = 1");
        return connection;
    }
}
