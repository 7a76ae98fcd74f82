using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using ChannelHub.Api;
using ChannelHub.Channels;
using Microsoft.Net.Http.Headers;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.WebChat;

/// <summary>The widget and the shop page to try it in; both are part of the program.</summary>
internal sealed class ChatPages(ChannelDirectory channels)
{
    private const string DemoPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; media-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types 'none'";

    private readonly Page widget = Load("widget.js", "text/javascript; charset=utf-8");
    private readonly Page demo = Load("demo.html", "text/html; charset=utf-8");
    private readonly Page style = Load("demo.css", "text/css; charset=utf-8");

    public IResult Widget(HttpContext context)
    {
        context.Response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        return Serve(context, widget);
    }

    public IResult Style(HttpContext context) => Serve(context, style);

    /// <summary>The shop with the oldest live chat there is.</summary>
    public IResult Demo(HttpContext context)
    {
        if (channels.All.FirstOrDefault(channel => channel is { Enabled: true, Account: WebChatChannel }) is not { } channel)
            return Problem.NotFound("There is no live chat to show; make a channel of type webchat.");
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = DemoPolicy;
        headers.XFrameOptions = "SAMEORIGIN";
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-cache";
        return TypedResults.Text(Encoding.UTF8.GetString(demo.Bytes).Replace("{{channel}}", channel.PublicId, StringComparison.Ordinal), demo.ContentType);
    }

    private static FileContentHttpResult Serve(HttpContext context, Page page)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.CacheControl = "public, max-age=300";
        headers.XContentTypeOptions = "nosniff";
        return TypedResults.Bytes(page.Bytes, page.ContentType, entityTag: page.Tag);
    }

    private static Page Load(string name, string contentType)
    {
        using Stream resource = Assembly.GetExecutingAssembly().GetManifestResourceStream("WebChat/" + name)
            ?? throw new InvalidOperationException($"{name} is not in the program");
        var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        string tag = Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray()).AsSpan(0, 8));
        return new Page(bytes.ToArray(), contentType, new EntityTagHeaderValue($"\"{tag}\""));
    }

    private sealed record Page(byte[] Bytes, string ContentType, EntityTagHeaderValue Tag);
}
