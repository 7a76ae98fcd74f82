using ChannelHub.Core.Messages;

namespace ChannelHub.Core.Tests.Messages;

public sealed class RetryScheduleTests
{
    private static readonly DateTimeOffset Now = new(2026, 7, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_schedule_is_5_s_30_s_2_min_10_min_and_then_every_30_min()
    {
        double[] waits = [.. Enumerable.Range(1, 8).Select(attempt => (RetrySchedule.Next(attempt, retryAfter: null, Now, random01: 0.5) - Now).TotalSeconds)];
        waits.ShouldBe([5, 30, 120, 600, 1800, 1800, 1800, 1800]);
    }

    [Theory]
    [InlineData(0.0, 24)]
    [InlineData(1.0, 36)]
    public void The_wait_is_spread_by_a_fifth_either_way(double random01, double seconds) =>
        RetrySchedule.Next(2, retryAfter: null, Now, random01).ShouldBe(Now.AddSeconds(seconds));

    [Theory]
    [InlineData(1, 60, 60)]
    [InlineData(4, 60, 600)]
    [InlineData(1, 3_600, 3_600)]
    [InlineData(1, 86_400, 3_600)]
    [InlineData(6, 86_400, 3_600)]
    [InlineData(1, -5, 5)]
    public void A_provider_s_wait_is_never_undercut_and_cut_at_an_hour(int attempt, int asked, int expected) =>
        RetrySchedule.Next(attempt, TimeSpan.FromSeconds(asked), Now, random01: 0.5).ShouldBe(Now.AddSeconds(expected));
}
