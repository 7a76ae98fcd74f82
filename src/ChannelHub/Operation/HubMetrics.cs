using System.Diagnostics.Metrics;
using System.Globalization;

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

    public HubMetrics()
    {
        requests = Meter.CreateCounter<long>("channelhub.requests", null, "Requests answered, those of hooks apart.");
        requestTimes = Meter.CreateHistogram("channelhub.request.duration", "s", "Time from a request's headers to the end of its answer.", null, Seconds);
        hooks = Meter.CreateCounter<long>("channelhub.hooks", null, "Requests of providers by channel type and what became of them.");
        commitTimes = Meter.CreateHistogram("channelhub.commit.duration", "s", "Time of one transaction of the writer, made durable.", null, Seconds);
        writes = Meter.CreateCounter<long>("channelhub.writes", null, "Writes that became durable; many share one transaction.");
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

    /// <summary>The writer made a transaction durable.</summary>
    public void Committed(int count, TimeSpan took)
    {
        writes.Add(count);
        commitTimes.Record(took.TotalSeconds);
    }

    public void Dispose() => Meter.Dispose();

    // What clients make up must not become labels without end.
    private static string Known(string method) => method switch
    {
        "GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS" => method,
        _ => "other",
    };
}
