using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using ChannelHub.Channels;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Operation;

namespace ChannelHub.Operation;

/// <summary>What the hub measures of itself. Features add their own instruments to <see cref="Meter"/>.</summary>
public sealed class HubMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "ChannelHub";

    private static readonly string[] Statuses = [.. Enumerable.Range(0, 600).Select(s => s.ToString(CultureInfo.InvariantCulture))];
    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] };

    private readonly Counter<long> requests;
    private readonly Histogram<double> requestTimes;
    private readonly Counter<long> hooks;
    private readonly Histogram<double> commitTimes;
    private readonly Counter<long> writes;

    public HubMetrics(Database database, ChannelDirectory channels)
    {
        requests = Meter.CreateCounter<long>("channelhub.requests", null, "Requests answered, those of hooks apart.");
        requestTimes = Meter.CreateHistogram("channelhub.request.duration", "s", "Time from a request's headers to the end of its answer.", null, Seconds);
        hooks = Meter.CreateCounter<long>("channelhub.hooks", null, "Requests of providers by channel type and what became of them.");
        commitTimes = Meter.CreateHistogram("channelhub.commit.duration", "s", "Time of one transaction of the writer, made durable.", null, Seconds);
        writes = Meter.CreateCounter<long>("channelhub.writes", null, "Writes that became durable; many share one transaction.");
        database.Committed += (count, took) =>
        {
            writes.Add(count);
            commitTimes.Record(took.TotalSeconds);
        };
        Observe(database);
        Observe(channels);
        ObserveProcess();
    }

    /// <summary>The meter of this hub; two hubs in one process have one each.</summary>
    public Meter Meter { get; } = new(MeterName, typeof(HubMetrics).Assembly.GetName().Version?.ToString(3));

    /// <summary>A request was answered.</summary>
    public void Answered(string method, string route, int status, TimeSpan took)
    {
        requests.Add(1, new("method", Known(method)), new("route", route), new("status", Statuses[Math.Clamp(status, 0, Statuses.Length - 1)]));
        requestTimes.Record(took.TotalSeconds, new KeyValuePair<string, object?>("route", route));
    }

    /// <summary>A provider called a channel of this type.</summary>
    public void Hook(string channelType, string outcome) => hooks.Add(1, new("type", channelType), new("outcome", outcome));

    public void Dispose() => Meter.Dispose();

    private void Observe(Database database)
    {
        Meter.CreateObservableGauge("channelhub.events.head", () => database.Head, null, "Position of the newest event.");
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
            .Select(generation => new Measurement<long>(GC.CollectionCount(generation), new KeyValuePair<string, object?>("generation", Statuses[generation]))),
            null, "Garbage collections.");
        using Process process = Process.GetCurrentProcess();
        double started = new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
        Meter.CreateObservableGauge("channelhub.process.start", () => started, "s", "When the process started, as Unix time.");
    }

    // What clients make up must not become labels without end.
    private static string Known(string method) => method switch
    {
        "GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS" => method,
        _ => "other",
    };
}
