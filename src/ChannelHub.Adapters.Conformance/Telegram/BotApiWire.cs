using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace ChannelHub.Adapters.Conformance.Telegram;

/// <summary>Calls and answers as they stand in HTTP.</summary>
internal static class BotApiWire
{
    /// <summary>A call without its number; null if its JSON cannot be read.</summary>
    public static async Task<BotApiCall?> ReadAsync(HttpRequest request, string method, CancellationToken cancellation)
    {
        var parameters = new Dictionary<string, JsonElement>();
        var files = new Dictionary<string, BotApiFile>();
        if (request.HasFormContentType)
        {
            IFormCollection form = await request.ReadFormAsync(cancellation);
            foreach ((string name, StringValues value) in form)
                parameters[name] = Field(value.ToString());
            foreach (IFormFile file in form.Files)
                files[file.Name] = new(file.FileName, file.ContentType, await BytesAsync(file.OpenReadStream(), cancellation));
        }
        else if (await BytesAsync(request.Body, cancellation) is { Length: > 0 } body)
        {
            try
            {
                parameters = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(body) ?? [];
            }
            catch (JsonException)
            {
                return null;
            }
        }
        return new BotApiCall(0, method, parameters, files, request.ContentType?.Split(';')[0]);
    }

    public static async Task WriteAsync(HttpContext context, BotApiAnswer answer)
    {
        switch (answer.Ends)
        {
            case BotApiAnswer.Ending.Cut:
                context.Abort();
                break;
            case BotApiAnswer.Ending.Never:
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            default:
                context.Response.StatusCode = answer.Status;
                context.Response.ContentType = "application/json";
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

    private static JsonElement Field(string text)
    {
        if (text.StartsWith('{') || text.StartsWith('['))
        {
            try
            {
                return JsonElement.Parse(text);
            }
            catch (JsonException)
            {
                // A caption may begin with a bracket.
            }
        }
        return JsonSerializer.SerializeToElement(text);
    }
}
