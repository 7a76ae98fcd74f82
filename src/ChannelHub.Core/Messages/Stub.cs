namespace ChannelHub.Core.Messages;
public enum MessageState { Queued, Sending, Unconfirmed, Sent, Failed, Delivered, Read, Cancelled, Received }
public static class DeliveryProgress { public static MessageState Advance(MessageState a, MessageState b) => (MessageState)Math.Max((int)a,(int)b); }
public static class MessageStates { public static MessageState OfParts(IReadOnlyList<MessageState> p) => p.Min(); }
public static class ThreadOrder { public static DateTimeOffset At(DateTimeOffset? at, DateTimeOffset arrival) => at is { } a && a <= arrival + TimeSpan.FromMinutes(5) ? a : arrival; }
