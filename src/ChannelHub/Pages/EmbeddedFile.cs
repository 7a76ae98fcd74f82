using System.Reflection;
using System.Security.Cryptography;

namespace ChannelHub.Pages;

/// <summary>A file that is part of the program, as browsers get it: with a tag, so that they ask again and mostly get nothing.</summary>
/// <param name="Bytes">Its content.</param>
/// <param name="ContentType">Its media type.</param>
/// <param name="ETag">Changes with its content.</param>
public sealed record EmbeddedFile(byte[] Bytes, string ContentType, string ETag)
{
    /// <summary>Loads a file from beside a type's source.</summary>
    public static EmbeddedFile Load(string name, string contentType)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("ChannelHub.Pages." + name)
            ?? throw new InvalidOperationException($"the program lacks its file '{name}'");
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Of(bytes, contentType);
    }

    public static EmbeddedFile Of(byte[] bytes, string contentType) => new(bytes, contentType, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8))}\"");

    /// <summary>Answers with the file, or that the caller has it already.</summary>
    public async Task SendAsync(HttpContext context, string? policy = null)
    {
        HttpResponse response = context.Response;
        response.Headers.CacheControl = "no-cache";
        response.Headers.ETag = ETag;
        if (policy is not null)
            response.Headers.ContentSecurityPolicy = policy;
        if (context.Request.Headers.IfNoneMatch == ETag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        response.ContentType = ContentType;
        response.ContentLength = Bytes.Length;
        await response.Body.WriteAsync(Bytes, context.RequestAborted);
    }
}
