using ChannelHub.Adapters.Conformance;

namespace ChannelHub.Adapters.Tests.Kit;

public sealed class ManualTimeProviderTests
{
    private static readonly DateTimeOffset Start = new(2026, 9, 21, 12, 0, 0, TimeSpan.Zero);
    private readonly ManualTimeProvider clock = new(Start);

    [Fact]
    public void Time_passes_only_when_told()
    {
        long before = clock.GetTimestamp();
        clock.GetUtcNow().ShouldBe(Start);
        clock.Advance(TimeSpan.FromSeconds(90));
        clock.GetUtcNow().ShouldBe(Start.AddSeconds(90));
        clock.GetElapsedTime(before).ShouldBe(TimeSpan.FromSeconds(90));
    }

    [Fact]
    public void Timers_fire_in_the_order_they_are_due_and_see_their_own_time()
    {
        var fired = new List<(string, DateTimeOffset)>();
        using ITimer late = clock.CreateTimer(_ => fired.Add(("late", clock.GetUtcNow())), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        using ITimer early = clock.CreateTimer(_ => fired.Add(("early", clock.GetUtcNow())), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        using ITimer never = clock.CreateTimer(_ => fired.Add(("never", clock.GetUtcNow())), null, TimeSpan.FromSeconds(9), Timeout.InfiniteTimeSpan);

        clock.Advance(TimeSpan.FromSeconds(3));

        fired.Select(entry => entry.Item1).ShouldBe(["early", "early", "late", "early"], ignoreOrder: true);
        fired[0].ShouldBe(("early", Start.AddSeconds(1)));
        fired.ShouldContain(("late", Start.AddSeconds(3)));
    }

    [Fact]
    public void A_timer_set_by_a_timer_fires_in_the_same_advance_when_it_is_due_by_then()
    {
        int fired = 0;
        using ITimer first = clock.CreateTimer(
            _ => clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        clock.Advance(TimeSpan.FromSeconds(2));
        fired.ShouldBe(1);
    }

    [Fact]
    public async Task A_delay_ends_when_its_time_has_come()
    {
        Task delay = Task.Delay(TimeSpan.FromMinutes(5), clock);
        clock.Advance(TimeSpan.FromMinutes(4));
        delay.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromMinutes(1));
        await delay.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void A_disposed_timer_is_silent()
    {
        int fired = 0;
        clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)).Dispose();
        clock.Advance(TimeSpan.FromMinutes(1));
        fired.ShouldBe(0);
    }
}
