using System.Buffers;
using System.IO.Pipelines;
using System.Net.Http.Headers;
using ChannelHub.Attachments;
using ChannelHub.Options;

namespace ChannelHub.Api;

/// <summary>Takes in the JSON body of a request and looks it through before the endpoint reads it.</summary>
public sealed class RequestJson(HubOptions options)
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        context.Request.ContentType is { Length: > 0 } contentType && context.Request.ContentLength != 0 && IsJson(contentType, out bool readable)
            && context.GetEndpoint()?.Metadata.GetMetadata<TakesFile>() is null
            ? readable ? ReadAsync(context, next) : RequestFaults.UnsupportedMediaType().ExecuteAsync(context)
            : next(context);

    private async Task ReadAsync(HttpContext context, RequestDelegate next)
    {
        byte[] body = await ReadAsync(context.Request.BodyReader, context.RequestAborted);
        if (body.AsSpan().StartsWith("\uFEFF"u8))
            body = body[3..];
        if (body.Length > 0 && JsonCheck.Find(body, options.Json) is { } wrong)
        {
            await Problem.Invalid(wrong).ExecuteAsync(context);
            return;
        }
        context.Features.Set(new JsonBody(body));
        context.Request.Body = new MemoryStream(body, writable: false);
        await next(context);
    }

    // The server breaks off what is over the limit.
    private static async ValueTask<byte[]> ReadAsync(PipeReader reader, CancellationToken cancellation)
    {
        while (true)
        {
            ReadResult read = await reader.ReadAsync(cancellation);
            if (read.IsCompleted)
            {
                byte[] body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static bool IsJson(string contentType, out bool readable)
    {
        readable = false;
        if (!MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? type) || type.MediaType is not { } media)
            return false;
        readable = type.CharSet is null || type.CharSet.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase);
        return media.Equals("application/json", StringComparison.OrdinalIgnoreCase) || media.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }
}

/// <summary>The JSON body of a request, looked through.</summary>
public sealed record JsonBody(byte[] Bytes);
