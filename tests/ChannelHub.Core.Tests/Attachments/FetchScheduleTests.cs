using ChannelHub.Core.Attachments;

namespace ChannelHub.Core.Tests.Attachments;

public sealed class FetchScheduleTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Tomorrow = Now.AddDays(1);

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 30)]
    [InlineData(3, 120)]
    [InlineData(4, 600)]
    [InlineData(5, 1800)]
    [InlineData(6, 3600)]
    [InlineData(7, 3600)]
    [InlineData(1_000_000, 3600)]
    public void The_wait_grows_to_an_hour_and_stays_there(long attempt, int seconds) =>
        FetchSchedule.Next(attempt, retryAfter: null, Now, Tomorrow, random01: 0.5).ShouldBe(Now.AddSeconds(seconds));

    [Theory]
    [InlineData(0, 8)]
    [InlineData(1, 12)]
    public void Many_files_are_spread_by_a_fifth(double random, int seconds) =>
        FetchSchedule.Next(2, retryAfter: null, Now, Tomorrow, random).ShouldBe(Now.AddSeconds(seconds * 3));

    [Fact]
    public void A_wait_that_the_provider_asks_for_is_not_undercut()
    {
        FetchSchedule.Next(1, TimeSpan.FromHours(3), Now, Tomorrow, 0.5).ShouldBe(Now.AddHours(3));
        FetchSchedule.Next(6, TimeSpan.FromSeconds(1), Now, Tomorrow, 0.5).ShouldBe(Now.AddHours(1));
    }

    [Fact]
    public void The_last_try_is_when_the_provider_forgets_the_file()
    {
        FetchSchedule.Next(6, retryAfter: null, Now, Now.AddMinutes(20), 0.5).ShouldBe(Now.AddMinutes(20));
        FetchSchedule.Next(6, TimeSpan.FromDays(30), Now, Tomorrow, 0.5).ShouldBe(Tomorrow);
        FetchSchedule.Next(6, TimeSpan.MaxValue, Now, Tomorrow, 0.5).ShouldBe(Tomorrow);
    }

    [Fact]
    public void After_that_there_is_none()
    {
        FetchSchedule.Next(1, retryAfter: null, Now, Now, 0.5).ShouldBeNull();
        FetchSchedule.Next(1, retryAfter: null, Now, Now.AddDays(-40), 0.5).ShouldBeNull();
    }
}
