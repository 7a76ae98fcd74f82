using ChannelHub.Core.Channels;

namespace ChannelHub.Core.Tests.Channels;

public sealed class RhythmTests
{
    // A Wednesday.
    private static readonly DateTimeOffset Noon = new(2026, 7, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_quiet_night_raises_nothing()
    {
        DateTimeOffset evening = Noon.AddHours(5).AddMinutes(50);
        Silence silence = Rhythm.Judge(OfficeHours(until: evening, days: 28), evening, Noon.AddHours(19));
        silence.IsSilent.ShouldBeFalse();
        silence.Quiet.ShouldBe(TimeSpan.FromMinutes(790));
    }

    [Fact]
    public void A_quiet_weekend_raises_nothing_and_Monday_morning_does()
    {
        DateTimeOffset friday = new(2026, 7, 3, 17, 59, 0, TimeSpan.Zero);
        Dictionary<long, int> arrivals = OfficeHours(until: friday, days: 27);
        Rhythm.Judge(arrivals, friday, new(2026, 7, 6, 8, 20, 0, TimeSpan.Zero)).IsSilent.ShouldBeFalse();
        Rhythm.Judge(arrivals, friday, new(2026, 7, 6, 8, 31, 0, TimeSpan.Zero)).IsSilent.ShouldBeTrue();
    }

    [Theory]
    [InlineData(14, false)]
    [InlineData(29, false)]
    [InlineData(31, true)]
    [InlineData(300, true)]
    public void Silence_at_a_busy_noon_is_raised_once_ten_messages_are_missing(int minutes, bool silent)
    {
        // Twenty an hour: ten are missing after half an hour.
        Silence silence = Rhythm.Judge(OfficeHours(until: Noon, days: 28), Noon, Noon.AddMinutes(minutes));
        silence.IsSilent.ShouldBe(silent);
        silence.Expected.ShouldBe(minutes / 3.0, tolerance: 0.01);
    }

    [Fact]
    public void Even_the_busiest_channel_may_be_quiet_for_a_quarter_of_an_hour()
    {
        Dictionary<long, int> arrivals = OfficeHours(until: Noon, days: 28, perHour: 5_000);
        Rhythm.Judge(arrivals, Noon, Noon.AddMinutes(14)).IsSilent.ShouldBeFalse();
        Rhythm.Judge(arrivals, Noon, Noon.AddMinutes(15)).IsSilent.ShouldBeTrue();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(10)]
    public void A_few_days_are_enough_to_know_the_hours_of_the_day(int days) =>
        Rhythm.Judge(Always(until: Noon, days), Noon, Noon.AddMinutes(45)).IsSilent.ShouldBeTrue();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_new_channel_never_alarms(int days)
    {
        Dictionary<long, int> arrivals = Always(until: Noon, days);
        for (int hours = 1; hours < 400; hours++)
            Rhythm.Judge(arrivals, Noon, Noon.AddHours(hours)).IsSilent.ShouldBeFalse();
    }

    [Theory]
    [InlineData(28, 7)]
    [InlineData(28, 1)]
    [InlineData(10, 7)]
    [InlineData(5, 1)]
    [InlineData(3, 2)]
    public void A_burst_that_happened_once_does_not_fool_it(int days, int burstDaysAgo)
    {
        Dictionary<long, int> arrivals = Always(until: Noon, days, perHour: 1);
        foreach (int hour in new[] { 0, 1, 2 })
            arrivals[Hour(Noon.AddDays(-burstDaysAgo)) + hour] = 10_000;
        Rhythm.Judge(arrivals, Noon, Noon.AddHours(3)).IsSilent.ShouldBeFalse();
    }

    [Fact]
    public void A_channel_with_a_message_now_and_then_takes_days()
    {
        Dictionary<long, int> arrivals = [];
        for (int day = 1; day <= 28; day++)
            arrivals[Hour(Noon.AddDays(-day))] = 3;
        Rhythm.Judge(arrivals, Noon.AddHours(-1), Noon.AddDays(2)).IsSilent.ShouldBeFalse();
        Rhythm.Judge(arrivals, Noon.AddHours(-1), Noon.AddDays(5)).IsSilent.ShouldBeTrue();
    }

    [Fact]
    public void A_long_silence_stays_one()
    {
        Dictionary<long, int> arrivals = Always(until: Noon, days: 28);
        for (int days = 1; days < 60; days++)
        {
            DateTimeOffset now = Noon.AddDays(days);

            // What is older than four weeks has been forgotten.
            Dictionary<long, int> kept = arrivals.Where(hour => hour.Key >= Hour(now.AddDays(-28))).ToDictionary();
            if (days < 20)
                Rhythm.Judge(kept, Noon, now).IsSilent.ShouldBeTrue($"after {days} days");
            else
                Should.NotThrow(() => Rhythm.Judge(kept, Noon, now));
        }
    }

    [Fact]
    public void A_channel_that_never_had_a_message_is_not_silent()
    {
        Rhythm.Judge(new Dictionary<long, int>(), lastArrival: null, Noon).ShouldBe(new Silence(IsSilent: false, 0, TimeSpan.Zero));
        Rhythm.Judge(OfficeHours(Noon, 28), Noon.AddMinutes(1), Noon).IsSilent.ShouldBeFalse();
    }

    private static Dictionary<long, int> OfficeHours(DateTimeOffset until, int days, int perHour = 20) =>
        Hours(until, days).Where(time => time.Hour is >= 8 and < 18 && time.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday))
            .ToDictionary(Hour, _ => perHour);

    private static Dictionary<long, int> Always(DateTimeOffset until, int days, int perHour = 20) =>
        Hours(until, days).ToDictionary(Hour, _ => perHour);

    private static IEnumerable<DateTimeOffset> Hours(DateTimeOffset until, int days) =>
        Enumerable.Range(0, (days * 24) + 1).Select(back => until.AddHours(-back));

    private static long Hour(DateTimeOffset time) => time.ToUnixTimeSeconds() / 3600;
}
