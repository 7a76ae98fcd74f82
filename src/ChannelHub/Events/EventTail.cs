using ChannelHub.Core.Events;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Events;

/// <summary>
/// The newest events, rendered once for all live streams. A stream that is behind it reads the log itself until it has caught up.
/// </summary>
public sealed class EventTail(Database database, EventReader reader) : BackgroundService
{
    private const int Room = 8192;
    private const int Kept = Room / 2; // when there is no more room
    private const int PageSize = 1000;

    // One wake-up costs every stream a write: the more streams, the longer the pause in which events gather.
    private static readonly TimeSpan PausePerStream = TimeSpan.FromMicroseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    private volatile View view = View.Empty;
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
        ReadOnlyMemory<Frame> all = view.All;
        ReadOnlySpan<Frame> frames = all.Span;
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
        return all[low..];
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
        Publish(View.Empty);
        return head;
    }

    private long Append(long position)
    {
        bool afresh = Interlocked.Exchange(ref dropped, 0) == 1;
        EventPage page = database.Read(session => reader.Page(session, position, database.Head, types: null, PageSize));
        // Frames must be dense: after a pause without listeners the old ones are worthless.
        Publish((afresh || !view.EndsAt(position) ? View.Empty : view).With(page.Data));
        return page.Next;
    }

    private void Publish(View next)
    {
        view = next;
        Interlocked.Exchange(ref grown, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    private static Frame ToFrame(EventShape shape) =>
        new(shape.Position, EventTypes.TryParse(shape.Type, out EventType type) ? type : default, Sse.Frame(shape));

    /// <summary>The beginning of an array, as far as it is filled. Longer views fill it further: what a reader has does not change under it.</summary>
    private sealed class View(Frame[] frames, int count)
    {
        public static readonly View Empty = new([], 0);

        public ReadOnlyMemory<Frame> All => frames.AsMemory(0, count);

        public bool EndsAt(long position) => count == 0 || frames[count - 1].Position == position;

        public View With(IReadOnlyList<EventShape> more)
        {
            (Frame[] filled, int end) = (frames, count);
            if (end + more.Count > filled.Length)
            {
                filled = new Frame[Room];
                end = Math.Min(count, Kept);
                Array.Copy(frames, count - end, filled, 0, end);
            }
            foreach (EventShape shape in more)
                filled[end++] = ToFrame(shape);
            return new View(filled, end);
        }
    }
}
