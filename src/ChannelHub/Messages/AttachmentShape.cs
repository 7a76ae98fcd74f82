using System.Text.Json.Serialization;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Attachments;

namespace ChannelHub.Messages;

/// <summary>A file as clients see it.</summary>
/// <param name="Id"><c>att_…</c></param>
/// <param name="FileName">Name to show; never a path.</param>
/// <param name="ContentType">Media type; of received files as found in their bytes.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Lower-case hex; once the bytes are there.</param>
/// <param name="State">pending, ready, failed or refused.</param>
/// <param name="Url">Where to fetch it with a key.</param>
/// <param name="Reason">Why it failed or was refused.</param>
public sealed record AttachmentShape(
    string Id, string? FileName, string ContentType, long? Size,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Sha256,
    string State, string Url,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason)
{
    public static AttachmentShape Of(AttachmentRow row)
    {
        string id = HubId.Format(IdPrefix.Attachment, row.Id);
        return new AttachmentShape(id, row.FileName, row.ContentType, row.Size, row.Sha256,
            ((AttachmentState)row.State).ToString().ToLowerInvariant(), "/v1/attachments/" + id, row.Reason);
    }
}
