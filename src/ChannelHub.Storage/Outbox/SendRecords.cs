using ChannelHub.Adapters;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Outbox;

/// <summary>What became of one try to send a unit, and what is to follow.</summary>
public abstract record UnitOutcome
{
    private UnitOutcome() { }

    /// <summary>The provider has it.</summary>
    public sealed record Accepted(string? ProviderId, MessageState State) : UnitOutcome
    {
        /// <summary>Keys of the recipient that the answer revealed, in canonical form.</summary>
        public IReadOnlyList<LearnedKey> Learned { get; init; } = [];
    }

    /// <summary>It will not arrive.</summary>
    public sealed record Failed(string Error) : UnitOutcome;

    /// <summary>It may have arrived. With a time it is tried again then, because the provider drops a second copy; otherwise a person settles it.</summary>
    public sealed record Unconfirmed(string Error, long? RetryAt = null) : UnitOutcome;

    /// <summary>It did not leave, and is tried again.</summary>
    /// <param name="Error">Why.</param>
    /// <param name="DueAt">When.</param>
    /// <param name="Counts">Whether this was a try of the unit's own; it was not when the whole channel was refused.</param>
    public sealed record Deferred(string Error, long DueAt, bool Counts = true) : UnitOutcome;
}

/// <summary>Writes down what became of a unit that was being sent.</summary>
public static class SendRecords
{
    /// <summary>
    /// Records an outcome and lets the lane go on. A late one, when somebody has given the unit up meanwhile, still counts for what it says of the unit.
    /// </summary>
    /// <param name="session">The transaction.</param>
    /// <param name="unit">As it was leased.</param>
    /// <param name="outcome">What became of it.</param>
    /// <param name="nextDueAt">When the lane's next unit may go.</param>
    public static void Record(WriteSession session, OutboxRow unit, UnitOutcome outcome, long nextDueAt)
    {
        if (session.Units.Find(unit.MessageId, unit.Idx) is not { } part)
        {
            OutboxStore.Remove(session, unit, nextDueAt);
            return;
        }
        switch (outcome)
        {
            case UnitOutcome.Accepted accepted:
                OutboxStore.Remove(session, unit, nextDueAt);
                SentParts.Advance(session, part, accepted.State, error: null, accepted.ProviderId);
                session.Learner.LearnOfRecipient(unit.IdentityId, accepted.Learned, unit.ChannelId);
                break;
            case UnitOutcome.Failed failed:
                OutboxStore.Remove(session, unit, nextDueAt);
                SentParts.Advance(session, part, MessageState.Failed, failed.Error, providerId: null);
                break;
            case UnitOutcome.Unconfirmed { RetryAt: { } retryAt } unconfirmed when part.State <= (long)MessageState.Unconfirmed:
                if (OutboxStore.PutAside(session, unit, retryAt, nextDueAt))
                    SentParts.Advance(session, part, MessageState.Unconfirmed, unconfirmed.Error, providerId: null);
                break;
            case UnitOutcome.Unconfirmed unconfirmed:
                OutboxStore.Remove(session, unit, nextDueAt);
                SentParts.Advance(session, part, MessageState.Unconfirmed, unconfirmed.Error, providerId: null);
                break;
            case UnitOutcome.Deferred deferred:
                Defer(session, unit, part, deferred, nextDueAt);
                break;
        }
    }

    /// <summary>A unit that waits will never be sent.</summary>
    public static void GiveUp(WriteSession session, OutboxRow unit, string error)
    {
        if (OutboxStore.Remove(session, unit, session.Now) && SentParts.Find(session, unit.MessageId, unit.Idx) is { } part)
            SentParts.Advance(session, part, unit.Aside == 0 ? MessageState.Failed : MessageState.Unconfirmed, error, providerId: null);
    }

    private static void Defer(WriteSession session, OutboxRow unit, PartRow part, UnitOutcome.Deferred deferred, long nextDueAt)
    {
        MessageState state = DeliveryProgress.Defer((MessageState)part.State);
        bool known = state is not MessageState.Queued && (state is not MessageState.Unconfirmed || unit.Aside == 0);
        if (known)
            OutboxStore.Remove(session, unit, nextDueAt); // a report was faster than the answer
        else if (OutboxStore.PutBack(session, unit, deferred.DueAt, deferred.Counts ? unit.Attempt : unit.Attempt - 1) && state == MessageState.Queued)
            SentParts.Set(session, part, MessageState.Queued, deferred.Error);
    }
}
