using System.Collections.Immutable;
using ChannelHub.Core.Events;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Events;

/// <summary>
/// The newest events, rendered once for all live streams. A stream that is behind it reads the log itself until it has caught up.
/// </summary>
public sealed class EventTail(Database database, EventReader reader) : BackgroundService
{
    private const int Kept = 8192;
    private const int PageSize = 1000;

    // One wake-up costs every stream a write: the more streams, the longer the pause in which events gather.
    private static readonly TimeSpan PausePerStream = TimeSpan.FromMicroseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    private volatile ImmutableArray<Frame>[] snapshot = [[]];
    private volatile TaskCompletionSource grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int streams;
    private int dropped;

    /// <summary>One event as it goes over the wire.</summary>
    /// <param name="Position">Its position.</param>
    /// <param name="Type">For filters.</param>
    /// <param name="Bytes">SSE frame, UTF-8.</param>
    public sealed record Frame(long Position, EventType Type, byte[] Bytes);

    /// <summary>Frames beyond a position, if the tail reaches back so far; null if the log must be read.</summary>
    public ReadOnlyMemory<Frame>? After(long position)
    {
        ImmutableArray<Frame> frames = snapshot[0];
        if (frames.Length == 0)
            return position >= database.Head ? ReadOnlyMemory<Frame>.Empty : (ReadOnlyMemory<Frame>?)null; // a bare null would become an empty memory
        if (position < frames[0].Position - 1)
            return null;
        int low = 0;
        int high = frames.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (frames[middle].Position <= position)
                low = middle + 1;
            else
                high = middle;
        }
        return frames.AsMemory()[low..];
    }

    /// <summary>Ends when the tail has grown after this call.</summary>
    public Task Grown => grown.Task;

    /// <summary>A live stream begins.</summary>
    public void Joined() => Interlocked.Increment(ref streams);

    /// <summary>A live stream ended.</summary>
    public void Left() => Interlocked.Decrement(ref streams);

    /// <summary>What was rendered before is no longer true: it is read again. To be called before an event tells of it.</summary>
    public void Drop() => Interlocked.Exchange(ref dropped, 1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long position = database.Head;
        while (!stoppingToken.IsCancellationRequested)
        {
            await database.WaitBeyondAsync(position, stoppingToken);
            // Nobody listening: whoever comes reads the log.
            position = Volatile.Read(ref streams) == 0 ? Forget() : Append(position);
            TimeSpan pause = PausePerStream * Volatile.Read(ref streams);
            if (pause > TimeSpan.FromMilliseconds(1))
                await Task.Delay(pause < LongestPause ? pause : LongestPause, database.Clock, stoppingToken);
        }
    }

    private long Forget()
    {
        long head = database.Head;
        Publish([]);
        return head;
    }

    private long Append(long position)
    {
        bool afresh = Interlocked.Exchange(ref dropped, 0) == 1;
        EventPage page = database.Read(session => reader.Page(session, position, database.Head, types: null, PageSize));
        ImmutableArray<Frame> frames = snapshot[0];
        // Frames must be dense: after a pause without listeners the old ones are worthless.
        if (afresh || (frames.Length > 0 && frames[^1].Position != position))
            frames = [];
        int drop = Math.Max(0, frames.Length + page.Data.Count - Kept);
        Publish([.. frames.Skip(drop), .. page.Data.Select(ToFrame)]);
        return page.Next;
    }

    private void Publish(ImmutableArray<Frame> frames)
    {
        snapshot = [frames];
        Interlocked.Exchange(ref grown, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    private static Frame ToFrame(EventShape shape) =>
        new(shape.Position, EventTypes.TryParse(shape.Type, out EventType type) ? type : default, Sse.Frame(shape));
}
