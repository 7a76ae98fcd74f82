using System.Threading.Channels;
using ChannelHub.Api;
using ChannelHub.Events;
using ChannelHub.Options;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.WebChat;

/// <summary>The live stream of a visitor, and the tickets that open it where no header can be sent.</summary>
internal sealed class ChatStreamApi(
    VisitorSessions sessions, VisitorStreams streams, StreamTickets tickets, StreamCursor cursors, ChatFrames frames, SeenMessages seen, ChatLimits limits,
    Database database, HubOptions options, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan NextTry = TimeSpan.FromSeconds(30);

    public Results<Created<TicketShape>, ProblemHttpResult> Ticket(HttpContext context, CancellationToken cancellation)
    {
        Visitor visitor = ChatCall.Of(context).Visitor;
        if (limits.Ticket(visitor) is { } wait)
            return ChatGate.TooMany(context, wait);
        (string ticket, DateTimeOffset expires) = tickets.Issue(visitor);
        return TypedResults.Created((string?)null, new TicketShape(ticket, expires));
    }

    public async Task<Results<EmptyHttpResult, ProblemHttpResult>> StreamAsync(HttpContext context, string? ticket, CancellationToken cancellation)
    {
        ChatCall call = ChatCall.Of(context);
        Visitor? visitor = ticket is null ? sessions.Find(call.Channel, VisitorGate.TokenOf(context)) : await tickets.RedeemAsync(call.Channel, ticket);
        if (visitor is null)
            return ChatGate.Ended();
        long? cursor = null;
        if (context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last)
        {
            cursor = cursors.Decode(call.Channel.Id, last);
            if (cursor is null || !database.HasReached(cursor.Value))
                return Problem.Invalid("Last-Event-ID", "is not an id of this stream; begin without one");
        }
        await sessions.TouchAsync(visitor);
        if (streams.Open(visitor, call.Address, cursor) is not { } stream)
            return ChatGate.TooMany(context, NextTry, "The chat is open in too many places.");
        try
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            await WriteAsync(context, stream, ending.Token);
        }
        catch (OperationCanceledException)
        {
            // The visitor has gone, or the hub stops: both come back by themselves.
        }
        finally
        {
            streams.Close(stream);
        }
        return TypedResults.Empty;
    }

    private async Task WriteAsync(HttpContext context, VisitorStream stream, CancellationToken ending)
    {
        HttpResponse response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store, no-transform";
        response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await response.Body.WriteAsync(Sse.Opening, ending);
        await WriteAsync(response, streams.CatchUp(stream), ending);
        await HeartbeatAsync(response, stream, ending);
        Task<bool>? more = null;
        while (true)
        {
            more ??= stream.Line.WaitToReadAsync(ending).AsTask();
            try
            {
                if (!await more.WaitAsync(TimeSpan.FromSeconds(options.Events.HeartbeatSeconds), database.Clock, ending))
                    return;
                more = null;
                await WriteAsync(response, Waiting(stream.Line), ending);
            }
            catch (TimeoutException)
            {
                if (!sessions.IsLive(stream.Visitor))
                    streams.End(stream, "expired");
                await HeartbeatAsync(response, stream, ending);
            }
        }
    }

    private static IEnumerable<ChatFrame> Waiting(ChannelReader<ChatFrame> line)
    {
        while (line.TryRead(out ChatFrame? frame))
            yield return frame;
    }

    private async Task WriteAsync(HttpResponse response, IEnumerable<ChatFrame> waiting, CancellationToken ending)
    {
        var delivered = new List<long>();
        foreach (ChatFrame frame in waiting)
        {
            await response.Body.WriteAsync(frame.Bytes, ending);
            if (frame.Delivers is { } message)
                delivered.Add(message);
        }
        await response.Body.FlushAsync(ending);
        seen.Delivered(delivered);
    }

    private async Task HeartbeatAsync(HttpResponse response, VisitorStream stream, CancellationToken ending)
    {
        // In this order: what is in the line by then may lie before the position, and must be written before it.
        long position = Math.Max(streams.Position, stream.Cursor ?? 0);
        byte[] beat = stream.Line.TryPeek(out _) ? Sse.Heartbeat : frames.Heartbeat(stream.Visitor, position);
        await response.Body.WriteAsync(beat, ending);
        await response.Body.FlushAsync(ending);
    }
}

/// <summary>A ticket to open the stream once with <c>?ticket=</c>.</summary>
/// <param name="Ticket">Good once.</param>
/// <param name="ExpiresAt">And until then.</param>
public sealed record TicketShape(string Ticket, DateTimeOffset ExpiresAt);
