namespace ChannelHub.Outbox;

/// <summary>
/// A rate with a burst. Time is an argument, in milliseconds of any clock that does not step back. A rate that is not positive limits nothing.
/// </summary>
internal sealed class TokenBucket(double perSecond, double burst)
{
    private readonly double burst = Math.Max(1, burst);
    private double tokens = Math.Max(1, burst);
    private long filledAt = long.MinValue;

    /// <summary>Takes a token; false if there is none.</summary>
    public bool TryTake(long now)
    {
        Fill(now);
        if (tokens < 1)
            return false;
        if (perSecond > 0)
            tokens--;
        return true;
    }

    /// <summary>When the next token can be taken.</summary>
    public long NextAt(long now)
    {
        Fill(now);
        return tokens >= 1 ? now : now + (long)Math.Ceiling((1 - tokens) / perSecond * 1000);
    }

    /// <summary>Whether it is as good as new.</summary>
    public bool IsFull(long now)
    {
        Fill(now);
        return tokens >= burst;
    }

    private void Fill(long now)
    {
        if (filledAt != long.MinValue && now > filledAt)
            tokens = Math.Min(burst, tokens + ((now - filledAt) / 1000.0 * perSecond));
        filledAt = Math.Max(filledAt, now);
    }
}
