using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;

namespace ChannelHub.Storage.Outbox;

/// <summary>What a send taught about an address: it does not want to be written to, or it is not there.</summary>
public static class ReachMarks
{
    /// <summary>What a report of a failure says of the address, as the answer to the send itself would have.</summary>
    public static void Learn(WriteSession session, long channelId, DeliveryReported report)
    {
        if (report is not { State: DeliveryState.Failed, Fault.Kind: FaultKind.OptedOut or FaultKind.UnknownRecipient or FaultKind.WindowClosed }
            || SentParts.Reported(session, channelId, report.Id.Value) is not { } part || MessageStore.Find(session, part.MessageId) is not { } message)
            return;
        if (report.Fault.Kind == FaultKind.OptedOut)
            OptOut(session, message.IdentityId, channelId);
        else if (report.Fault.Kind == FaultKind.UnknownRecipient)
            Unreachable(session, message.IdentityId, channelId);
        else
            CloseWindow(session, message.IdentityId, channelId);
    }

    /// <summary>The provider says that the messaging window is closed, whatever the hub thought.</summary>
    public static void CloseWindow(WriteSession session, long identityId, long channelId) => session.Execute(
        "UPDATE reach SET window_until = @Now WHERE identity_id = @identityId AND channel_id = @channelId AND window_until > @Now",
        new { identityId, channelId, session.Now });

    /// <summary>The customer does not want to be written to on this channel.</summary>
    public static void OptOut(WriteSession session, long identityId, long channelId)
    {
        int changed = session.Execute("""
            INSERT INTO reach (identity_id, channel_id, since, opted_out_at) VALUES (@identityId, @channelId, @Now, @Now)
            ON CONFLICT (identity_id, channel_id) DO UPDATE SET opted_out_at = excluded.opted_out_at WHERE reach.opted_out_at IS NULL
            """, new { identityId, channelId, session.Now });
        if (changed == 0)
            return;
        string data = JsonSerializer.Serialize(
            new SubscriptionData(HubId.Format(IdPrefix.Identity, identityId), HubId.Format(IdPrefix.Channel, channelId)), MessageJson.Default.SubscriptionData);
        session.Append(EventType.IdentityOptedOut, session.Now, identityId, IdentityStore.CustomerOf(session, identityId), data: data);
    }

    /// <summary>Nobody is reached under this address; a word from there takes it back.</summary>
    public static void Unreachable(WriteSession session, long identityId, long channelId)
    {
        session.Execute("""
            INSERT INTO reach (identity_id, channel_id, since, unreachable_at) VALUES (@identityId, @channelId, @Now, @Now)
            ON CONFLICT (identity_id, channel_id) DO UPDATE SET unreachable_at = excluded.unreachable_at
            """, new { identityId, channelId, session.Now });
        // The next word from there must be seen to change something.
        if (IdentityStore.Find(session, identityId) is { } identity)
            session.Identities.Remove(identity.Key);
    }
}
