namespace ChannelHub.Core.Messages;

/// <summary>
/// When a deferred unit is tried again: soon at first, then every half hour, since who waits for an answer should have it soon after a provider is back. When to
/// give up is the operator's to say.
/// </summary>
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
    ];

    /// <summary>When to try again after a failed attempt.</summary>
    /// <param name="attempt">The attempt that failed; 1 is the first.</param>
    /// <param name="retryAfter">The wait the provider asked for; it is never undercut.</param>
    /// <param name="now">When it failed.</param>
    /// <param name="random01">Between 0 and 1; spreads the attempts of many units by a fifth either way.</param>
    public static DateTimeOffset Next(int attempt, TimeSpan? retryAfter, DateTimeOffset now, double random01)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        TimeSpan wait = Delays[Math.Min(attempt, Delays.Length) - 1] * (1 - Jitter + (2 * Jitter * random01));
        TimeSpan asked = retryAfter is { } given && given > LongestRetryAfter ? LongestRetryAfter : retryAfter ?? TimeSpan.Zero;
        return now + (asked > wait ? asked : wait);
    }
}
