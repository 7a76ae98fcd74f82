namespace ChannelHub.Core.Events;

/// <summary>What can happen. The numbers stand in rows: append only, never renumber.</summary>
public enum EventType
{
    MessageReceived = 1,
    MessageUpdated = 2,
    MessageDeleted = 3,
    MessageQueued = 4,
    MessageSent = 5,
    MessageDelivered = 6,
    MessageRead = 7,
    MessageFailed = 8,
    MessageUnconfirmed = 9,
    ReactionChanged = 10,
    AttachmentReady = 11,
    AttachmentFailed = 12,
    CustomerCreated = 13,
    CustomerUpdated = 14,
    CustomerMerged = 15,
    CustomerUnmerged = 16,
    IdentityAdded = 17,
    IdentityBlocked = 18,
    IdentityClosed = 19,
    IdentityOptedOut = 20,
    IdentityOptedIn = 21,
    AliasLearned = 22,
    SuggestionCreated = 23,
    SuggestionResolved = 24,
    ConversationRead = 25,
    ChannelUp = 26,
    ChannelDown = 27,
    ChannelPaused = 28,
    ChannelResumed = 29,
    ChannelSilent = 30,
    InboxQuarantined = 31,
    ClaimLearned = 32,
    CustomerErased = 33,
}

/// <summary>The names of event types in the API.</summary>
public static class EventTypes
{
    private static readonly string[] Names =
    [
        "", "message.received", "message.updated", "message.deleted", "message.queued", "message.sent", "message.delivered", "message.read",
        "message.failed", "message.unconfirmed", "reaction.changed", "attachment.ready", "attachment.failed", "customer.created",
        "customer.updated", "customer.merged", "customer.unmerged", "identity.added", "identity.blocked", "identity.closed",
        "identity.opted_out", "identity.opted_in", "alias.learned", "suggestion.created", "suggestion.resolved", "conversation.read",
        "channel.up", "channel.down", "channel.paused", "channel.resumed", "channel.silent", "inbox.quarantined", "claim.learned", "customer.erased",
    ];

    /// <summary>Every name, in the order of the numbers.</summary>
    public static ReadOnlySpan<string> All => Names.AsSpan(1);

    public static string Name(EventType type) => Names[(int)type];

    public static bool TryParse(string name, out EventType type)
    {
        int index = Array.IndexOf(Names, name, 1);
        type = (EventType)Math.Max(index, 0);
        return index > 0;
    }

    /// <summary>Whether the event's data is a message.</summary>
    public static bool IsMessage(EventType type) => type is >= EventType.MessageReceived and <= EventType.MessageUnconfirmed;
}
