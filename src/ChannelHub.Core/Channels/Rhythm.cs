namespace ChannelHub.Core.Channels;

/// <summary>Whether a channel has been quiet for longer than is its way.</summary>
/// <param name="IsSilent">True: raise <c>channel.silent</c>.</param>
/// <param name="Expected">Messages that usually come in a time like the one since the last arrival.</param>
/// <param name="Quiet">Time since the last arrival.</param>
public sealed record Silence(bool IsSilent, double Expected, TimeSpan Quiet);

/// <summary>
/// A channel's own rhythm, learned from what arrived. A channel that dies without an error (a webhook taken away, a token for another bot) shows
/// only by what does not come; nights, weekends and small channels are quiet by nature.
/// </summary>
public static class Rhythm
{
    // Where ten messages are usual, none at all comes about by chance once in twenty thousand times.
    private const double EnoughExpected = 10;
    private const int HoursPerDay = 24;
    private const int HoursPerWeek = 7 * HoursPerDay;
    private const int Weeks = 4;

    private static readonly TimeSpan ShortestSilence = TimeSpan.FromMinutes(15);

    /// <summary>Judges a channel.</summary>
    /// <param name="arrivals">Messages by hour since 1970, for up to four weeks; an hour without any may be missing.</param>
    /// <param name="lastArrival">When the last message arrived; null if none ever did.</param>
    /// <param name="now">The present.</param>
    public static Silence Judge(IReadOnlyDictionary<long, int> arrivals, DateTimeOffset? lastArrival, DateTimeOffset now)
    {
        if (lastArrival is not { } last || last >= now || arrivals.Count == 0)
            return new(IsSilent: false, Expected: 0, TimeSpan.Zero);

        // The silence itself teaches nothing: only hours before it count as history.
        var history = new History(arrivals, First: arrivals.Keys.Min(), Last: Hour(last) - 1);
        DateTimeOffset from = now - last > TimeSpan.FromDays(Weeks * 7) ? now.AddDays(-Weeks * 7) : last;
        double expected = 0;
        for (long hour = Hour(from); hour <= Hour(now); hour++)
        {
            double begin = Math.Max(from.ToUnixTimeMilliseconds() / 3_600_000.0, hour);
            double end = Math.Min(now.ToUnixTimeMilliseconds() / 3_600_000.0, hour + 1);
            expected += (end - begin) * history.Rate(hour);
        }
        return new(expected >= EnoughExpected && now - last >= ShortestSilence, expected, now - last);
    }

    private static long Hour(DateTimeOffset time) => (long)Math.Floor(time.ToUnixTimeMilliseconds() / 3_600_000.0);

    private sealed record History(IReadOnlyDictionary<long, int> Arrivals, long First, long Last)
    {
        /// <summary>
        /// Messages usual in an hour: as in the same hour of the same weekday, and while there is less than two weeks, no more than in the same
        /// hour of any day. Two days are needed to tell what is usual from what happened once.
        /// </summary>
        public double Rate(long hour)
        {
            List<int> weekly = Before(hour, HoursPerWeek, Weeks);
            if (weekly.Count >= 2)
                return Usual(weekly);
            List<int> daily = Before(hour, HoursPerDay, 7);
            if (daily.Count < 2)
                return 0;
            return weekly.Count == 1 ? Math.Min(weekly[0], Usual(daily)) : Usual(daily);
        }

        private List<int> Before(long hour, int step, int most)
        {
            var counts = new List<int>();
            for (long earlier = hour - step; earlier >= First && counts.Count < most; earlier -= step)
            {
                if (earlier <= Last)
                    counts.Add(Arrivals.GetValueOrDefault(earlier));
            }
            return counts;
        }

        // The mean without the highest: a campaign or a spam wave happens once and must not be missed for weeks after.
        private static double Usual(List<int> counts) => (counts.Sum() - counts.Max()) / (counts.Count - 1.0);
    }
}
