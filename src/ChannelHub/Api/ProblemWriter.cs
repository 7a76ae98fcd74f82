using System.Text.Json;

namespace ChannelHub.Api;

/// <summary>Writes every error answer, whatever the caller says it accepts, with the id under which the log knows the request.</summary>
public sealed class ProblemWriter : IProblemDetailsWriter
{
    private const string ContentType = "application/problem+json";

    public bool CanWrite(ProblemDetailsContext context) => true;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        HttpContext http = context.HttpContext;
        context.ProblemDetails.Extensions["request_id"] = http.TraceIdentifier;
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(context.ProblemDetails, context.ProblemDetails.GetType(), ApiJson.Options);
        http.Response.ContentType = ContentType;
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body);
    }
}
