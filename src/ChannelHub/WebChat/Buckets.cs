using System.Runtime.InteropServices;
namespace ChannelHub.WebChat;

/// <summary>
/// So much in a span of time, for each of many keys. A key that has had nothing for that long costs no memory; when there are too many keys all the
/// same, those that have most left are forgotten first, so that a flood of strangers does not free whoever is being held back.
/// </summary>
/// <param name="clock">The hub's clock.</param>
/// <param name="capacity">What a key may take at once.</param>
/// <param name="span">In what time an empty bucket fills up again.</param>
/// <param name="mostKeys">Keys kept.</param>
internal sealed class Buckets(TimeProvider clock, double capacity, TimeSpan span, int mostKeys = 100_000)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Level> levels = [];

    /// <summary>Takes <paramref name="amount"/>, or takes nothing and says after what time to come back.</summary>
    public TimeSpan? Take(string key, double amount = 1)
    {
        lock (gate)
        {
            long now = clock.GetTimestamp();
            double left = Left(key, now);
            if (left < amount)
                return span * Math.Min(1, (Math.Min(amount, capacity) - left) / capacity);
            Set(key, left - amount, now);
            return null;
        }
    }

    /// <summary>What a key may still take now.</summary>
    public double Left(string key)
    {
        lock (gate)
            return Left(key, clock.GetTimestamp());
    }

    /// <summary>Takes what was used already, even if there is less left.</summary>
    public void Charge(string key, double amount)
    {
        lock (gate)
        {
            long now = clock.GetTimestamp();
            Set(key, Math.Max(0, Left(key, now) - amount), now);
        }
    }

    private double Left(string key, long now) => levels.TryGetValue(key, out Level level) ? LeftOf(level, now) : capacity;

    private double LeftOf(Level level, long now) => Math.Min(capacity, level.Amount + (capacity * (clock.GetElapsedTime(level.At, now) / span)));

    private void Set(string key, double left, long now)
    {
        levels[key] = new Level(left, now);
        if (levels.Count > mostKeys)
            Forget(now);
    }

    private void Forget(long now)
    {
        foreach ((string key, _) in levels.OrderByDescending(pair => LeftOf(pair.Value, now)).Take(mostKeys / 10 + 1).ToList())
            levels.Remove(key);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Level(double Amount, long At);
}
