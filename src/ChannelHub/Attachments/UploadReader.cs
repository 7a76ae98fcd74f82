using ChannelHub.Api;
using ChannelHub.Options;
using ChannelHub.Storage.Attachments;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace ChannelHub.Attachments;

/// <summary>The body of this endpoint is a file or a form with one: nothing else reads it before.</summary>
public sealed record TakesFile;

/// <summary>Takes a file out of a request while it comes in: it is written as it is read and never held in memory.</summary>
public sealed class UploadReader(UploadStore uploads, HubOptions options)
{
    private const int MostSections = 20;
    private const int LongestBoundary = 200;
    private const int FormAround = 64 * 1024;

    /// <summary>Keeps the file of the request; else says what is wrong with it.</summary>
    public async Task<(AttachmentRow? Row, ProblemHttpResult? Problem)> ReadAsync(HttpContext context, string? fileName)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
            feature.MaxRequestBodySize = options.Attachments.UploadBytes + FormAround;
        string? contentType = context.Request.ContentType;
        if (contentType is not null && contentType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
            return await ReadFormAsync(context, contentType);
        using StoredFile? file = await uploads.WriteAsync(context.Request.Body, context.RequestAborted);
        return await KeepAsync(file, contentType, fileName);
    }

    private async Task<(AttachmentRow?, ProblemHttpResult?)> ReadFormAsync(HttpContext context, string contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 and <= LongestBoundary } boundary)
            return (null, Problem.Invalid("Content-Type", "must be multipart/form-data with a boundary"));
        var form = new MultipartReader(boundary.Value!, context.Request.Body);
        try
        {
            return await ReadFormAsync(form, context.RequestAborted);
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException and not BadHttpRequestException)
        {
            return (null, Problem.Invalid("body", "is not a complete form"));
        }
    }

    private async Task<(AttachmentRow?, ProblemHttpResult?)> ReadFormAsync(MultipartReader form, CancellationToken cancellation)
    {
        StoredFile? file = null;
        (string? Type, string? Name)? claimed = null;
        bool isComplete = false;
        try
        {
            for (int i = 0; await form.ReadNextSectionAsync(cancellation) is { } section; i++)
            {
                if (i == MostSections)
                    return (null, Problem.Invalid("body", $"must have at most {MostSections} fields"));
                if (FileName(section) is not { } name)
                    continue;
                if (claimed is not null)
                    return (null, Problem.Invalid("body", "must have one file only"));
                claimed = (section.ContentType, name);
                if ((file = await uploads.WriteAsync(section.Body, cancellation)) is null)
                    break;
            }
            isComplete = true;
            return claimed is { } told
                ? await KeepAsync(file, told.Type, told.Name)
                : (null, Problem.Invalid("body", "must have a file: a field with a file name"));
        }
        finally
        {
            if (isComplete)
                file?.Dispose();
            else if (file is not null)
                await uploads.DiscardAsync(file);
        }
    }

    private async Task<(AttachmentRow?, ProblemHttpResult?)> KeepAsync(StoredFile? file, string? contentType, string? fileName) => file switch
    {
        null => (null, Problem.Of(StatusCodes.Status413PayloadTooLarge, "too-large", "Too large", $"A file may have at most {options.Attachments.UploadBytes} bytes.")),
        { Size: 0 } => (null, await EmptyAsync(file)),
        _ => (await uploads.InsertAsync(file, contentType, fileName), null),
    };

    private async Task<ProblemHttpResult> EmptyAsync(StoredFile file)
    {
        await uploads.DiscardAsync(file);
        return Problem.Invalid("body", "is an empty file");
    }

    // Null for a field that is no file.
    private static string? FileName(MultipartSection section) =>
        ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out ContentDispositionHeaderValue? disposition) && disposition.IsFileDisposition()
            ? (disposition.FileNameStar.HasValue ? disposition.FileNameStar : HeaderUtilities.RemoveQuotes(disposition.FileName)).Value ?? ""
            : null;
}
