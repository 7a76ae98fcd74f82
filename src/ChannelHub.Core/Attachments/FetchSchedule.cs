namespace ChannelHub.Core.Attachments;

/// <summary>When a file that could not be fetched is tried again: soon at first, then every hour until its provider forgets it.</summary>
public static class FetchSchedule
{
    private const double Jitter = 0.2;

    private static readonly TimeSpan[] Delays =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromSeconds(30),
        TimeSpan.FromMinutes(2),
        TimeSpan.FromMinutes(10),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1),
    ];

    /// <summary>When to try again; null when the provider has forgotten the file, and the last try was made after that.</summary>
    /// <param name="attempt">The attempt that failed; 1 is the first.</param>
    /// <param name="retryAfter">The wait the provider asks for; it is never undercut, but for the last try.</param>
    /// <param name="now">When it failed.</param>
    /// <param name="expiresAt">When the provider forgets it.</param>
    /// <param name="random01">Between 0 and 1; spreads the attempts of many files by a fifth either way.</param>
    public static DateTimeOffset? Next(long attempt, TimeSpan? retryAfter, DateTimeOffset now, DateTimeOffset expiresAt, double random01)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        if (now >= expiresAt)
            return null;
        TimeSpan wait = Delays[Math.Min(attempt, Delays.Length) - 1] * (1 - Jitter + (2 * Jitter * random01));
        TimeSpan asked = retryAfter is { } given && given > wait ? given : wait;
        return expiresAt - now > asked ? now + asked : expiresAt;
    }
}
