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

    // A page loads one script, so the parts become one function, in the order in which they need each other.
    private static readonly string[] WidgetParts =
        ["page", "words", "tools", "server", "stream", "thread", "outbox", "message", "log", "look", "panel", "composer", "wiring", "start"];

    private readonly Page widget = Made(
        [.. "(() => {\n'use strict';\n"u8, .. WidgetParts.SelectMany(part => Load($"Widget/{part}.js")), .. "})();\n"u8], "text/javascript; charset=utf-8");

    private readonly Page demo = Made(Load("demo.html"), "text/html; charset=utf-8");
    private readonly Page style = Made(Load("demo.css"), "text/css; charset=utf-8");

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

    private static Page Made(byte[] bytes, string contentType) =>
        new(bytes, contentType, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8))}\""));

    private static byte[] Load(string name)
    {
        using Stream resource = Assembly.GetExecutingAssembly().GetManifestResourceStream("WebChat/" + name)
            ?? throw new InvalidOperationException($"{name} is not in the program");
        using var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        return bytes.ToArray();
    }

    private sealed record Page(byte[] Bytes, string ContentType, EntityTagHeaderValue Tag);
}
