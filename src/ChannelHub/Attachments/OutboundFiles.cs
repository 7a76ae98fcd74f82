using ChannelHub.Adapters;
using ChannelHub.Core.Ids;
using ChannelHub.Options;
using ChannelHub.Security;
using ChannelHub.Storage.Attachments;

namespace ChannelHub.Attachments;

/// <summary>Hands kept files to adapters.</summary>
public sealed class OutboundFiles(FileStore files, SignedLinks links, HubOptions options)
{
    /// <summary>A file to send, its bytes looked through; null if they never came, are gone or damaged.</summary>
    public async ValueTask<OutboundMedia?> OfAsync(AttachmentRow row, CancellationToken cancellation)
    {
        if (row is not { State: (long)AttachmentState.Ready, Sha256: { } sha256, Size: { } size } || !await files.IsIntactAsync(sha256, size, cancellation))
            return null;
        return new OutboundMedia
        {
            FileName = SafeName.Of(row.FileName) ?? "file",
            ContentType = row.ContentType,
            Size = size,
            OpenAsync = _ => ValueTask.FromResult(files.Open(sha256)),
            Link = options.PublicUrl is { } url ? Link(url, row.Id) : null,
        };
    }

    /// <summary>A link for somebody without a key; it ends by itself.</summary>
    public Uri Link(Uri origin, long id) => Link(origin, id, links.Sign(HubId.Format(IdPrefix.Attachment, id), Life));

    /// <inheritdoc cref="Link(Uri, long)"/>
    public static Uri Link(Uri origin, long id, SignedLink link) =>
        new($"{origin.AbsoluteUri.TrimEnd('/')}/v1/attachments/{HubId.Format(IdPrefix.Attachment, id)}?{link}");

    private TimeSpan Life => TimeSpan.FromMinutes(Math.Max(options.Attachments.LinkMinutes, ShortestMinutes));

    // Providers fetch at their own pace; the contract promises them this much.
    private const int ShortestMinutes = 10;
}
