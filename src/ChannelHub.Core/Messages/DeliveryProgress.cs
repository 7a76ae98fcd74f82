namespace ChannelHub.Core.Messages;

/// <summary>
/// How the state of an outgoing unit moves. Reports come late, twice and out of order; the result does not depend on that.
/// </summary>
public static class DeliveryProgress
{
    /// <summary>
    /// The state after a report within one attempt: only upwards, in the order of <see cref="MessageState"/>. Cancelled is final and reached
    /// only from queued; an inbound message stays received.
    /// </summary>
    public static MessageState Advance(MessageState current, MessageState reported) => (current, reported) switch
    {
        (MessageState.Cancelled or MessageState.Received, _) => current,
        (MessageState.Queued, MessageState.Cancelled) => MessageState.Cancelled,
        (_, MessageState.Cancelled or MessageState.Received) => current,
        _ => reported > current ? reported : current,
    };

    /// <summary>The state after the provider said "later": back to queued, unless more is known by now.</summary>
    public static MessageState Defer(MessageState current) => current == MessageState.Sending ? MessageState.Queued : current;

    /// <summary>
    /// The state of a unit that was sent again. Good news of an older attempt still counts: the customer has the words. That an older attempt
    /// failed or stayed unconfirmed was the reason for the new one.
    /// </summary>
    public static MessageState AcrossAttempts(MessageState latest, IEnumerable<MessageState> earlier) =>
        earlier.Where(state => state is MessageState.Sent or MessageState.Delivered or MessageState.Read).Aggregate(latest, Advance);
}
