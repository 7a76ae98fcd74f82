namespace ChannelHub.Access;

/// <summary>So many calls a second, and so many at once before that rate applies. Thread-safe and without a lock: all it keeps is when the next call is due.</summary>
public sealed class TokenBucket(TimeProvider clock, long perSecond, long burst)
{
    private readonly long interval = Math.Max(1, clock.TimestampFrequency / perSecond);
    private long due; // by the steady clock: a wall clock that is set back would shut everybody out

    /// <summary>Takes one call; false with the time after which there is one again.</summary>
    public bool TryTake(out TimeSpan wait)
    {
        long now = clock.GetTimestamp();
        while (true)
        {
            long seen = Interlocked.Read(ref due);
            long next = Math.Max(seen, now) + interval;
            long early = next - now - (interval * burst);
            if (early > 0)
            {
                wait = clock.GetElapsedTime(0, early);
                return false;
            }
            if (Interlocked.CompareExchange(ref due, next, seen) == seen)
            {
                wait = default;
                return true;
            }
        }
    }
}
