using System.Buffers;
using System.Text.Json;

namespace ChannelHub.Api;

/// <summary>Answers that write themselves.</summary>
internal static class Answers
{
    /// <summary>200 with JSON that is written straight into the connection's buffer.</summary>
    public static IResult Json(Action<IBufferWriter<byte>> write) => new Written(write);

    /// <summary>200 with what the serializer writes in one go; writing piece by piece, as the framework does, is dear where an answer is long.</summary>
    public static IResult Json<T>(T answer) => Json(target =>
    {
        using var json = new Utf8JsonWriter(target, new JsonWriterOptions { Encoder = ApiJson.Options.Encoder, SkipValidation = true });
        JsonSerializer.Serialize(json, answer, ApiJson.Options);
    });

    private sealed class Written(Action<IBufferWriter<byte>> write) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = "application/json";
            write(httpContext.Response.BodyWriter);
            await httpContext.Response.BodyWriter.FlushAsync(httpContext.RequestAborted);
        }
    }
}
