using ChannelHub.Core.Messages;
using ChannelHub.Operation;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.WebChat;

namespace ChannelHub.WebChat;

/// <summary>
/// Books what visitors have been shown. Gathered and written together, since it happens as often as streams are written and may be booked late, and again.
/// </summary>
internal sealed class SeenMessages(Database database) : IWorker
{
    private const int Most = 1000;

    private readonly Lock gate = new();
    private HashSet<long> delivered = [];

    /// <summary>Rung when there is something to book.</summary>
    public WorkerBell Bell { get; } = new();

    public string Name => "receipts of the live chat";

    public TimeSpan Idle => TimeSpan.FromMinutes(1);

    /// <summary>These were written to a visitor's stream or page.</summary>
    public void Delivered(IReadOnlyCollection<long> messageIds)
    {
        if (messageIds.Count == 0)
            return;
        lock (gate)
            delivered.UnionWith(messageIds);
        Bell.Ring();
    }

    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        HashSet<long> batch;
        lock (gate)
        {
            if (delivered.Count == 0)
                return false;
            batch = delivered;
            delivered = [];
        }
        try
        {
            foreach (long[] ids in batch.Chunk(Most))
                await database.WriteAsync(session => VisitorThreadStore.Advance(session, ids, MessageState.Delivered));
        }
        catch (StoreUnavailableException)
        {
            lock (gate)
                delivered.UnionWith(batch);
            throw;
        }
        return true;
    }
}
