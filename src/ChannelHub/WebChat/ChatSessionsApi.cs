using ChannelHub.Api;
using ChannelHub.Options;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.WebChat;

/// <summary>Beginning, resuming and ending a visitor's session.</summary>
internal sealed class ChatSessionsApi(
    VisitorSessions sessions, VisitorStreams streams, ChatLimits limits, Database database, HubOptions options, ILogger<ChatSessionsApi> log)
{
    private const int LongestPage = 2048;
    private const int LongestToken = 16 * 1024;

    public async Task<Results<Created<SessionShape>, ProblemHttpResult>> StartAsync(HttpContext context, CancellationToken cancellation)
    {
        ChatCall call = ChatCall.Of(context);
        (SessionRequest? request, ProblemHttpResult? problem) = await ChatBody.ReadAsync<SessionRequest>(context, options.Webchat.BodyBytes);
        if (request is null)
            return problem!;
        Visitor? known = sessions.Find(call.Channel, request.Resume);
        (SignedCustomer? customer, problem) = request.Identity is { } identity ? Verify(context, call, identity) : (null, null);
        if (problem is not null)
            return problem;
        if (Wait(call, known, customer) is { } wait)
            return ChatGate.TooMany(context, wait);
        SessionStart start = await sessions.StartAsync(call.Channel, request.Resume, customer, PageOf(request.Page));
        if (start is not SessionStart.Begun begun)
            return Refuse(context, call, "the token was used by another visitor before");
        if (begun.Ended is { } ended)
            streams.End(call.Channel.Id, ended, "signed_in_anew");
        return TypedResults.Created((string?)null, Shape(call, begun));
    }

    public async Task<Results<NoContent, ProblemHttpResult>> LogoutAsync(HttpContext context, CancellationToken cancellation)
    {
        Visitor visitor = ChatCall.Of(context).Visitor;
        await sessions.EndAsync(visitor);
        streams.End(visitor.Channel.Id, visitor.Value, "logged_out");
        return TypedResults.NoContent();
    }

    private (SignedCustomer?, ProblemHttpResult?) Verify(HttpContext context, ChatCall call, string token)
    {
        if (limits.BadIdentities(call) is { } wait)
            return (null, ChatGate.TooMany(context, wait, "Signing in did not work several times. Please try again later."));
        SignedIdentityResult result = token.Length > LongestToken
            ? new SignedIdentityResult.Bad("the token is too long")
            : SignedIdentity.Verify(token, call.Settings.IdentityKeys, call.Channel.PublicId, database.Clock.GetUtcNow());
        return result is SignedIdentityResult.Good good ? (good.Customer, null) : (null, Refuse(context, call, ((SignedIdentityResult.Bad)result).Reason));
    }

    // The shop's developers find the reason in the log; whoever tries forgeries learns nothing.
    private ProblemHttpResult Refuse(HttpContext context, ChatCall call, string reason)
    {
        limits.BadIdentity(call);
        WebChatLog.IdentityRefused(log, call.Channel.PublicId, context.TraceIdentifier, reason);
        return Problem.Of(StatusCodes.Status401Unauthorized, "identity-invalid", "Not signed in", "You could not be signed in to the chat. Please reload the page.");
    }

    private TimeSpan? Wait(ChatCall call, Visitor? known, SignedCustomer? customer)
    {
        bool stays = known is not null && (customer is null || known.Session.Subject is null || known.Session.Subject == customer.Subject);
        if (!stays)
            return limits.NewVisitor(call);
        return limits.Resume(known!) ?? (customer is null ? null : limits.SignIn(known!));
    }

    private SessionShape Shape(ChatCall call, SessionStart.Begun begun)
    {
        // The position comes first: what is said after it is in the stream, what was said before it in the history, and nothing in neither.
        long head = database.Head;
        ChatMessage? last = database.Read(session =>
        {
            var view = VisitorView.Of(session, begun.Visitor);
            return view.Render(session, view.Page(session, from: null, limit: 1).Rows).FirstOrDefault();
        });
        WebChatSettings settings = call.Settings;
        return new SessionShape(begun.Visitor.Value, begun.Token, ApiJson.Time(begun.Visitor.Session.ExpiresAt),
            last is null ? null : new ChatConversation(last.SentAt), streams.CursorAt(call.Channel, head),
            new ChatConfig(settings.Title, settings.Greeting, settings.Colour, options.Webchat.MessageCharacters, options.Webchat.UploadBytes));
    }

    // Queries of shop pages hold sessions and personal data; where a visitor is, the path says.
    private static string? PageOf(string? page) =>
        page is { Length: > 0 and <= LongestPage } && Uri.TryCreate(page, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https"
            ? url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped)
            : null;
}

/// <summary>Begins or resumes a session.</summary>
public sealed record SessionRequest
{
    /// <summary>The visitor's last token; one that is not good any more makes a new visitor.</summary>
    public string? Resume { get; init; }

    /// <summary>The shop's signed token (JWT) that says who the visitor is.</summary>
    public string? Identity { get; init; }

    /// <summary>Address of the page; its query is dropped.</summary>
    public string? Page { get; init; }
}

/// <summary>A session.</summary>
/// <param name="VisitorId">The visitor, the same over all resumes.</param>
/// <param name="Token">For <c>Authorization: Bearer</c> and the next <c>resume</c>; shown once.</param>
/// <param name="ExpiresAt">When it ends if it is not used.</param>
/// <param name="Conversation">What there is to read; null if nothing was said yet.</param>
/// <param name="Cursor">Where the live stream begins: its <c>Last-Event-ID</c>.</param>
/// <param name="Config">How the chat looks and what it takes.</param>
public sealed record SessionShape(
    string VisitorId, string Token, DateTimeOffset ExpiresAt, ChatConversation? Conversation, string Cursor, ChatConfig Config);

/// <summary>What there is to read.</summary>
/// <param name="LastActivityAt">When something was last said.</param>
public sealed record ChatConversation(DateTimeOffset LastActivityAt);

/// <summary>How a chat looks and what it takes.</summary>
/// <param name="Title">What stands above it.</param>
/// <param name="Greeting">What stands in it while it is empty.</param>
/// <param name="Colour"><c>#rrggbb</c></param>
/// <param name="MaxText">Length of one text in UTF-16 units.</param>
/// <param name="MaxFileBytes">Largest file.</param>
public sealed record ChatConfig(string? Title, string? Greeting, string? Colour, int MaxText, long MaxFileBytes);

internal static partial class WebChatLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "A signed identity for chat {Channel} was refused in request {RequestId}: {Reason}")]
    public static partial void IdentityRefused(ILogger log, string channel, string requestId, string reason);
}
