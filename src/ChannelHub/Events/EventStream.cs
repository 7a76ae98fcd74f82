using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Channels;
using ChannelHub.Api;
using ChannelHub.Core.Events;
using ChannelHub.Options;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Events;

/// <summary>
/// One live stream of the log. It catches up from the log, then lives on the shared tail; every event once, in order, whatever it missed before.
/// </summary>
internal sealed class EventStream(
    Database database, EventReader reader, EventTail tail, LiveSignals signals, HubOptions options, IReadOnlyList<long>? types, Func<bool> stillAllowed)
{
    // What a stream is given before the next look at whether its reader takes it: that much memory a slow reader holds.
    private const int PageSize = 100;
    private const int MostBytes = 128 * 1024;

    // Withdrawn rights close a stream within this time even when nothing happens.
    private static readonly TimeSpan RightsCheck = TimeSpan.FromSeconds(2);

    public async Task RunAsync(HttpContext context, long position, CancellationToken cancellation)
    {
        HttpResponse response = context.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-transform";
        response.Headers["X-Accel-Buffering"] = "no";
        await WriteAsync(context, Sse.Opening, cancellation);
        Channel<byte[]> live = signals.Listen();
        tail.Joined();
        try
        {
            await FollowAsync(context, live.Reader, position, cancellation);
        }
        finally
        {
            tail.Left();
            signals.Leave(live);
        }
    }

    private async Task FollowAsync(HttpContext context, ChannelReader<byte[]> live, long position, CancellationToken cancellation)
    {
        TimeSpan heartbeat = TimeSpan.FromSeconds(options.Events.HeartbeatSeconds);
        DateTimeOffset quietSince = database.Clock.GetUtcNow();
        Task<bool>? signalled = null;
        while (stillAllowed())
        {
            Task grown = tail.Grown;
            // One that is still waiting is waited for again: the channel keeps each until there is a signal, which may be never.
            if (signalled is null or { IsCompleted: true })
                signalled = live.WaitToReadAsync(cancellation).AsTask();
            (long next, bool wrote) = await SendAsync(context, position, cancellation);
            while (live.TryRead(out byte[]? signal))
            {
                await WriteAsync(context, signal, cancellation);
                wrote = true;
            }
            DateTimeOffset now = database.Clock.GetUtcNow();
            if (wrote)
                quietSince = now;
            else if (now - quietSince >= heartbeat)
            {
                await WriteAsync(context, Sse.Heartbeat, cancellation);
                quietSince = now;
            }
            if (next == position)
                await WaitAsync(grown, signalled, cancellation);
            position = next;
        }
    }

    private async Task WaitAsync(Task grown, Task signalled, CancellationToken cancellation)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(grown, signalled, Task.Delay(RightsCheck, database.Clock, enough.Token));
        await enough.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Sends what is there beyond a position; answers where to go on and whether anything went out.</summary>
    private async Task<(long Next, bool Wrote)> SendAsync(HttpContext context, long position, CancellationToken cancellation)
    {
        bool wrote = false;
        if (tail.After(position) is { } frames)
        {
            int written = 0;
            foreach (EventTail.Frame frame in frames.Span)
            {
                if (types is null || types.Contains((long)frame.Type))
                {
                    context.Response.BodyWriter.Write(frame.Bytes);
                    written += frame.Bytes.Length;
                }
                position = frame.Position;
                if (written >= MostBytes)
                    break;
            }
            wrote = written > 0;
        }
        else
        {
            EventPage page = database.Read(session => reader.Page(session, position, database.Head, types, PageSize));
            foreach (EventShape shape in page.Data)
                Sse.Frame(context.Response.BodyWriter, shape);
            wrote = page.Data.Count > 0;
            position = page.Next;
        }
        if (wrote)
            await FlushAsync(context, cancellation);
        return (position, wrote);
    }

    private async Task WriteAsync(HttpContext context, byte[] bytes, CancellationToken cancellation)
    {
        context.Response.BodyWriter.Write(bytes);
        await FlushAsync(context, cancellation);
    }

    /// <summary>A reader that takes nothing for too long is cut off: it can come back to where it was.</summary>
    private async Task FlushAsync(HttpContext context, CancellationToken cancellation)
    {
        ValueTask<FlushResult> flush = context.Response.BodyWriter.FlushAsync(cancellation);
        if (flush.IsCompletedSuccessfully)
            return;
        try
        {
            await flush.AsTask().WaitAsync(TimeSpan.FromSeconds(options.Events.StalledSeconds), database.Clock, cancellation);
        }
        catch (TimeoutException stalled)
        {
            context.Abort();
            throw new OperationCanceledException("the reader takes nothing", stalled);
        }
    }
}
