using System.Collections.Concurrent;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Ingest;

namespace ChannelHub.Storage.Engine;

/// <summary>
/// The hub's data: many readers, one writer. Reads see the newest commit. Writes wait in line, are grouped into one durable transaction and
/// answered after it.
/// </summary>
public sealed class Database : IDisposable
{
    // For one of the connections that read, where they are few.
    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(2);

    private readonly Dialect dialect;
    private readonly ConcurrentBag<Session> readers = [];
    private readonly SemaphoreSlim reading;
    private readonly Writer writer;
    private readonly IDisposable beside;
    private volatile TaskCompletionSource moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long head;
    private int inside;

    /// <summary>Opens or creates the data and brings it to this program's schema.</summary>
    /// <param name="dialect">Where the data is.</param>
    /// <param name="clock">The hub's clock.</param>
    /// <param name="ids">Makes the ids of rows.</param>
    /// <param name="writeQueue">How many writes may wait, whoever they are of: the last bound, for memory's sake.</param>
    /// <param name="duringMove">Whether data are being moved to it, and are not complete yet.</param>
    public Database(Dialect dialect, TimeProvider clock, IdGenerator ids, int writeQueue = 20_000, bool duringMove = false)
    {
        this.dialect = dialect;
        Ids = ids;
        Clock = clock;
        reading = new SemaphoreSlim(dialect.Readers);
        dialect.Migrate(clock.GetUtcNow().ToUnixTimeMilliseconds(), duringMove);
        Share = dialect.Join(clock.GetUtcNow().ToUnixTimeMilliseconds(), number => ids.Node = number);
        WriteLink link = dialect.OpenWriter(Share);
        var session = new WriteSession(link, ids, clock, Share);
        ids.StartAfter(session.Find<long>("SELECT coalesce((SELECT max(id) FROM message), 0)"));
        ids.StartAfter(session.Find<long>("SELECT coalesce((SELECT max(id) FROM identity), 0)"));
        head = link.Head;
        writer = new Writer(link, session, dialect.IsShared, dialect.IsStoreFailure, writeQueue, OnHeadMoved, (writes, took) => Committed?.Invoke(writes, took));
        beside = dialect.Attend(writer.BetweenBatches, OnHeadMoved);
    }

    /// <summary>Raised on the writer's thread after each commit, with how many writes it held and how long it took; handlers are quick and do not throw.</summary>
    public event Action<int, TimeSpan>? Committed;

    public IdGenerator Ids { get; }

    /// <summary>What of the work that only one node may do is this node's.</summary>
    public WorkShare Share { get; }

    public TimeProvider Clock { get; }

    /// <summary>Position of the newest event that is durable.</summary>
    public long Head => Interlocked.Read(ref head);

    /// <summary>Whether an event at a position is durable. Another node may have told a client of it before this one has heard.</summary>
    public bool HasReached(long position)
    {
        if (Head < position && dialect.IsShared)
            OnHeadMoved(Read(session => session.Find<long>("SELECT coalesce(max(position), 0) FROM event")));
        return Head >= position;
    }

    /// <summary>How many writes wait for the writer.</summary>
    public int WritesWaiting => writer.Waiting;

    /// <summary>
    /// Whether new work from outside finds the store in a state to do it in time. To be asked before a request costs anything, and of no one whose work has
    /// begun: what workers and admitted requests write is always let in.
    /// </summary>
    public bool CanTakeMore => Share.IsAlive && !writer.IsBehind(Volatile.Read(ref inside));

    /// <summary>Begins a piece of work from outside that will write, if it can be done in time. Until <see cref="Leave"/> it counts as waiting, whatever it does.</summary>
    public bool TryEnter()
    {
        bool mayEnter = CanTakeMore;
        if (mayEnter)
            Interlocked.Increment(ref inside);
        return mayEnter;
    }

    /// <summary>The work that entered is done.</summary>
    public void Leave() => Interlocked.Decrement(ref inside);

    /// <summary>Reads at once, on the caller's thread.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be reached; come back later.</exception>
    public T Read<T>(Func<Session, T> read)
    {
        // Who asks a silent store would hold a thread until the time-out.
        if (!Share.IsAlive)
            throw new StoreUnavailableException("the store has not been heard of for some seconds");
        if (!reading.Wait(LongestTurn))
            throw new StoreUnavailableException("too many are reading");
        Session? session = null;
        try
        {
            if (!readers.TryTake(out session))
                session = new Session(dialect.OpenReader());
            return read(session);
        }
        catch (Exception failure) when (dialect.IsStoreFailure(failure))
        {
            throw new StoreUnavailableException("the store cannot be read: " + failure.Message, failure);
        }
        finally
        {
            if (session is { IsUsable: true })
                readers.Add(session);
            else
                session?.Dispose();
            reading.Release();
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

    /// <summary>Makes ready for the inputs and events of the next days; to be called every minute.</summary>
    public void MakeRoom() => dialect.MakeRoom(Clock.GetUtcNow());

    /// <summary>Forgets a few of the raw inputs that have smaller ids and are settled; whether there may be more.</summary>
    public Task<bool> ForgetInputAsync(long beforeId) => dialect.ForgetInputAsync(this, beforeId);

    /// <summary>Forgets a few of the events up to a position that were raised before a time, in Unix milliseconds, but never the newest; whether there may be more.</summary>
    public Task<bool> ForgetEventsAsync(long before, long upTo) => dialect.ForgetEventsAsync(this, before, upTo);

    /// <summary>Writes a consistent copy to a file that does not exist yet.</summary>
    public void BackUp(string target) => dialect.BackUp(target);

    /// <summary>Clears away what removed content has left behind, as far as the engine can. Other writes may wait meanwhile.</summary>
    public void Scrub() => dialect.Scrub();

    public void Dispose()
    {
        writer.Dispose();
        beside.Dispose();
        Share.Dispose();
        foreach (Session session in readers)
            session.Dispose();
        reading.Dispose();
    }

    private Task<T> PostAsync<T>(Func<WriteSession, Committer, T> write)
    {
        var work = new DelegateWork<T>(write);
        writer.Post(work);
        return work.Task;
    }

    private void OnHeadMoved(long position)
    {
        long known = Head;
        while (position > known)
        {
            long before = Interlocked.CompareExchange(ref head, position, known);
            if (before == known)
            {
                Interlocked.Exchange(ref moved, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
                return;
            }
            known = before;
        }
    }
}
