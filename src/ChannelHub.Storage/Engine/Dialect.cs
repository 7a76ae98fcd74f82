namespace ChannelHub.Storage.Engine;

/// <summary>What differs between the engines that can hold the hub's data.</summary>
public abstract class Dialect
{
    /// <summary>Whether other nodes may write the same data, so that nothing read in one transaction is known in the next.</summary>
    internal abstract bool IsShared { get; }

    /// <summary>How many threads may read at once.</summary>
    internal abstract int Readers { get; }

    /// <summary>Brings the data to this program's schema, once, whoever else tries to.</summary>
    /// <param name="now">Unix milliseconds.</param>
    /// <param name="duringMove">Whether it is a move of data that asks; nobody else gets in while one is not completed.</param>
    internal abstract void Migrate(long now, bool duringMove);

    /// <summary>Whether a failure is the store's (full, broken, gone) and not that of the data.</summary>
    internal abstract bool IsStoreFailure(Exception exception);

    /// <summary>Makes this process one of the hub's nodes.</summary>
    /// <param name="now">Unix milliseconds.</param>
    /// <param name="numbered">Told the number that goes into the ids this node makes, at once and whenever it changes.</param>
    internal abstract WorkShare Join(long now, Action<int> numbered);

    /// <summary>Opens the connection that writes, after <see cref="Join"/>.</summary>
    internal abstract WriteLink OpenWriter(WorkShare share);

    internal abstract Link OpenReader();

    /// <summary>Begins what goes on beside the writer; it ends with the answer's disposal.</summary>
    /// <param name="betweenBatches">Has the writer's thread run something between two transactions.</param>
    /// <param name="headMoved">Told of events that others have committed.</param>
    internal abstract IDisposable Attend(Action<Action<WriteLink>> betweenBatches, Action<long> headMoved);

    /// <summary>Makes ready for the inputs and events of the next time.</summary>
    internal virtual void MakeRoom(DateTimeOffset now)
    {
        // Most engines need nothing of the kind.
    }

    /// <summary>Forgets a few of the raw inputs that have smaller ids and are settled; whether there may be more.</summary>
    internal abstract Task<bool> ForgetInputAsync(Database database, long beforeId);

    /// <summary>Forgets a few of the events up to a position that were raised before a time, in Unix milliseconds, but never the newest; whether there may be more.</summary>
    internal abstract Task<bool> ForgetEventsAsync(Database database, long before, long upTo);

    /// <summary>Writes a consistent copy to a file that does not exist yet.</summary>
    internal abstract void BackUp(string target);

    /// <summary>Clears away what removed content has left behind, as far as the engine can.</summary>
    internal abstract void Scrub();
}
