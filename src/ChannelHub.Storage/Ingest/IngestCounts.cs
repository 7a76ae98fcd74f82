using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Ingest;

/// <summary>The loss equation of the transaction being written, added up per channel and written once.</summary>
internal sealed class IngestCounts
{
    private readonly Dictionary<long, Counts> channels = [];

    /// <summary>The counts of one channel in this transaction.</summary>
    public Counts Of(long channelId)
    {
        if (!channels.TryGetValue(channelId, out Counts? counts))
            channels.Add(channelId, counts = new Counts());
        return counts;
    }

    public void Clear() => channels.Clear();

    public void Write(WriteSession session)
    {
        foreach ((long channelId, Counts c) in channels)
        {
            long received = c.Stored + c.Duplicate + c.Ignored + c.Quarantined;
            session.Execute("""
                INSERT INTO channel_count (channel_id, received, stored, duplicate, ignored, quarantined, rejected, last_at)
                VALUES (@channelId, @received, @Stored, @Duplicate, @Ignored, @Quarantined, @Rejected, @LastAt)
                ON CONFLICT (channel_id) DO UPDATE SET received = channel_count.received + excluded.received,
                  stored = channel_count.stored + excluded.stored, duplicate = channel_count.duplicate + excluded.duplicate,
                  ignored = channel_count.ignored + excluded.ignored, quarantined = channel_count.quarantined + excluded.quarantined,
                  rejected = channel_count.rejected + excluded.rejected, last_at = coalesce(excluded.last_at, channel_count.last_at)
                """, new { channelId, received, c.Stored, c.Duplicate, c.Ignored, c.Quarantined, c.Rejected, c.LastAt });
            if (c.LastAt is { } at && received > 0)
            {
                session.Execute("""
                    INSERT INTO channel_hour (channel_id, hour, received) VALUES (@channelId, @hour, @received)
                    ON CONFLICT (channel_id, hour) DO UPDATE SET received = channel_hour.received + excluded.received
                    """, new { channelId, hour = at / 3_600_000, received });
            }
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
