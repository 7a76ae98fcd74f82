using System.Collections.Concurrent;
using ChannelHub.Adapters;
using ChannelHub.Channels;
using ChannelHub.Operation;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Outbox;

/// <summary>The lanes of all channels, and the bell that wakes the dispatcher when something was put into one.</summary>
public sealed class Lanes : IDisposable
{
    private readonly ConcurrentDictionary<long, ChannelLanes> lanes = [];
    private readonly ConcurrentQueue<long> retired = [];
    private readonly ChannelDirectory directory;

    private readonly WorkShare share;

    public Lanes(ChannelDirectory directory, Database database)
    {
        share = database.Share;
        this.directory = directory;
        directory.Changed += OnChanged;
        share.Changed += RingAll;
    }

    /// <summary>Rings when there may be something to send.</summary>
    public WorkerBell Bell { get; } = new();

    /// <summary>Units were queued for a channel. Quick and thread-safe: made for <c>AfterCommit</c>.</summary>
    public void Ring(long channelId)
    {
        if (lanes.TryGetValue(channelId, out ChannelLanes? of))
            of.Ring();
        Bell.Ring();
    }

    /// <summary>Units may have been queued for any channel, by another node.</summary>
    public void RingAll()
    {
        foreach (ChannelLanes of in lanes.Values)
            of.Ring();
        Bell.Ring();
    }

    public void Dispose()
    {
        share.Changed -= RingAll;
        directory.Changed -= OnChanged;
        Bell.Dispose();
    }

    /// <summary>The name of a channel's lanes as work that one node does.</summary>
    internal static string WorkOf(LiveChannel channel) => "lanes:" + channel.PublicId;

    /// <summary>The channels that may send through this node, with their lanes.</summary>
    internal List<(LiveChannel Channel, ChannelLanes Of)> Open() =>
        [.. directory.All.Where(c => c.Enabled && !c.Paused && c.Ability<IMessageSender>() is not null && share.IsMine(WorkOf(c))).Select(c => (c, Of(c)))];

    /// <summary>Whether an unanswered send on a channel may simply be repeated.</summary>
    internal bool Deduplicates(long channelId) => directory.TryGet(channelId, out LiveChannel? channel) && channel.Limits.DeduplicatesSends;

    /// <summary>Of some channels those that are retired: what waits there will never be sent.</summary>
    internal void Retire(IEnumerable<long> channelIds)
    {
        foreach (long channelId in channelIds.Where(id => !directory.TryGet(id, out _)))
            retired.Enqueue(channelId);
    }

    /// <summary>A channel that was retired and may have units left.</summary>
    internal bool TryTakeRetired(out long channelId) => retired.TryDequeue(out channelId);

    private ChannelLanes Of(LiveChannel channel)
    {
        ChannelLanes of = lanes.GetOrAdd(channel.Id, static (_, limits) => new ChannelLanes(limits), channel.Limits);
        of.Obey(channel.Limits);
        return of;
    }

    private void OnChanged(LiveChannel channel)
    {
        Retire([channel.Id]);
        Ring(channel.Id);
    }
}
