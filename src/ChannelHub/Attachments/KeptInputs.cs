using ChannelHub.Adapters;
using ChannelHub.Inbox;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Ingest;
using ChannelHub.Storage.Messages;

namespace ChannelHub.Attachments;

/// <summary>Takes files out of the raw input that their message came in.</summary>
public sealed class KeptInputs(Database database)
{
    internal MediaResult Open(IMediaInInput receiver, AttachmentRow row, string reference)
    {
        InboxRow? kept = database.Read(session =>
            row.MessageId is { } message && MessageStore.Find(session, message)?.InboxId is { } input ? InboxStore.Find(session, input) : null);
        return kept is null || kept.Body.Length == 0
            ? new MediaResult.Gone("the input it came in is no longer kept")
            : receiver.OpenMedia(InboxView.InputOf(kept), reference);
    }
}
