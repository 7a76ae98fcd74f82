namespace ChannelHub.Core.Ids;

/// <summary>
/// Makes ids that are unique over nodes and ordered by time: 41 bits of milliseconds since 2025, 10 bits of node, 12 bits of count.
/// Thread-safe. A clock that steps back does not: the last millisecond is kept until time catches up.
/// </summary>
public sealed class IdGenerator(TimeProvider clock)
{
    private const int CountBits = 12;
    private const int NodeBits = 10;
    private static readonly long Epoch = new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private readonly Lock gate = new();
    private long last; // milliseconds since the epoch, shifted, plus the count
    private volatile int node;

    /// <summary>The number of the node that makes ids, 0 to 1,023; given before the first is made.</summary>
    public int Node
    {
        get => node;
        set => node = value;
    }

    public long Next()
    {
        long now = (clock.GetUtcNow().ToUnixTimeMilliseconds() - Epoch) << CountBits;
        lock (gate)
        {
            // More than 4,096 ids in one millisecond borrow from the next.
            last = Math.Max(now, last + 1);
            long time = last >> CountBits;
            return (time << (NodeBits + CountBits)) | ((long)node << CountBits) | (last & ((1 << CountBits) - 1));
        }
    }

    /// <summary>Ids are made after this one, also if the clock was set back since it was made, and whichever node made it.</summary>
    public void StartAfter(long id)
    {
        // From the next millisecond on: within one, the node's number counts for more than the count.
        lock (gate)
            last = Math.Max(last, (((id >> (NodeBits + CountBits)) + 1) << CountBits) - 1);
    }

    /// <summary>The smallest id that could have been made at <paramref name="at"/>; for walking a time range by id.</summary>
    public static long FirstAt(DateTimeOffset at) => Math.Max(0, at.ToUnixTimeMilliseconds() - Epoch) << (NodeBits + CountBits);

    /// <summary>When an id was made.</summary>
    public static DateTimeOffset MadeAt(long id) => DateTimeOffset.FromUnixTimeMilliseconds((id >> (NodeBits + CountBits)) + Epoch);
}
