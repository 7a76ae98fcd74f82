using System.Globalization;
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
    /// <param name="row">The file.</param>
    /// <param name="linkLife">How long its link is good.</param>
    /// <param name="cancellation">Stops looking.</param>
    public async ValueTask<OutboundMedia?> OfAsync(AttachmentRow row, TimeSpan linkLife, CancellationToken cancellation)
    {
        if (row is not { State: (long)AttachmentState.Ready, Sha256: { } sha256, Size: { } size } || !await files.IsIntactAsync(sha256, size, cancellation))
            return null;
        return new OutboundMedia
        {
            FileName = SafeName.Of(row.FileName) ?? "file",
            ContentType = row.ContentType,
            Size = size,
            OpenAsync = stop => files.ReopenAsync(sha256, size, stop),
            Link = options.PublicUrl is { } url ? Link(url, row, linkLife) : null,
        };
    }

    /// <summary>A link for a provider; it ends by itself. The name stands at its end, since some judge a file by that.</summary>
    private Uri Link(Uri origin, AttachmentRow row, TimeSpan life)
    {
        string id = HubId.Format(IdPrefix.Attachment, row.Id);
        SignedLink link = links.SignForMessage(id, life);
        string name = SafeName.Of(row.FileName) ?? "file";
        if (!Path.HasExtension(name))
            name += ExtensionOf(row.ContentType);
        return new Uri(string.Create(CultureInfo.InvariantCulture, $"{origin.AbsoluteUri.TrimEnd('/')}/files/{id}/{link.Expires}/{link.Token}/{Uri.EscapeDataString(name)}"));
    }

    private static string ExtensionOf(string contentType) => contentType.Split(';')[0].Trim().ToLowerInvariant() switch
    {
        "image/jpeg" => ".jpg",
        "image/png" => ".png",
        "image/gif" => ".gif",
        "image/webp" => ".webp",
        "video/mp4" => ".mp4",
        "audio/ogg" => ".ogg",
        "audio/mpeg" => ".mp3",
        "application/pdf" => ".pdf",
        _ => "",
    };
}
