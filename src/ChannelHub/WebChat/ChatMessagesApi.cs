using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Core.Messages;
using ChannelHub.Events;
using ChannelHub.Options;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;
using ChannelHub.Storage.WebChat;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.WebChat;

/// <summary>What a visitor reads and says.</summary>
internal sealed class ChatMessagesApi(
    VisitorSessions sessions, ChatWords words, SeenMessages seen, ChatLimits limits, LiveSignals signals, Database database, HubOptions options)
{
    private static readonly TimeSpan UntilAnswered = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Unanswered = TimeSpan.FromDays(1);

    public Results<Ok<Page<ChatMessage>>, ProblemHttpResult> List(HttpContext context, string? cursor, string? limit)
    {
        ChatCall call = ChatCall.Of(context);
        if (!Paging.TryLimit(limit, out int most, out ProblemHttpResult? problem))
            return problem;
        Span<long> key = stackalloc long[3];
        if (cursor is not null && !Paging.TryDecode(cursor, key, out problem))
            return problem;
        ThreadPosition? from = cursor is null ? null : new ThreadPosition(key[0], key[1], key[2]);
        (Page<ChatMessage> page, long[] news) = database.Read(session =>
        {
            var view = VisitorView.Of(session, call.Visitor);
            (List<MessageRow> rows, ThreadPosition? next) = view.Page(session, from, most);
            long[] fresh = [.. rows.Where(row => row.Direction == 1 && row.ChannelId == call.Channel.Id && row.State == (long)MessageState.Sent).Select(row => row.Id)];
            return (new Page<ChatMessage>(view.Render(session, rows), next is null ? null : Paging.Encode(next.OccurredAt, next.Sequence, next.Id)), fresh);
        });
        seen.Delivered(news);
        return TypedResults.Ok(page);
    }

    public async Task<Results<Created<ChatMessage>, Ok<ChatMessage>, ProblemHttpResult>> SendAsync(HttpContext context, CancellationToken cancellation)
    {
        ChatCall call = ChatCall.Of(context);
        (MessageRequest? request, ProblemHttpResult? problem) = await ChatBody.ReadAsync<MessageRequest>(context, options.Webchat.BodyBytes);
        if (request is null)
            return problem!;
        if (words.Errors(request) is { Count: > 0 } errors)
            return Problem.Invalid(errors);
        if (Wait(context, call, request) is { } tooMany)
            return tooMany;
        if (words.Read(call.Visitor, request) is not { } message)
            return Problem.Invalid("parts", "a file is not one of yours, or is sent already");
        EntryOutcomeKind outcome = await sessions.IngestAsync(call.Visitor, message);
        if (Stored(call.Visitor, request.ClientId!) is not { } shown)
            return Problem.Invalid("parts", "the message could not be read");
        return outcome == EntryOutcomeKind.Stored ? TypedResults.Created((string?)null, shown) : TypedResults.Ok(shown);
    }

    public async Task<Results<NoContent, ProblemHttpResult>> TypingAsync(HttpContext context, CancellationToken cancellation)
    {
        Visitor visitor = ChatCall.Of(context).Visitor;
        (TypingRequest? request, ProblemHttpResult? problem) = await ChatBody.ReadAsync<TypingRequest>(context, options.Webchat.BodyBytes);
        if (request is null)
            return problem!;
        if (limits.Typing(visitor) is { } wait)
            return ChatGate.TooMany(context, wait);
        // Somebody who has never said anything has no thread on which to show it.
        if (database.Read(session => VisitorView.Of(session, visitor)).Identity is { BlockedAt: null } identity)
            signals.Typing(identity.CustomerId, identity.Id, request.Typing);
        return TypedResults.NoContent();
    }

    public async Task<Results<NoContent, ProblemHttpResult>> ReadAsync(HttpContext context, CancellationToken cancellation)
    {
        ChatCall call = ChatCall.Of(context);
        (ReadRequest? request, ProblemHttpResult? problem) = await ChatBody.ReadAsync<ReadRequest>(context, options.Webchat.BodyBytes);
        if (request is null)
            return problem!;
        if (limits.Read(call.Visitor) is { } wait)
            return ChatGate.TooMany(context, wait);
        (bool found, List<long> unread) = database.Read(session =>
        {
            var view = VisitorView.Of(session, call.Visitor);
            return view.Find(session, request.UpTo) is { } upTo
                ? (true, VisitorThreadStore.UnreadUpTo(session, call.Channel.Id, view.Identities, VisitorView.PositionOf(upTo)))
                : (false, []);
        });
        if (!found)
            return Problem.NotFound("There is no such message.");
        if (unread.Count > 0)
            await database.WriteAsync(session => VisitorThreadStore.Advance(session, unread, MessageState.Read));
        return TypedResults.NoContent();
    }

    private ProblemHttpResult? Wait(HttpContext context, ChatCall call, MessageRequest request)
    {
        if (limits.Message(call.Visitor) is { } wait)
            return ChatGate.TooMany(context, wait, "That was too fast. Please wait a moment before you write more.");
        long since = (database.Clock.GetUtcNow() - Unanswered).ToUnixTimeMilliseconds();
        (bool known, bool first, int unanswered) = database.Read(session =>
        {
            var view = VisitorView.Of(session, call.Visitor);
            bool repeated = VisitorThreadStore.MessageOf(session, call.Channel.Id, VisitorMessage.IdOf(call.Visitor.Value, request.ClientId!)) is not null;
            return view.Identity is not { } own
                ? (repeated, true, 0)
                : (repeated, view.Page(session, from: null, limit: 1).Rows.Count == 0, VisitorThreadStore.Unanswered(session, own.Id, since, options.Webchat.UnansweredMessages));
        });
        if (known)
            return null;
        if (first && limits.Conversation(call) is { } pause)
            return ChatGate.TooMany(context, pause, "Too many chats were begun from here. Please try again later.");
        return unanswered >= options.Webchat.UnansweredMessages
            ? ChatGate.TooMany(context, UntilAnswered, "Please wait for an answer before you write more.")
            : null;
    }

    private ChatMessage? Stored(Visitor visitor, string clientId) => database.Read(session =>
    {
        if (VisitorThreadStore.MessageOf(session, visitor.Channel.Id, VisitorMessage.IdOf(visitor.Value, clientId)) is not { } id
            || MessageStore.Find(session, id) is not { } row)
            return null;
        return VisitorView.Of(session, visitor).Render(session, [row])[0];
    });
}

/// <summary>What a visitor says.</summary>
public sealed record MessageRequest
{
    /// <summary>Made by the browser, 1 to 100 characters; repeating the call with it gives the same message.</summary>
    public string? ClientId { get; init; }

    /// <summary>What it consists of.</summary>
    public IReadOnlyList<MessagePartRequest?>? Parts { get; init; }

    /// <summary>The message it answers (<c>msg_…</c>).</summary>
    public string? ReplyTo { get; init; }
}

/// <summary>One part of what a visitor says.</summary>
public sealed record MessagePartRequest
{
    /// <summary><c>text</c>, <c>reply</c>, <c>image</c>, <c>audio</c>, <c>video</c> or <c>file</c>.</summary>
    public string? Type { get; init; }

    /// <summary>Of a text.</summary>
    public string? Text { get; init; }

    /// <summary>Of a file: what its upload was answered with (<c>att_…</c>).</summary>
    public string? AttachmentId { get; init; }

    /// <summary>Of a press: the button's id.</summary>
    public string? ButtonId { get; init; }

    /// <summary>Of a press: what stood on the button.</summary>
    public string? Label { get; init; }
}

/// <summary>A visitor is typing, or stopped.</summary>
public sealed record TypingRequest
{
    /// <summary>False when they stopped.</summary>
    public bool Typing { get; init; } = true;
}

/// <summary>A visitor has read.</summary>
public sealed record ReadRequest
{
    /// <summary>The newest message that was read (<c>msg_…</c>).</summary>
    public string? UpTo { get; init; }
}
