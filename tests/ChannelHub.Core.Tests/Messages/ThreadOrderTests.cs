using ChannelHub.Core.Messages;

namespace ChannelHub.Core.Tests.Messages;

public sealed class ThreadOrderTests
{
    private static readonly DateTimeOffset Arrival = new(2026, 7, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_inbound_message_stands_where_the_provider_says_it_was_written() =>
        ThreadOrder.Incoming(Arrival.AddHours(-3), Arrival, 0, 1).OccurredAt.ShouldBe(Arrival.AddHours(-3));

    [Theory]
    [InlineData(300, 300)]
    [InlineData(301, 0)]
    [InlineData(31_536_000, 0)]
    public void A_time_more_than_five_minutes_ahead_of_arrival_is_not_believed(int ahead, int expected) =>
        ThreadOrder.Incoming(Arrival.AddSeconds(ahead), Arrival, 0, 1).OccurredAt.ShouldBe(Arrival.AddSeconds(expected));

    [Fact]
    public void Without_a_provider_time_arrival_counts() =>
        ThreadOrder.Incoming(providerTime: null, Arrival, 7, 1).ShouldBe(new ThreadOrder(Arrival, 7, 1));

    [Fact]
    public void Messages_of_one_moment_follow_the_provider_s_sequence_and_then_arrival()
    {
        ThreadOrder[] thread =
        [
            ThreadOrder.Incoming(Arrival.AddTicks(9_999), Arrival, sequence: 2, id: 10),
            ThreadOrder.Incoming(Arrival, Arrival, sequence: 1, id: 12),
            ThreadOrder.Incoming(Arrival, Arrival, sequence: 1, id: 11),
            ThreadOrder.Outgoing(Arrival.AddSeconds(-1), id: 13),
        ];
        Array.Sort(thread);
        thread.Select(place => place.Id).ShouldBe([13, 11, 12, 10]);
    }

    [Fact]
    public void Times_are_whole_utc_milliseconds() =>
        ThreadOrder.Outgoing(new DateTimeOffset(2026, 7, 1, 14, 0, 0, TimeSpan.FromHours(2)).AddTicks(12_345), 1).OccurredAt
            .ShouldBe(Arrival.AddMilliseconds(1));
}
