using ChannelHub.Api;
using ChannelHub.Attachments;
using ChannelHub.Core.Ids;
using ChannelHub.Options;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;
using ChannelHub.Storage.WebChat;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.WebChat;

/// <summary>Files that visitors send and receive. They are handed out as bytes to keep and never as something to show.</summary>
internal sealed class ChatFilesApi(FileStore files, UnusedFiles unused, ChatLimits limits, Database database, HubOptions options)
{
    public async Task<Results<Created<ChatFile>, ProblemHttpResult>> UploadAsync(HttpContext context, string? name, CancellationToken cancellation)
    {
        ChatCall call = ChatCall.Of(context);
        if (limits.Upload(call) is { } wait)
            return ChatGate.TooMany(context, wait, "You have sent a lot of files. Please send more later.");
        long room = limits.UploadRoom(call);
        if (context.Request.ContentLength > room)
            return TooLarge();
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
            feature.MaxRequestBodySize = room + 1;
        try
        {
            using StoredFile? stored = await files.WriteAsync(context.Request.Body, room, cancellation);
            if (stored is null)
                return TooLarge();
            limits.Uploaded(call, stored.Size);
            JudgedType type = SafeType.Judge(stored.Head.Span, context.Request.ContentType, name);
            if (stored.Size > 0 && !TypePolicy.Refuses(type, [.. options.Media.RefusedTypes, .. call.Channel.Limits.RefusedTypes]))
                return TypedResults.Created((string?)null, await KeepAsync(call, stored, SafeName.Of(name) ?? "file", type.ContentType));
            await unused.DiscardAsync(stored);
            return Problem.Invalid("", stored.Size == 0 ? "the file is empty" : "files of this kind cannot be sent");
        }
        catch (BadHttpRequestException cut)
        {
            return cut.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? TooLarge()
                : Problem.Of(cut.StatusCode, "malformed", "The request is malformed", "The file did not arrive whole. Please try again.");
        }
    }

    public async Task<Results<FileStreamHttpResult, ProblemHttpResult>> DownloadAsync(HttpContext context, string id, CancellationToken cancellation)
    {
        Visitor visitor = ChatCall.Of(context).Visitor;
        AttachmentRow? file = HubId.TryParse(IdPrefix.Attachment, id, out long number) ? database.Read(session => Find(session, visitor, number)) : null;
        if (file is not { State: (long)AttachmentState.Ready, Sha256: { } hash, Size: { } size } || await files.OpenAsync(hash, size, cancellation) is not { } content)
            return Problem.NotFound("There is no such file.");
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        headers.ContentDisposition = SafeName.Attachment(file.FileName);
        return TypedResults.Stream(content, file.ContentType, enableRangeProcessing: true);
    }

    private async Task<ChatFile> KeepAsync(ChatCall call, StoredFile stored, string name, string contentType)
    {
        var file = new NewFile(database.Ids.Next(), name, contentType, stored.Size, stored.Sha256, call.Channel.Id);
        await database.WriteAsync(session => VisitorFileStore.Insert(session, file, call.Visitor.Value));
        string id = HubId.Format(IdPrefix.Attachment, file.Id);
        return new ChatFile(id, name, file.ContentType, file.Size, "ready", $"/chat/{call.Channel.PublicId}/attachments/{id}");
    }

    // Files of messages that the visitor sees now, and their own uploads that no message has taken into use.
    private static AttachmentRow? Find(Session session, Visitor visitor, long id)
    {
        if (AttachmentStore.Find(session, id) is not { } file)
            return null;
        bool isTheirs = file.MessageId is { } messageId
            ? MessageStore.Find(session, messageId) is { DeletedAt: null } message && VisitorView.Of(session, visitor).Shows(message)
            : VisitorFileStore.IsOf(file, visitor.Channel.Id, visitor.Value);
        return isTheirs ? file : null;
    }

    private static ProblemHttpResult TooLarge() => Problem.Of(StatusCodes.Status413PayloadTooLarge, "too-large", "Too large", "The file is too large.");
}

/// <summary>A file that a visitor uploaded.</summary>
/// <param name="Id"><c>att_…</c>; names it in a message.</param>
/// <param name="FileName">Name to show.</param>
/// <param name="ContentType">As found in its bytes, where that is known.</param>
/// <param name="Size">Bytes.</param>
/// <param name="State"><c>ready</c></param>
/// <param name="Url">Where to fetch it with the visitor's token.</param>
public sealed record ChatFile(string Id, string FileName, string ContentType, long Size, string State, string Url);
