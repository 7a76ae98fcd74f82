using System.ComponentModel;
using System.Globalization;
using ChannelHub.Api;
using ChannelHub.Core.Ids;
using ChannelHub.Hooks;
using ChannelHub.Messages;
using ChannelHub.Options;
using ChannelHub.Security;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ChannelHub.Attachments;

/// <summary>A link to a file for somebody without a key.</summary>
/// <param name="Url">Where to fetch it; good for this file alone.</param>
/// <param name="ExpiresAt">When the link ends by itself.</param>
public sealed record AttachmentLink(string Url, DateTimeOffset ExpiresAt);

/// <summary>A form with one file.</summary>
/// <param name="File">The file; its field may have any name.</param>
public sealed record UploadForm(IFormFile File);

/// <summary>Files: upload, download, links.</summary>
public sealed class AttachmentsApi(
    Database database, UploadReader uploads, FileStore files, SignedLinks links, HubOptions options, ILogger<AttachmentsApi> log)
{
    private const int LongestRetryAfter = 3600;

    public static void Map(IEndpointRouteBuilder app)
    {
        AttachmentsApi attachments = app.ServiceProvider.GetRequiredService<AttachmentsApi>();
        app.MapPost("/v1/attachments", attachments.UploadAsync).RequireScope(Scopes.MessagesSend).WithTags("Attachments").WithName("uploadAttachment")
            .WithSummary("Upload a file to send")
            .WithDescription("A form with one file, or the bytes themselves as the body with their `Content-Type`. A message names the file by its id; one that no message names is removed after a day.")
            .WithMetadata(new TakesFile()).Accepts<UploadForm>("multipart/form-data", "*/*")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status413PayloadTooLarge);
        app.MapGet("/v1/attachments/{id}", attachments.DownloadAsync).RequireScope(Scopes.ConversationsRead).WithMetadata(new LinkInstead()).WithTags("Attachments").WithName("downloadAttachment")
            .WithSummary("Download a file")
            .WithDescription("Needs a key, or a signed link (`expires` and `token`) and then no key. Ranges and `If-None-Match` work; a wrong byte in the store is noticed and not served.")
            .Produces<Stream>(StatusCodes.Status200OK, SafeType.Unknown).Produces<Stream>(StatusCodes.Status206PartialContent, SafeType.Unknown)
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status410Gone);
        // For providers that fetch what is sent: some look at how the address ends, and mind a query.
        app.MapMethods("/files/{id}/{expires}/{token}/{name}", [HttpMethods.Get, HttpMethods.Head], attachments.DownloadForProviderAsync).ExcludeFromDescription();
        app.MapPost("/v1/attachments/{id}/link", attachments.Link).RequireScope(Scopes.ConversationsRead).WithTags("Attachments").WithName("linkAttachment")
            .WithSummary("Make a link for somebody without a key").WithDescription("It ends by itself after at most 15 minutes and is good for this file alone.")
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status410Gone);
    }

    public async Task<Results<Created<AttachmentShape>, ProblemHttpResult>> UploadAsync(
        HttpContext context, [FromQuery(Name = "file_name"), Description("Name of a file that is the body itself.")] string? fileName = null)
    {
        (AttachmentRow? row, ProblemHttpResult? problem) = await uploads.ReadAsync(context, fileName);
        if (row is null)
            return problem!;
        AttachmentShape shape = AttachmentShape.Of(row);
        return TypedResults.Created(shape.Url, shape);
    }

    /// <param name="context">The request.</param>
    /// <param name="id"><c>att_…</c></param>
    /// <param name="expires">Of a signed link.</param>
    /// <param name="token">Of a signed link.</param>
    public Task<IResult> DownloadAsync(HttpContext context, string id, string? expires = null, string? token = null) =>
        ServeAsync(context, id, expires, token, LinkInstead.IsIn(context.Request));

    /// <param name="context">The request.</param>
    /// <param name="id"><c>att_…</c></param>
    /// <param name="expires">Of the signature.</param>
    /// <param name="token">Of the signature.</param>
    public Task<IResult> DownloadForProviderAsync(HttpContext context, string id, string expires, string token) =>
        ServeAsync(context, id, expires, token, isLink: true);

    private async Task<IResult> ServeAsync(HttpContext context, string id, string? expires, string? token, bool isLink)
    {
        if (isLink && !IsGood(id, expires, token))
            return Problem.Of(StatusCodes.Status403Forbidden, "link-ended", "The link has ended", "The link is not good for this file, or not any more. Ask for a new one.");
        if (Find(id) is not { } row)
            return NotFound();
        if (NotReady(context, row) is { } problem)
            return problem;
        if (await files.OpenAsync(row.Sha256!, row.Size!.Value, context.RequestAborted) is not { } content)
        {
            AttachmentLog.Damaged(log, id, row.Sha256!);
            return Problem.Of(StatusCodes.Status500InternalServerError, "attachment-damaged", "The file is damaged",
                "The hub's copy is missing or not what was stored, so it is not served. Its operator can put it back from a backup.");
        }
        FileHeaders.Write(context.Response.Headers, row, isLink);
        return TypedResults.Stream(content, row.ContentType, entityTag: FileHeaders.Tag(row), enableRangeProcessing: true);
    }

    /// <param name="context">The request.</param>
    /// <param name="id"><c>att_…</c></param>
    public Results<Ok<AttachmentLink>, ProblemHttpResult> Link(HttpContext context, string id)
    {
        if (Find(id) is not { } row)
            return NotFound();
        if (NotReady(context, row) is { } problem)
            return problem;
        SignedLink link = links.Sign(id, TimeSpan.FromMinutes(options.Attachments.LinkMinutes));
        return TypedResults.Ok(new AttachmentLink(
            $"{HookAddress.Origin(options, context)}/v1/attachments/{id}?{link}", DateTimeOffset.FromUnixTimeSeconds(link.Expires)));
    }

    private bool IsGood(string id, string? expires, string? token) =>
        long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out long end) && links.IsGood(id, end, token);

    private AttachmentRow? Find(string id) =>
        HubId.TryParse(IdPrefix.Attachment, id, out long number) ? database.Read(session => AttachmentStore.Find(session, number)) : null;

    private ProblemHttpResult? NotReady(HttpContext context, AttachmentRow row)
    {
        switch ((AttachmentState)row.State)
        {
            case AttachmentState.Ready:
                return null;
            case AttachmentState.Pending:
                long due = database.Read(session => PendingFiles.DueAt(session, row.Id)) ?? 0;
                long seconds = Math.Clamp((due - database.Clock.GetUtcNow().ToUnixTimeMilliseconds() + 999) / 1000, 1, LongestRetryAfter);
                context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
                return Problem.Of(StatusCodes.Status409Conflict, "attachment-pending", "Not here yet",
                    "The file is still being fetched from its channel; an event tells when it is there." + (row.Reason is null ? "" : $" Last time: {row.Reason}."));
            case AttachmentState.Refused:
                return Problem.Of(StatusCodes.Status410Gone, "attachment-refused", "Refused", $"The hub did not take the file: {row.Reason}.");
            default:
                return Problem.Of(StatusCodes.Status410Gone, "attachment-failed", "Not to be had", $"The file could not be fetched: {row.Reason}.");
        }
    }

    private static ProblemHttpResult NotFound() => Problem.NotFound("There is no such file.");
}

internal static partial class AttachmentLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "The bytes of {Attachment} ({Sha256}) are missing or damaged; they are not served")]
    public static partial void Damaged(ILogger log, string attachment, string sha256);
}
