using System.Runtime.InteropServices;

namespace ChannelHub.Core.Messages;

/// <summary>
/// A message's place in its thread: fixed when it is stored, and never changed. Times are whole milliseconds, as they are stored, so that the
/// order in memory and in the database is the same.
/// </summary>
/// <param name="OccurredAt">When it was said, as far as that can be believed.</param>
/// <param name="Sequence">The provider's own order within the thread; 0 where it has none.</param>
/// <param name="Id">The message's id, which is in order of arrival.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ThreadOrder(DateTimeOffset OccurredAt, long Sequence, long Id) : IComparable<ThreadOrder>
{
    /// <summary>A provider's clock may be this far ahead of ours before its time is not believed.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>The place of an inbound message: by the provider's time, or by arrival where that is missing or lies in the future.</summary>
    public static ThreadOrder Incoming(DateTimeOffset? providerTime, DateTimeOffset arrivedAt, long sequence, long id)
    {
        DateTimeOffset occurred = providerTime is { } told && told - arrivedAt <= Tolerance ? told : arrivedAt;
        return new(WholeMilliseconds(occurred), sequence, id);
    }

    /// <summary>The place of an outgoing message: by the time it was queued, however late it leaves.</summary>
    public static ThreadOrder Outgoing(DateTimeOffset queuedAt, long id) => new(WholeMilliseconds(queuedAt), 0, id);

    /// <inheritdoc/>
    public int CompareTo(ThreadOrder other)
    {
        int byTime = OccurredAt.CompareTo(other.OccurredAt);
        if (byTime != 0)
            return byTime;
        int bySequence = Sequence.CompareTo(other.Sequence);
        return bySequence != 0 ? bySequence : Id.CompareTo(other.Id);
    }

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <(ThreadOrder left, ThreadOrder right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >(ThreadOrder left, ThreadOrder right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <=(ThreadOrder left, ThreadOrder right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >=(ThreadOrder left, ThreadOrder right) => left.CompareTo(right) >= 0;

    private static DateTimeOffset WholeMilliseconds(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
}
