using ChannelHub.Adapters;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Ingest;

/// <summary>
/// Notes of whom an input speaks where no message of its own does, so that every raw input is found from the identities in it.
/// </summary>
internal sealed class InboxTraces(WriteSession session, EventKeys keys)
{
    private readonly Statement ofMessage = session.Prepare(
        "INSERT INTO inbox_trace (inbox_id, identity_id) SELECT ?, identity_id FROM message WHERE id = ? ON CONFLICT DO NOTHING");

    private readonly Statement ofSender = session.Prepare("INSERT INTO inbox_trace (inbox_id, identity_id) VALUES (?, ?) ON CONFLICT DO NOTHING");

    public void Note(Intake intake, IntakeEntry.Understood entry, long inboxId)
    {
        if (MessageOf(intake.ChannelId, entry.Event) is { } messageId)
            ofMessage.Bind(inboxId).Bind(messageId).Run();
        if (entry.Sender is { Key: var key } && session.OpenIdentities.Find(key) is { } sender)
            ofSender.Bind(inboxId).Bind(sender.Id).Run();
    }

    private long? MessageOf(long channelId, ChannelEvent what) => what switch
    {
        MessageReceived { Id: var id } => keys.MessageOf(channelId, id.Value),
        MessageEchoed { Id: var id } => keys.MessageOf(channelId, id.Value),
        MessageChanged { Id: var id } => keys.MessageOf(channelId, id.Value),
        MessageRemoved { Id: var id } => keys.MessageOf(channelId, id.Value),
        ReactionChanged { Id: var id } => keys.MessageOf(channelId, id.Value),
        DeliveryReported { Id: var id } => keys.MessageOf(channelId, id.Value) ?? OfUnit(id.Value),
        _ => null,
    };

    // Reports may name a unit by the hub's own id.
    private static long? OfUnit(string id)
    {
        int dot = id.LastIndexOf('.');
        return dot > 0 && HubId.TryParse(IdPrefix.Message, id[..dot], out long messageId) ? messageId : null;
    }
}
