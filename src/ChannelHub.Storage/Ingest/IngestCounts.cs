using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Ingest;

/// <summary>The loss equation of the transaction being written, added up per channel and written once.</summary>
internal sealed class IngestCounts(WriteSession session)
{
    private readonly Statement count = session.Prepare("""
        INSERT INTO channel_count (channel_id, received, stored, duplicate, ignored, quarantined, rejected, last_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (channel_id) DO UPDATE SET received = channel_count.received + excluded.received,
          stored = channel_count.stored + excluded.stored, duplicate = channel_count.duplicate + excluded.duplicate,
          ignored = channel_count.ignored + excluded.ignored, quarantined = channel_count.quarantined + excluded.quarantined,
          rejected = channel_count.rejected + excluded.rejected, last_at = coalesce(excluded.last_at, channel_count.last_at)
        """);

    private readonly Statement countHour = session.Prepare("""
        INSERT INTO channel_hour (channel_id, hour, received) VALUES (?, ?, ?)
        ON CONFLICT (channel_id, hour) DO UPDATE SET received = channel_hour.received + excluded.received
        """);

    private readonly Dictionary<long, Counts> channels = [];

    /// <summary>The counts of one channel in this transaction.</summary>
    public Counts Of(long channelId)
    {
        if (!channels.TryGetValue(channelId, out Counts? counts))
            channels.Add(channelId, counts = new Counts());
        return counts;
    }

    public void Clear() => channels.Clear();

    public void Write()
    {
        foreach ((long channelId, Counts c) in channels)
        {
            long received = c.Stored + c.Duplicate + c.Ignored + c.Quarantined;
            count.Bind(channelId).Bind(received).Bind(c.Stored).Bind(c.Duplicate).Bind(c.Ignored).Bind(c.Quarantined).Bind(c.Rejected).Bind(c.LastAt).Run();
            if (c.LastAt is { } at && received > 0)
                countHour.Bind(channelId).Bind(at / 3_600_000).Bind(received).Run();
        }
        channels.Clear();
    }

    internal sealed class Counts
    {
        public long Stored { get; set; }
        public long Duplicate { get; set; }
        public long Ignored { get; set; }
        public long Quarantined { get; set; }
        public long Rejected { get; set; }

        /// <summary>When input last arrived; null if this was a replay.</summary>
        public long? LastAt { get; set; }
    }
}
