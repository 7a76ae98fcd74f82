using ChannelHub.Storage.Attachments;
using Microsoft.Net.Http.Headers;

namespace ChannelHub.Attachments;

/// <summary>
/// What stands around the bytes of a file. Anybody may have sent it, so a browser is to save it, to guess no type, to run nothing of it and to show it in no
/// frame.
/// </summary>
internal static class FileHeaders
{
    /// <param name="headers">Of the answer.</param>
    /// <param name="row">The file.</param>
    /// <param name="isLink">A signed link may stand as a picture on a page of the helpdesk, which is of another origin.</param>
    public static void Write(IHeaderDictionary headers, AttachmentRow row, bool isLink)
    {
        headers.ContentDisposition = SafeName.Attachment(row.FileName);
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox; frame-ancestors 'none'";
        headers["Cross-Origin-Resource-Policy"] = isLink ? "cross-origin" : "same-origin";
        headers["Referrer-Policy"] = "no-referrer"; // the address may carry a token
        headers.CacheControl = "private, no-cache";
    }

    /// <summary>The same bytes have the same tag.</summary>
    public static EntityTagHeaderValue Tag(AttachmentRow row) => new($"\"{row.Sha256}\"");
}
