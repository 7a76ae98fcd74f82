namespace ChannelHub.Core.Messages;

/// <summary>When a deferred unit is tried again. A chat is over after a few hours, so the hub then gives up and says so.</summary>
public static class RetrySchedule
{
    /// <summary>A longer wait asked for by a provider is cut: an operator must see within the hour whether a channel is back.</summary>
    public static readonly TimeSpan LongestRetryAfter = TimeSpan.FromHours(1);

    private const double Jitter = 0.2;

    private static readonly TimeSpan[] Delays =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromSeconds(30),
        TimeSpan.FromMinutes(2),
        TimeSpan.FromMinutes(10),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2),
    ];

    /// <summary>When to try again after a failed attempt; null to give up.</summary>
    /// <param name="attempt">The attempt that failed; 1 is the first.</param>
    /// <param name="retryAfter">The wait the provider asked for; it is never undercut.</param>
    /// <param name="now">When it failed.</param>
    /// <param name="random01">Between 0 and 1; spreads the attempts of many units by a fifth either way.</param>
    public static DateTimeOffset? Next(int attempt, TimeSpan? retryAfter, DateTimeOffset now, double random01)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        if (attempt > Delays.Length)
            return null;
        TimeSpan wait = Delays[attempt - 1] * (1 - Jitter + (2 * Jitter * random01));
        TimeSpan asked = retryAfter is { } given && given > LongestRetryAfter ? LongestRetryAfter : retryAfter ?? TimeSpan.Zero;
        return now + (asked > wait ? asked : wait);
    }
}
