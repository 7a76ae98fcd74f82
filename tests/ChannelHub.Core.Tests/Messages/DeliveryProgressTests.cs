using ChannelHub.Core.Messages;
using FsCheck.Fluent;
using static ChannelHub.Core.Messages.MessageState;

namespace ChannelHub.Core.Tests.Messages;

public sealed class DeliveryProgressTests
{
    private static readonly MessageState[] OfAnAttempt = [Queued, Sending, Unconfirmed, Sent, Failed, Delivered, Read];

    [Fact]
    public void The_outcome_of_reports_depends_neither_on_their_order_nor_on_repetition() =>
        Property.HoldsForLists(5_000, Gen.Elements(OfAnAttempt), 8, reports =>
        {
            MessageState expected = reports.Aggregate(Queued, DeliveryProgress.Advance);
            MessageState[] shuffled = [.. reports, .. reports];
            new Random(reports.Length).Shuffle(shuffled);
            shuffled.Aggregate(Queued, DeliveryProgress.Advance).ShouldBe(expected);
        });

    [Fact]
    public void Advancing_is_commutative_idempotent_associative_and_never_goes_down()
    {
        foreach (MessageState a in OfAnAttempt)
        {
            DeliveryProgress.Advance(a, a).ShouldBe(a);
            foreach (MessageState b in OfAnAttempt)
            {
                DeliveryProgress.Advance(a, b).ShouldBe(DeliveryProgress.Advance(b, a));
                ((int)DeliveryProgress.Advance(a, b)).ShouldBeGreaterThanOrEqualTo((int)a);
                foreach (MessageState c in OfAnAttempt)
                {
                    DeliveryProgress.Advance(DeliveryProgress.Advance(a, b), c)
                        .ShouldBe(DeliveryProgress.Advance(a, DeliveryProgress.Advance(b, c)));
                }
            }
        }
    }

    [Theory]
    [InlineData(Sending, Unconfirmed, Unconfirmed)]
    [InlineData(Unconfirmed, Sending, Unconfirmed)]
    [InlineData(Unconfirmed, Delivered, Delivered)]
    [InlineData(Failed, Delivered, Delivered)]
    [InlineData(Sent, Failed, Failed)]
    [InlineData(Delivered, Failed, Delivered)]
    [InlineData(Read, Delivered, Read)]
    [InlineData(Queued, Cancelled, Cancelled)]
    [InlineData(Sending, Cancelled, Sending)]
    [InlineData(Cancelled, Sent, Cancelled)]
    [InlineData(Received, Read, Received)]
    [InlineData(Queued, Received, Queued)]
    public void A_report_moves_a_unit_only_up(MessageState current, MessageState reported, MessageState expected) =>
        DeliveryProgress.Advance(current, reported).ShouldBe(expected);

    [Theory]
    [InlineData(Sending, Queued)]
    [InlineData(Queued, Queued)]
    [InlineData(Unconfirmed, Unconfirmed)]
    [InlineData(Delivered, Delivered)]
    [InlineData(Cancelled, Cancelled)]
    public void A_deferred_unit_goes_back_to_the_queue_unless_more_is_known(MessageState current, MessageState expected) =>
        DeliveryProgress.Defer(current).ShouldBe(expected);

    [Theory]
    [InlineData(Queued, Unconfirmed, Queued)]
    [InlineData(Queued, Failed, Queued)]
    [InlineData(Queued, Delivered, Delivered)]
    [InlineData(Failed, Read, Read)]
    [InlineData(Sent, Delivered, Delivered)]
    [InlineData(Read, Sent, Read)]
    public void After_a_resend_only_good_news_of_the_old_attempt_counts(MessageState latest, MessageState earlier, MessageState expected) =>
        DeliveryProgress.AcrossAttempts(latest, [earlier]).ShouldBe(expected);

    [Theory]
    [InlineData(Sent, new[] { Sent, Read, Delivered })]
    [InlineData(Failed, new[] { Read, Failed, Queued })]
    [InlineData(Queued, new[] { Read, Queued, Sending })]
    [InlineData(Unconfirmed, new[] { Unconfirmed, Sent })]
    [InlineData(Cancelled, new[] { Sent, Cancelled })]
    [InlineData(Received, new[] { Received, Received })]
    public void A_message_is_as_far_as_its_least_advanced_part_and_failed_if_any_failed(MessageState expected, MessageState[] parts) =>
        MessageStates.OfParts(parts).ShouldBe(expected);

    [Fact]
    public void Every_state_has_a_name_and_is_found_by_it()
    {
        foreach (MessageState state in Enum.GetValues<MessageState>())
        {
            state.Name().ShouldBe(state.ToString().ToLowerInvariant());
            MessageStates.Parse(state.Name()).ShouldBe(state);
        }
        MessageStates.Parse("SENT").ShouldBeNull();
        MessageStates.Parse(null).ShouldBeNull();
    }
}
