namespace ChannelHub.Storage.Engine;

/// <summary>
/// Which of the work that only one node may do at a time is this node's: pulling a channel, running its lanes, reading the log in the background. Work is
/// named; what somebody asks for is sought from then on. Thread-safe.
/// </summary>
public abstract class WorkShare : IDisposable
{
    /// <summary>Raised after work was won or lost; handlers are quick and do not throw.</summary>
    public event Action? Changed;

    /// <summary>The number of this run of the program; what it leases carries it.</summary>
    public abstract long Run { get; }

    /// <summary>Whether the node is still counted on: if not, others may already do what was its work.</summary>
    public abstract bool IsAlive { get; }

    /// <summary>Whether this node does the work now.</summary>
    public abstract bool IsMine(string work);

    /// <summary>Gives everything up, for others to take at once.</summary>
    public abstract void Dispose();

    protected void RaiseChanged() => Changed?.Invoke();
}
