using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace ChannelHub.Operation;

/// <summary>Adds up what a meter measures and writes it as OpenMetrics text. Adding up takes no lock and, once a set of labels is known, no memory.</summary>
public sealed class OpenMetrics : IDisposable
{
    public const string ContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private readonly ConcurrentDictionary<Instrument, Family> families = [];
    private readonly MeterListener listener = new();
    private readonly Lock gate = new();

    public OpenMetrics(HubGauges gauges)
    {
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (ReferenceEquals(instrument.Meter, gauges.Meter))
                self.EnableMeasurementEvents(instrument, families.GetOrAdd(instrument, static i => new Family(i)));
        };
        listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((Family)family!).Add(value, tags));
        listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((Family)family!).Add(value, tags));
        listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((Family)family!).Add(value, tags));
        listener.Start();
    }

    public string Render()
    {
        var text = new StringBuilder(16 * 1024);
        lock (gate)
        {
            foreach (Family family in families.Values.Where(f => f.IsObserved))
                family.Forget();
            Observe();
            foreach (Family family in families.Values.OrderBy(f => f.Name, StringComparer.Ordinal))
                family.Write(text);
        }
        return text.Append("# EOF\n").ToString();
    }

    public void Dispose() => listener.Dispose();

    /// <summary>What cannot be observed now is left out: a broken store is the moment when the rest is wanted.</summary>
    private void Observe()
    {
        try
        {
            listener.RecordObservableInstruments();
        }
        catch (AggregateException)
        {
            return;
        }
    }

    /// <summary>One instrument and its series.</summary>
    private sealed class Family(Instrument instrument)
    {
        private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], Series> series = new(LabelComparer.Instance);
        private readonly bool isCounter = instrument.GetType().Name.Contains("Counter", StringComparison.Ordinal);
        private readonly double[]? bounds = instrument is Histogram<double> histogram ? [.. histogram.Advice?.HistogramBucketBoundaries ?? []] : null;
        private readonly string unit = instrument.Unit switch { "s" => "seconds", "By" => "bytes", _ => "" };

        public string Name { get; } = instrument.Name.Replace('.', '_') + (instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" });

        public bool IsObserved => instrument.IsObservable;

        /// <summary>What is observed anew is told in full each time.</summary>
        public void Forget() => series.Clear();

        public void Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
        {
            if (!series.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>().TryGetValue(labels, out Series? one))
                one = series.GetOrAdd(labels.ToArray(), static (set, limits) => new Series(Render(set), limits), bounds);
            one.Add(value);
        }

        public void Write(StringBuilder text)
        {
            text.Append("# TYPE ").Append(Name).Append(bounds is not null ? " histogram\n" : isCounter ? " counter\n" : " gauge\n");
            if (unit.Length > 0)
                text.Append("# UNIT ").Append(Name).Append(' ').Append(unit).Append('\n');
            text.Append("# HELP ").Append(Name).Append(' ').Append(Escape(instrument.Description ?? "")).Append('\n');
            foreach (Series one in series.Values.OrderBy(s => s.Labels, StringComparer.Ordinal))
                one.Write(text, Name, isCounter ? "_total" : "");
        }

        private static string Render(KeyValuePair<string, object?>[] labels) =>
            string.Join(',', labels.Select(l => $"{l.Key}=\"{Escape(Convert.ToString(l.Value, CultureInfo.InvariantCulture) ?? "")}\""));
    }

    /// <summary>One set of labels.</summary>
    private sealed class Series(string labels, double[]? bounds)
    {
        private readonly long[] buckets = bounds is null ? [] : new long[bounds.Length + 1];
        private double sum;

        public string Labels { get; } = labels;

        public void Add(double value)
        {
            double seen = Volatile.Read(ref sum);
            while (true)
            {
                double before = Interlocked.CompareExchange(ref sum, seen + value, seen);
                if (before.Equals(seen))
                    break;
                seen = before;
            }
            if (bounds is null)
                return;
            int at = 0;
            while (at < bounds.Length && value > bounds[at])
                at++;
            Interlocked.Increment(ref buckets[at]);
        }

        public void Write(StringBuilder text, string name, string suffix)
        {
            if (bounds is null)
            {
                Line(text, name + suffix, Labels, sum);
                return;
            }
            long count = 0;
            for (int i = 0; i < buckets.Length; i++)
            {
                count += Interlocked.Read(ref buckets[i]);
                string bound = $"le=\"{(i < bounds.Length ? Number(bounds[i], "0.0###") : "+Inf")}\"";
                Line(text, name + "_bucket", Labels.Length == 0 ? bound : Labels + "," + bound, count);
            }
            Line(text, name + "_count", Labels, count);
            Line(text, name + "_sum", Labels, sum);
        }

        private static void Line(StringBuilder text, string name, string labels, double value)
        {
            text.Append(name);
            if (labels.Length > 0)
                text.Append('{').Append(labels).Append('}');
            text.Append(' ').Append(Number(value, "R")).Append('\n');
        }

        private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
    }

    private static string Escape(string text) => text.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal);

    /// <summary>Finds a series by labels that still stand on the caller's stack. All instruments name their labels in one order.</summary>
    private sealed class LabelComparer : IEqualityComparer<KeyValuePair<string, object?>[]>,
        IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, KeyValuePair<string, object?>[]>
    {
        public static readonly LabelComparer Instance = new();

        public KeyValuePair<string, object?>[] Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => alternate.ToArray();

        public bool Equals(KeyValuePair<string, object?>[]? x, KeyValuePair<string, object?>[]? y) => Equals(x.AsSpan(), y!);

        public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, KeyValuePair<string, object?>[] other)
        {
            if (alternate.Length != other.Length)
                return false;
            for (int i = 0; i < other.Length; i++)
            {
                if (!Equals(alternate[i].Value, other[i].Value))
                    return false;
            }
            return true;
        }

        public int GetHashCode(KeyValuePair<string, object?>[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
        {
            var hash = new HashCode();
            foreach (KeyValuePair<string, object?> label in alternate)
                hash.Add(label.Value);
            return hash.ToHashCode();
        }
    }
}
