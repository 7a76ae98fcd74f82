using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;
using ChannelHub.Storage.Outbox;

namespace ChannelHub.Storage.Ingest;

/// <summary>Applies what happens to messages and identities after they are there: edits, removals, receipts, reactions, opt-outs.</summary>
internal sealed class ChangeWriter(WriteSession session, EventKeys keys, IdentityResolver identities, MessageWriter messages)
{
    /// <summary>False if there was nothing to apply it to.</summary>
    public bool Apply(Intake intake, IntakeEntry.Understood entry, long inboxId)
    {
        switch (entry.Event)
        {
            case MessageChanged changed:
                return Change(intake, entry, changed, inboxId);
            case MessageRemoved removed:
                return Remove(intake, removed);
            case DeliveryReported reported:
                SentParts.Report(session, intake.ChannelId, reported);
                if (entry.Learned.Count > 0 && SentParts.RecipientOf(session, intake.ChannelId, reported) is { } recipient)
                    session.Learner.LearnOfRecipient(recipient, entry.Learned, intake.ChannelId);
                ReachMarks.Learn(session, intake.ChannelId, reported);
                return true;
            case CallReported reported:
                return Call(intake, entry, reported, inboxId);
            case ThreadReported reported:
                return ReportThread(intake, entry, reported);
            case ReactionChanged reaction:
                return React(intake, entry, reaction);
            case SubscriptionChanged subscription:
                Subscribe(intake, identities.Resolve(intake, entry.Sender!), subscription);
                return true;
            case AliasLearned learned:
                Rename(identities.Resolve(intake, entry.Sender!), learned);
                return true;
            default:
                return false;
        }
    }

    private bool Change(Intake intake, IntakeEntry.Understood entry, MessageChanged changed, long inboxId)
    {
        if (keys.MessageOf(intake.ChannelId, changed.Id.Value) is not { } messageId)
        {
            if (changed.AsReceived is not { } received)
                return false;
            keys.Claim(intake.ChannelId, received.Id.Value, entry.MessageId);
            messages.Receive(intake, entry, received, inboxId);
            return true;
        }
        if (MessageStore.Find(session, messageId) is not { } message)
            return false;
        long at = changed.At?.ToUnixTimeMilliseconds() ?? intake.ReceivedAt;
        // An edit that comes after a newer one is not what the message says now.
        if (message.EditedAt > at)
            return false;
        MessageStore.Revise(session, message, entry.Content!.Json, entry.Content.Files.Count, at);
        if (entry.Content.Files.Count > 0)
            AttachmentStore.Attach(session, intake, messageId, message.IdentityId, changed.At, entry.Content.Files);
        return true;
    }

    // Reports of one call come in any order, and each knows only its own.
    private bool Call(Intake intake, IntakeEntry.Understood entry, CallReported reported, long inboxId)
    {
        if (keys.MessageOf(intake.ChannelId, reported.Id.Value) is not { } messageId)
        {
            if (reported.Sender is not { } caller)
                return false;
            keys.Claim(intake.ChannelId, reported.Id.Value, entry.MessageId);
            messages.Receive(intake, entry, new MessageReceived(reported.Id, caller, [reported.Call]) { At = reported.At }, inboxId);
            return true;
        }
        MessageRow message = MessageStore.Find(session, messageId)!;
        string known = message.Revision <= 1
            ? message.Content
            : MessageStore.Revisions(session, [messageId]).Find(revision => revision.Revision == message.Revision)?.Content ?? message.Content;
        if (CallMerge.Merge(known, entry.Content!.Json) is not { } merged)
            return true;
        bool recording = merged.TookRecording && entry.Content.Files.Count > 0;
        MessageStore.Revise(session, message, merged.Content, recording ? entry.Content.Files.Count : (int)message.Files, Math.Max(intake.ReceivedAt, message.EditedAt ?? 0));
        if (recording)
            AttachmentStore.Attach(session, intake, messageId, message.IdentityId, reported.At, entry.Content.Files);
        return true;
    }

    private bool Remove(Intake intake, MessageRemoved removed)
    {
        if (keys.MessageOf(intake.ChannelId, removed.Id.Value) is not { } messageId || MessageStore.Find(session, messageId) is not { } message)
            return false;
        MessageStore.MarkDeleted(session, message, removed.At?.ToUnixTimeMilliseconds() ?? intake.ReceivedAt);
        return true;
    }

    private bool React(Intake intake, IntakeEntry.Understood entry, ReactionChanged reaction)
    {
        if (keys.MessageOf(intake.ChannelId, reaction.Id.Value) is not { } messageId)
            return false;
        KnownIdentity identity = identities.Resolve(intake, entry.Sender!);
        if (reaction.Reactions.Count > 0)
            identities.OpenWindow(identity, intake, reaction.At);
        ReactionStore.Set(session, messageId, identity.Id, reaction.Reactions, reaction.At?.ToUnixTimeMilliseconds() ?? intake.ReceivedAt);
        return true;
    }

    // A receipt makes no customer, and what was never sent is not looked for.
    private bool ReportThread(Intake intake, IntakeEntry.Understood entry, ThreadReported reported)
    {
        if (identities.Known(entry.Sender!) is not { } identity)
            return false;
        if (reported.LastId is not { } last)
            return SentParts.ReportUpTo(session, intake.ChannelId, identity.Id, reported.State, reported.UpTo?.ToUnixTimeMilliseconds() ?? 0);
        return keys.MessageOf(intake.ChannelId, last.Value) is { } messageId && MessageStore.Find(session, messageId) is { } message
            && message.IdentityId == identity.Id && SentParts.ReportUpTo(session, intake.ChannelId, identity.Id, reported.State, message.OccurredAt);
    }

    // Linked before it is closed: the customer stays one, and whoever has the address next is another.
    private void Rename(KnownIdentity identity, AliasLearned learned)
    {
        if (learned.GivenUp is null || !CustomerStore.Close(session, identity.Id))
            return;
        string data = JsonSerializer.Serialize(new ClosedData(HubId.Format(IdPrefix.Identity, identity.Id)), MessageJson.Default.ClosedData);
        session.Append(EventType.IdentityClosed, session.Now, identity.Id, identity.CustomerId, data: data);
    }

    private void Subscribe(Intake intake, KnownIdentity identity, SubscriptionChanged subscription)
    {
        long? at = subscription.OptedOut ? intake.ReceivedAt : null;
        // One kind of message alone is the provider's to hold back; here it is only told.
        int changed = subscription.Only is not null ? 1 : session.Execute("""
            UPDATE reach SET opted_out_at = @at WHERE identity_id = @Id AND channel_id = @ChannelId AND (opted_out_at IS NULL) <> (@at IS NULL)
            """, new { identity.Id, intake.ChannelId, at });
        if (changed == 0)
            return;
        string data = JsonSerializer.Serialize(
            new SubscriptionData(HubId.Format(IdPrefix.Identity, identity.Id), HubId.Format(IdPrefix.Channel, intake.ChannelId)) { Only = subscription.Only },
            MessageJson.Default.SubscriptionData);
        session.Append(
            subscription.OptedOut ? EventType.IdentityOptedOut : EventType.IdentityOptedIn, session.Now, identity.Id, identity.CustomerId, data: data);
    }
}
