namespace ChannelHub.Core.Messages;

/// <summary>Where a message or one of its parts stands. The first seven are in the order in which an attempt to send moves up.</summary>
public enum MessageState
{
    /// <summary>Waits to be sent.</summary>
    Queued,

    /// <summary>About to leave; written before the first byte does.</summary>
    Sending,

    /// <summary>It left and nobody answered: it may have arrived.</summary>
    Unconfirmed,

    /// <summary>The provider has it.</summary>
    Sent,

    /// <summary>It will not arrive.</summary>
    Failed,

    /// <summary>It is on the customer's device.</summary>
    Delivered,

    /// <summary>The customer has seen it.</summary>
    Read,

    /// <summary>Taken back while it was queued.</summary>
    Cancelled,

    /// <summary>An inbound message.</summary>
    Received,
}

/// <summary>States as the API and the store write them, and the state of a whole message.</summary>
public static class MessageStates
{
    /// <summary>The state's name outside the program.</summary>
    public static string Name(this MessageState state) => state switch
    {
        MessageState.Queued => "queued",
        MessageState.Sending => "sending",
        MessageState.Unconfirmed => "unconfirmed",
        MessageState.Sent => "sent",
        MessageState.Failed => "failed",
        MessageState.Delivered => "delivered",
        MessageState.Read => "read",
        MessageState.Cancelled => "cancelled",
        MessageState.Received => "received",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };

    /// <summary>The state of a name; null if there is none.</summary>
    public static MessageState? Parse(string? name) => name switch
    {
        "queued" => MessageState.Queued,
        "sending" => MessageState.Sending,
        "unconfirmed" => MessageState.Unconfirmed,
        "sent" => MessageState.Sent,
        "failed" => MessageState.Failed,
        "delivered" => MessageState.Delivered,
        "read" => MessageState.Read,
        "cancelled" => MessageState.Cancelled,
        "received" => MessageState.Received,
        _ => null,
    };

    /// <summary>
    /// A message is as far as its least advanced part, and failed if any part failed. A cancelled part comes before a queued one: what was
    /// taken back will not be sent, however far the others are.
    /// </summary>
    public static MessageState OfParts(IEnumerable<MessageState> parts)
    {
        MessageState? least = null;
        foreach (MessageState part in parts)
        {
            if (part == MessageState.Failed)
                return part;
            if (least is null || Rank(part) < Rank(least.Value))
                least = part;
        }
        return least ?? throw new ArgumentException("A message has at least one part.", nameof(parts));
    }

    private static int Rank(MessageState state) => state == MessageState.Cancelled ? -1 : (int)state;
}
