using System.Diagnostics.CodeAnalysis;
using ChannelHub.Adapters;
using ChannelHub.Channels;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Hooks;

/// <summary>Looks up files that an event names by the id their upload was answered with. What the event says of them counts for nothing.</summary>
public sealed class NamedUploads(Database database)
{
    private static readonly Dictionary<string, AttachmentRow> None = [];

    /// <summary>Finds them all; false naming one that is not there, belongs to another channel or to another message.</summary>
    public bool TryFind(
        LiveChannel channel, ChannelEvent channelEvent, IReadOnlyList<Part> parts, out IReadOnlyDictionary<string, AttachmentRow> files,
        [NotNullWhen(false)] out string? missing)
    {
        Dictionary<string, AttachmentRow> found = None;
        foreach (Part part in parts)
        {
            if (part is not MediaPart { Media.Stored: { } stored } || found.ContainsKey(stored))
                continue;
            if (Find(channel, channelEvent, stored) is not { } row)
            {
                (files, missing) = (None, stored);
                return false;
            }
            if (found == None)
                found = new Dictionary<string, AttachmentRow>(StringComparer.Ordinal);
            found.Add(stored, row);
        }
        (files, missing) = (found, null);
        return true;
    }

    private AttachmentRow? Find(LiveChannel channel, ChannelEvent channelEvent, string stored)
    {
        string[] keys = channelEvent is MessageChanged changed ? [channelEvent.Key, changed.Id.Value] : [channelEvent.Key];
        return HubId.TryParse(IdPrefix.Attachment, stored, out long id)
            ? database.Read(session => AttachmentStore.FindUpload(session, id, channel.Id, keys))
            : null;
    }
}
