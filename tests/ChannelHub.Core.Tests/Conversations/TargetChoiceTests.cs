using ChannelHub.Core.Conversations;
using ChannelHub.Core.Messages;

namespace ChannelHub.Core.Tests.Conversations;

public sealed class TargetChoiceTests
{
    private const long Telegram = 1, Sms = 2, Chat = 3;
    private const long Account = 10, Phone = 20;

    [Fact]
    public void Nobody_is_answered_where_nobody_wrote() => TargetChoice.Choose([Way(Account, Telegram)]).ShouldBe(new Target.Nowhere(TargetObstacle.None));

    [Fact]
    public void The_newest_proven_word_wins() => TargetChoice.Choose(
    [
        Way(Account, Telegram, proven: 5),
        Way(Phone, Sms, proven: 7),
        Way(Account, Chat, proven: 6),
    ]).ShouldBe(new Target.Chosen(Phone, Sms));

    [Fact]
    public void An_older_proven_word_wins_over_a_newer_claim() => TargetChoice.Choose(
    [
        Way(Account, Telegram, proven: 5),
        Way(Phone, Sms, inbound: 9),
    ]).ShouldBe(new Target.Chosen(Account, Telegram));

    [Fact]
    public void A_newer_claim_on_the_same_way_does_not_hide_what_was_proven() => TargetChoice.Choose(
    [
        Way(Account, Telegram, proven: 5, inbound: 9),
        Way(Phone, Sms, proven: 4),
    ]).ShouldBe(new Target.Chosen(Account, Telegram));

    [Fact]
    public void Without_proof_the_newest_word_wins() => TargetChoice.Choose(
    [
        Way(Account, Telegram, inbound: 5),
        Way(Phone, Sms, inbound: 9),
    ]).ShouldBe(new Target.Chosen(Phone, Sms));

    [Fact]
    public void Without_a_word_it_goes_where_the_shop_last_wrote() => TargetChoice.Choose(
    [
        Way(Account, Telegram) with { NewestOutbound = At(3) },
        Way(Phone, Sms) with { NewestOutbound = At(4) },
    ]).ShouldBe(new Target.Chosen(Phone, Sms));

    [Theory]
    [InlineData(TargetObstacle.ChannelCannotSend)]
    [InlineData(TargetObstacle.Closed)]
    [InlineData(TargetObstacle.Blocked)]
    [InlineData(TargetObstacle.OptedOut)]
    [InlineData(TargetObstacle.Unreachable)]
    [InlineData(TargetObstacle.WindowClosed)]
    public void What_cannot_be_answered_is_passed_over_and_named_when_nothing_else_is_left(TargetObstacle obstacle)
    {
        TargetCandidate stopped = Way(Account, Telegram, proven: 9) with { Obstacle = obstacle };

        TargetChoice.Choose([stopped, Way(Phone, Sms, inbound: 1)]).ShouldBe(new Target.Chosen(Phone, Sms));
        TargetChoice.Choose([stopped]).ShouldBe(new Target.Nowhere(obstacle));
    }

    [Fact]
    public void What_is_named_is_kept_to()
    {
        TargetCandidate[] ways = [Way(Account, Telegram, proven: 9), Way(Phone, Sms, inbound: 1), Way(Phone, Chat)];

        TargetChoice.Choose(ways, channelId: Sms).ShouldBe(new Target.Chosen(Phone, Sms));
        TargetChoice.Choose(ways, identityId: Phone).ShouldBe(new Target.Chosen(Phone, Sms));
        TargetChoice.Choose(ways, channelId: Chat).ShouldBe(new Target.Chosen(Phone, Chat));
        TargetChoice.Choose(ways, channelId: Telegram, identityId: Phone).ShouldBe(new Target.Nowhere(TargetObstacle.None));
        TargetChoice.Choose([Way(Account, Telegram, proven: 9) with { Obstacle = TargetObstacle.OptedOut }, .. ways[1..]], channelId: Telegram)
            .ShouldBe(new Target.Nowhere(TargetObstacle.OptedOut));
    }

    [Fact]
    public void A_wish_of_the_customer_says_more_than_a_channel_that_leads_nowhere() => TargetChoice.Choose(
    [
        Way(Account, Sms) with { Obstacle = TargetObstacle.NotReached },
        Way(Phone, Sms) with { Obstacle = TargetObstacle.OptedOut },
    ], channelId: Sms).ShouldBe(new Target.Nowhere(TargetObstacle.OptedOut));

    [Fact]
    public void The_order_of_the_ways_does_not_matter()
    {
        TargetCandidate[] ways = [Way(Account, Telegram, inbound: 5), Way(Phone, Sms, inbound: 5), Way(Account, Chat), Way(Phone, Chat, inbound: 2)];

        foreach (int shift in Enumerable.Range(0, ways.Length))
            TargetChoice.Choose([.. ways[shift..], .. ways[..shift]]).ShouldBe(new Target.Chosen(Account, Telegram));
    }

    private static TargetCandidate Way(long identity, long channel, int? proven = null, int? inbound = null) => new(identity, channel, TargetObstacle.None)
    {
        NewestProven = proven is { } p ? At(p) : null,
        NewestInbound = (inbound ?? proven) is { } i ? At(i) : null,
    };

    private static ThreadOrder At(int minute) => new(DateTimeOffset.UnixEpoch.AddMinutes(minute), 0, 0);
}
