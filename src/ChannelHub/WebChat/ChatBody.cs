using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Api;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.WebChat;

/// <summary>
/// Reads what a browser sends. By hand and not by the framework's binding, so that a refusal passes the gate and a page on another origin can read it.
/// </summary>
internal static class ChatBody
{
    /// <summary>The body as a record, or the answer to give.</summary>
    public static async Task<(T? Value, ProblemHttpResult? Problem)> ReadAsync<T>(HttpContext context, int limit) where T : class
    {
        byte[]? bytes;
        try
        {
            bytes = await BytesAsync(context, limit);
        }
        catch (BadHttpRequestException cut)
        {
            return (null, Problem.Of(cut.StatusCode, "malformed", "The request is malformed", "The message did not arrive whole. Please try again."));
        }
        if (bytes is null)
            return (null, Problem.Of(StatusCodes.Status413PayloadTooLarge, "too-large", "Too large", "That is too much at once."));
        using JsonDocument? json = ProviderJson.TryParse(bytes);
        if (json is not { RootElement.ValueKind: JsonValueKind.Object })
            return (null, Problem.Invalid("", "the body must be a JSON object"));
        try
        {
            return (json.Deserialize<T>(ApiJson.Options)!, null);
        }
        catch (JsonException wrong)
        {
            return (null, Problem.Invalid((wrong.Path ?? "").TrimStart('$', '.'), "has the wrong type"));
        }
    }

    // Null if there are more bytes than the limit.
    private static async ValueTask<byte[]?> BytesAsync(HttpContext context, int limit)
    {
        if (context.Request.ContentLength > limit)
            return null;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
            feature.MaxRequestBodySize = limit + 1L;
        PipeReader reader = context.Request.BodyReader;
        while (true)
        {
            ReadResult read = await reader.ReadAsync(context.RequestAborted);
            if (read.Buffer.Length > limit)
            {
                reader.AdvanceTo(read.Buffer.End);
                return null;
            }
            if (read.IsCompleted)
            {
                byte[] body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
