using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace ChannelHub.Adapters.Conformance.Meta;

/// <summary>Calls and answers as they stand in HTTP.</summary>
internal static class GraphWire
{
    /// <summary>A call without its number; null if its JSON cannot be read.</summary>
    public static async Task<GraphCall?> ReadAsync(HttpRequest request, string path, CancellationToken cancellation)
    {
        var files = new Dictionary<string, GraphFile>(StringComparer.Ordinal);
        JsonElement body = default;
        if (request.HasFormContentType)
        {
            IFormCollection form = await request.ReadFormAsync(cancellation);
            body = JsonSerializer.SerializeToElement(form.ToDictionary(field => field.Key, field => field.Value.ToString()));
            foreach (IFormFile file in form.Files)
                files[file.Name] = new(file.FileName, file.ContentType, await BytesAsync(file.OpenReadStream(), cancellation));
        }
        else if (await BytesAsync(request.Body, cancellation) is { Length: > 0 } bytes)
        {
            try
            {
                body = JsonElement.Parse(bytes);
            }
            catch (JsonException)
            {
                return null;
            }
        }
        var query = request.Query.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal);
        return new GraphCall(0, request.Method, path, query, body, files, request.ContentType?.Split(';')[0]);
    }

    public static async Task WriteAsync(HttpContext context, GraphReply answer)
    {
        switch (answer.Ends)
        {
            case GraphReply.Ending.Cut:
                context.Abort();
                break;
            case GraphReply.Ending.Never:
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            default:
                context.Response.StatusCode = answer.Status;
                context.Response.ContentType = "application/json; charset=UTF-8";
                foreach ((string name, string value) in answer.Headers)
                    context.Response.Headers[name] = value;
                await context.Response.WriteAsync(answer.Body, context.RequestAborted);
                break;
        }
    }

    private static async Task<byte[]> BytesAsync(Stream stream, CancellationToken cancellation)
    {
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy, cancellation);
        return copy.ToArray();
    }
}
