using ChannelHub.Api;
using ChannelHub.Attachments;

namespace ChannelHub.WebChat;

/// <summary>The addresses of the live chat.</summary>
internal static class WebChatApi
{
    public static void Map(IEndpointRouteBuilder app)
    {
        IServiceProvider services = app.ServiceProvider;
        RouteGroupBuilder chat = app.MapGroup("/chat/{channel}").AddEndpointFilter(services.GetRequiredService<ChatGate>()).WithTags("Live chat");
        RouteGroupBuilder visitor = chat.MapGroup("").AddEndpointFilter(services.GetRequiredService<VisitorGate>()).WithMetadata(new VisitorToken());
        MapSessions(chat, visitor, services.GetRequiredService<ChatSessionsApi>());
        MapMessages(visitor, services.GetRequiredService<ChatMessagesApi>());
        MapFiles(visitor, services.GetRequiredService<ChatFilesApi>());
        MapStream(chat, visitor, services.GetRequiredService<ChatStreamApi>());
        MapClaims(visitor, services.GetRequiredService<ChatClaimsApi>());
        chat.MapMethods("/{**rest}", [HttpMethods.Options], (HttpContext context, string? rest) =>
        {
            ChatOrigins.Preflight(context.Response);
            return TypedResults.Empty;
        }).ExcludeFromDescription();
        MapPages(app, services.GetRequiredService<ChatPages>());
    }

    private static void MapSessions(RouteGroupBuilder chat, RouteGroupBuilder visitor, ChatSessionsApi api)
    {
        chat.MapPost("/sessions", api.StartAsync).Accepts<SessionRequest>("application/json").WithSummary("Begin or resume a visitor's session");
        visitor.MapPost("/sessions/logout", api.LogoutAsync).WithSummary("End the visitor's session in this browser");
    }

    private static void MapMessages(RouteGroupBuilder visitor, ChatMessagesApi api)
    {
        visitor.MapGet("/messages", api.List).WithSummary("What the visitor may read, newest first");
        visitor.MapPost("/messages", api.SendAsync).Accepts<MessageRequest>("application/json").WithSummary("Say something; idempotent on client_id");
        visitor.MapPost("/typing", api.TypingAsync).Accepts<TypingRequest>("application/json").WithSummary("Show the shop that the visitor is typing");
        visitor.MapPost("/read", api.ReadAsync).Accepts<ReadRequest>("application/json").WithSummary("The visitor has read up to a message");
    }

    private static void MapFiles(RouteGroupBuilder visitor, ChatFilesApi api)
    {
        visitor.MapPost("/attachments", api.UploadAsync).Accepts<Stream>("*/*").WithSummary("Upload a file; the body is its bytes");
        visitor.MapGet("/attachments/{id}", api.DownloadAsync).Produces<Stream>(StatusCodes.Status200OK, SafeType.Unknown).WithSummary("Download a file of a message that the visitor may read");
    }

    private static void MapStream(RouteGroupBuilder chat, RouteGroupBuilder visitor, ChatStreamApi api)
    {
        visitor.MapPost("/tickets", api.Ticket).WithSummary("A one-use ticket to open the stream without a header");
        chat.MapGet("/stream", api.StreamAsync).Produces<string>(StatusCodes.Status200OK, "text/event-stream").WithSummary("Live stream (server-sent events): message, state, read, typing, reset, session");
    }

    private static void MapClaims(RouteGroupBuilder visitor, ChatClaimsApi api)
    {
        visitor.MapPost("/claims", api.ClaimAsync).Accepts<ClaimRequest>("application/json").WithSummary("Note an address the visitor says is theirs, and send a code there; it opens nothing");
        visitor.MapPost("/claims/{id}/confirm", api.ConfirmAsync).Accepts<ConfirmRequest>("application/json")
            .WithSummary("Prove a claimed address by the code sent to it");
    }

    private static void MapPages(IEndpointRouteBuilder app, ChatPages pages)
    {
        app.MapGet("/widget.js", IResult (HttpContext context) => pages.Widget(context)).ExcludeFromDescription();
        app.MapGet("/demo", IResult (HttpContext context) => pages.Demo(context)).ExcludeFromDescription();
        app.MapGet("/demo.css", IResult (HttpContext context) => pages.Style(context)).ExcludeFromDescription();
    }
}
