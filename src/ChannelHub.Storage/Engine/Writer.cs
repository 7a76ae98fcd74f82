using ChannelHub.Storage.Ingest;

namespace ChannelHub.Storage.Engine;

/// <summary>
/// The one writer. It takes whatever waits, without a timer, and writes it in one transaction; callers are answered after the commit. If a
/// batch fails for its data it is halved until the culprit alone fails; if it fails for the store, all of it does, and what waits as well: a store that
/// says nothing would keep it for another time-out.
/// </summary>
internal sealed class Writer : IDisposable
{
    private const int MaxBatch = 1000;

    private readonly Lock gate = new();
    private readonly AutoResetEvent wake = new(initialState: false);
    private readonly bool shared;
    private readonly int capacity;
    private readonly WriteLink link;
    private readonly Func<Exception, bool> isStoreFailure;
    private readonly WriteSession session;
    private readonly Committer committer;
    private readonly Action<long> headMoved;
    private readonly Action<int, TimeSpan> committed;
    private readonly Backlog backlog = new();
    private readonly Queue<Work> waiting = [];
    private readonly Thread thread;
    private bool stopping;
    private Action<WriteLink>? between;

    public Writer(
        WriteLink link, WriteSession session, bool shared, Func<Exception, bool> isStoreFailure, int capacity, Action<long> headMoved, Action<int, TimeSpan> committed)
    {
        this.link = link;
        this.isStoreFailure = isStoreFailure;
        this.session = session;
        this.shared = shared;
        this.capacity = capacity;
        this.headMoved = headMoved;
        this.committed = committed;
        committer = new Committer(session);
        thread = new Thread(Loop) { IsBackground = true, Name = "writer" };
        thread.Start();
    }

    /// <summary>One thing to write. Its members run on the writer's thread.</summary>
    internal abstract class Work
    {
        /// <summary>The input, if it brings nothing but messages.</summary>
        public virtual Intake? Plain => null;

        /// <summary>When it was posted, as a timestamp of the clock.</summary>
        public long PostedAt { get; set; }

        /// <summary>Writes. It may run again after a rollback, so it changes nothing but the database and what it will answer.</summary>
        public abstract void Execute(WriteSession session, Committer committer);

        /// <summary>The transaction is durable.</summary>
        public abstract void Complete();

        /// <summary>Nothing of this was stored.</summary>
        public abstract void Fail(Exception exception);
    }

    /// <summary>How many works wait.</summary>
    public int Waiting
    {
        get
        {
            lock (gate)
                return waiting.Count;
        }
    }

    /// <summary>Whether who comes now would wait for too long. Who comes nevertheless is let in.</summary>
    /// <param name="announced">How many have begun what will end in a write.</param>
    public bool IsBehind(int announced)
    {
        lock (gate)
            return backlog.IsTooLong(Math.Max(announced, waiting.Count), waiting.TryPeek(out Work? oldest) ? session.Clock.GetElapsedTime(oldest.PostedAt) : TimeSpan.Zero);
    }

    public void Post(Work work)
    {
        work.PostedAt = session.Clock.GetTimestamp();
        lock (gate)
        {
            if (stopping)
                throw new StoreUnavailableException("the hub is stopping");
            if (waiting.Count >= capacity)
                throw new StoreUnavailableException("too much is waiting to be written");
            waiting.Enqueue(work);
            if (waiting.Count > 1)
                return; // the first one has woken the writer
        }
        wake.Set();
    }

    /// <summary>Has the writer's thread run something between two transactions. Of several askings only the last may be heard.</summary>
    public void BetweenBatches(Action<WriteLink> action)
    {
        Volatile.Write(ref between, action);
        wake.Set();
    }

    /// <summary>Writes what waits, then ends.</summary>
    public void Dispose()
    {
        lock (gate)
            stopping = true;
        wake.Set();
        thread.Join();
        session.Dispose();
        wake.Dispose();
    }

    private void Loop()
    {
        var batch = new List<Work>();
        while (true)
        {
            wake.WaitOne();
            while (Take(batch))
            {
                RunBetween();
                Write(batch, 0, batch.Count);
                batch.Clear();
            }
            RunBetween();
            lock (gate)
            {
                if (stopping && waiting.Count == 0)
                    return;
            }
        }
    }

    private bool Take(List<Work> batch)
    {
        lock (gate)
        {
            while (batch.Count < MaxBatch && waiting.TryDequeue(out Work? next))
                batch.Add(next);
        }
        return batch.Count > 0;
    }

    private Work[] TakeAll()
    {
        lock (gate)
        {
            Work[] all = [.. waiting];
            waiting.Clear();
            return all;
        }
    }

    private void Write(List<Work> works, int start, int count)
    {
        long began = session.Clock.GetTimestamp();
        try
        {
            link.Begin();
            int plain = shared ? LookAhead(works, start, count) : 0;
            for (int i = start; i < start + plain; i++)
                works[i].Execute(session, committer);
            if (plain > 0)
                committer.Gathered();
            for (int i = start + plain; i < start + count; i++)
                works[i].Execute(session, committer);
            committer.Flush();
            link.Commit();
        }
        catch (Exception exception)
        {
            RollBack();
            if (isStoreFailure(exception))
                FailAll([.. works[start..(start + count)], .. TakeAll()], new StoreUnavailableException("the store cannot be written: " + exception.Message, exception));
            else if (count == 1)
                works[start].Fail(exception);
            else
            {
                Write(works, start, count / 2);
                Write(works, start + (count / 2), count - (count / 2));
            }
            return;
        }
        session.Committed();
        headMoved(link.Head);
        TimeSpan took = session.Clock.GetElapsedTime(began);
        lock (gate)
            backlog.Wrote(count, took);
        committed(count, took);
        for (int i = start; i < start + count; i++)
            works[i].Complete();
    }

    /// <summary>
    /// Where others write too, nothing known from the last transaction holds for certain; what is needed is read for all at once. None of the works has been
    /// answered yet, so their order is free, and those that bring nothing but messages go first: answers how many there are.
    /// </summary>
    private int LookAhead(List<Work> works, int start, int count)
    {
        session.Identities.Doubt();
        Work[] ordered = [.. works.Skip(start).Take(count).OrderBy(work => work.Plain is null)];
        for (int i = 0; i < count; i++)
            works[start + i] = ordered[i];
        List<Intake> plain = [.. ordered.Select(work => work.Plain).OfType<Intake>()];
        if (plain.Count > 0)
            committer.LookAhead(plain);
        return plain.Count;
    }

    private void RollBack()
    {
        link.RollBack();
        session.RolledBack();
        committer.RolledBack();
    }

    private void RunBetween()
    {
        Action<WriteLink>? action = Interlocked.Exchange(ref between, null);
        action?.Invoke(link);
    }

    private static void FailAll(List<Work> works, Exception exception)
    {
        foreach (Work work in works)
            work.Fail(exception);
    }
}
