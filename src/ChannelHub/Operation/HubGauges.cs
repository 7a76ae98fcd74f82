using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using ChannelHub.Channels;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Operation;

namespace ChannelHub.Operation;

/// <summary>What is looked up when somebody reads the metrics: depths, states, the process.</summary>
public sealed class HubGauges
{
    public HubGauges(HubMetrics metrics, Database database, ChannelDirectory channels)
    {
        Meter = metrics.Meter;
        database.Committed += metrics.Committed;
        Observe(database);
        Observe(channels);
        ObserveProcess();
    }

    /// <summary>The hub's meter, now with everything on it.</summary>
    public Meter Meter { get; }

    private void Observe(Database database)
    {
        Meter.CreateObservableGauge("channelhub.events.head", () => database.Head, null, "Position of the newest event.");
        Meter.CreateObservableGauge("channelhub.nodes", () => database.Read(NodeStore.All).Count, null, "Nodes at work.");
        Meter.CreateObservableGauge("channelhub.node.work", () => database.Read(NodeStore.Works).Count(work => work.Run == database.Share.Run), null,
            "Pieces of work that this node does and no other; none where there is only one node.");
        Meter.CreateObservableGauge("channelhub.write.queue", () => database.WritesWaiting, null, "Writes that wait for the writer.");
        Meter.CreateObservableGauge("channelhub.outbox.queued", () => database.Read(Depths.Outbox), null, "Units that are still to be sent.");
        Meter.CreateObservableGauge("channelhub.attachments.pending", () => database.Read(Depths.PendingAttachments), null, "Files that are still to be fetched.");
        Meter.CreateObservableGauge("channelhub.inbox.quarantined", () => database.Read(Depths.Quarantined), null, "Inputs that could not be read and wait for a replay.");
    }

    private void Observe(ChannelDirectory channels) => Meter.CreateObservableGauge("channelhub.channels",
        () => channels.All.GroupBy(c => (c.Row.Type, c.State)).Select(g => new Measurement<long>(g.Count(), new("type", g.Key.Type), new("state", g.Key.State))),
        null, "Channels by type and state.");

    private void ObserveProcess()
    {
        Meter.CreateObservableGauge("channelhub.process.memory", () => Environment.WorkingSet, "By", "Memory the process holds.");
        Meter.CreateObservableGauge("channelhub.process.heap", () => GC.GetTotalMemory(forceFullCollection: false), "By", "Memory the garbage collector manages.");
        Meter.CreateObservableCounter("channelhub.process.allocated", () => GC.GetTotalAllocatedBytes(), "By", "Memory allocated since the start.");
        Meter.CreateObservableCounter("channelhub.process.cpu", () => Environment.CpuUsage.TotalTime.TotalSeconds, "s", "Processor time used.");
        Meter.CreateObservableGauge("channelhub.process.threads", () => ThreadPool.ThreadCount, null, "Threads of the pool.");
        Meter.CreateObservableCounter("channelhub.process.gc", () => Enumerable.Range(0, GC.MaxGeneration + 1)
            .Select(generation => new Measurement<long>(GC.CollectionCount(generation), new KeyValuePair<string, object?>("generation", generation.ToString(CultureInfo.InvariantCulture)))),
            null, "Garbage collections.");
        using Process process = Process.GetCurrentProcess();
        double started = new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
        Meter.CreateObservableGauge("channelhub.process.start", () => started, "s", "When the process started, as Unix time.");
    }
}
