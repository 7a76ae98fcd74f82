using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
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
                return true;
            case ReactionChanged reaction:
                return React(intake, entry, reaction);
            case SubscriptionChanged subscription:
                Subscribe(intake, identities.Resolve(intake, entry.Sender!), subscription.OptedOut);
                return true;
            case AliasLearned:
                identities.Resolve(intake, entry.Sender!);
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
        ReactionStore.Set(session, messageId, identity.Id, reaction.Reactions, reaction.At?.ToUnixTimeMilliseconds() ?? intake.ReceivedAt);
        return true;
    }

    private void Subscribe(Intake intake, KnownIdentity identity, bool optedOut)
    {
        long? at = optedOut ? intake.ReceivedAt : null;
        int changed = session.Execute("""
            UPDATE reach SET opted_out_at = @at WHERE identity_id = @Id AND channel_id = @ChannelId AND (opted_out_at IS NULL) <> (@at IS NULL)
            """, new { identity.Id, intake.ChannelId, at });
        if (changed == 0)
            return;
        string data = JsonSerializer.Serialize(
            new SubscriptionData(HubId.Format(IdPrefix.Identity, identity.Id), HubId.Format(IdPrefix.Channel, intake.ChannelId)), MessageJson.Default.SubscriptionData);
        session.Append(optedOut ? EventType.IdentityOptedOut : EventType.IdentityOptedIn, session.Now, identity.Id, identity.CustomerId, data: data);
    }
}
