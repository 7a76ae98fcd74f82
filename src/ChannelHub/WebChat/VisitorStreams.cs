using ChannelHub.Channels;
using ChannelHub.Core.Events;
using ChannelHub.Options;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Events;
using ChannelHub.Storage.WebChat;

namespace ChannelHub.WebChat;

/// <summary>
/// All live streams of visitors. One reader of the hub's log hands it every event once; who it is for is looked up. Whoever opens a stream gets the rest
/// up to that reader's position from the log itself, so that no event is missed and none comes twice.
/// </summary>
internal sealed class VisitorStreams
{
    /// <summary>Whoever was away for longer loads the thread again.</summary>
    public const int LongestGap = 10_000;

    private readonly Lock gate = new();
    private readonly StreamIndex index = new();
    private readonly Dictionary<long, WebChatChannel> heard = [];
    private readonly Database database;
    private readonly ChatFrames frames;
    private readonly StreamCursor cursors;
    private readonly WebChatOptions limits;
    private readonly ILogger log;
    private long position;

    public VisitorStreams(
        Database database, ChannelDirectory channels, ChatFrames frames, StreamCursor cursors, HubOptions options, ILogger<VisitorStreams> log)
    {
        this.log = log;
        this.database = database;
        this.frames = frames;
        this.cursors = cursors;
        limits = options.Webchat;
        position = database.Head;
        channels.Changed += OnChanged;
        foreach (LiveChannel channel in channels.All)
            OnChanged(channel);
    }

    /// <summary>Everything up to here has been handed to the streams it is for.</summary>
    public long Position => Interlocked.Read(ref position);

    /// <summary>A position as visitors of a channel see it.</summary>
    public string CursorAt(LiveChannel channel, long at) => cursors.Encode(channel.Id, at);

    /// <summary>Opens a stream; null if the address has too many. Too many of one visitor: the oldest gives way.</summary>
    public VisitorStream? Open(Visitor visitor, string address, long? cursor)
    {
        lock (gate)
        {
            IReadOnlyList<VisitorStream> others = index.OfVisitor(visitor.LimitKey);
            VisitorStream? oldest = others.Count >= limits.StreamsPerVisitor ? others[0] : null;
            if (index.CountOfAddress(address) - (oldest?.Address == address ? 1 : 0) >= limits.StreamsPerAddress)
                return null;
            if (oldest is not null)
                Drop(oldest, reason: null);
            VisitorView view = database.Read(session => VisitorView.Of(session, visitor));
            var stream = new VisitorStream(visitor, address, view, position, cursor);
            index.Add(stream);
            return stream;
        }
    }

    public void Close(VisitorStream stream)
    {
        lock (gate)
            Drop(stream, reason: null);
    }

    /// <summary>Ends all streams of a visitor.</summary>
    public void End(long channelId, string visitor, string reason) =>
        Drop(stream => stream.Visitor.Channel.Id == channelId && stream.Visitor.Value == visitor, reason);

    /// <summary>Ends one stream, because its visitor's session has.</summary>
    public void End(VisitorStream stream, string reason)
    {
        lock (gate)
            Drop(stream, reason);
    }

    /// <summary>What a visitor missed between where they left off and where the live part begins.</summary>
    public List<ChatFrame> CatchUp(VisitorStream stream) => database.Read(session =>
    {
        var missed = new List<ChatFrame>();
        if (stream.Cursor is { } cursor && cursor < stream.Start)
            missed.AddRange(Missed(session, stream, cursor));
        if (ChatFrames.ReadBefore(session, stream.View) is { } read)
            missed.Add(read);
        return missed;
    });

    /// <summary>Hands out what the log brought beyond <see cref="Position"/> up to <paramref name="upTo"/>.</summary>
    public void Dispatch(Session session, IReadOnlyList<EventRow> rows, long upTo)
    {
        lock (gate)
        {
            if (!index.IsEmpty)
            {
                foreach (EventRow row in rows)
                    DispatchOrReset(session, row);
            }
            Interlocked.Exchange(ref position, upTo);
        }
    }

    private IEnumerable<ChatFrame> Missed(Session session, VisitorStream stream, long cursor)
    {
        VisitorView view = stream.View;
        if (stream.Start - cursor > LongestGap || cursor + 1 < EventStore.First(session))
            return [frames.Reset(stream.Visitor, stream.Start)];
        if (view.Identity is not { } identity)
            return [];
        List<EventRow> rows = VisitorThreadStore.Events(session, cursor, stream.Start, [.. view.Identities], identity.CustomerId);
        return rows.Exists(row => ChangesViews((EventType)row.Type))
            ? [frames.Reset(stream.Visitor, stream.Start)]
            : rows.Select(row => frames.Of(session, view, row)).OfType<ChatFrame>();
    }

    // One event that cannot be shown must not hold up all others: whom it concerns loads the thread again.
    private void DispatchOrReset(Session session, EventRow row)
    {
        try
        {
            Dispatch(session, row);
        }
        catch (Exception failure)
        {
            log.LogError(failure, "Event {Position} could not be shown to visitors live", row.Position);
            foreach (VisitorStream stream in index.About(row.IdentityId, row.CustomerId))
                stream.Send(frames.Reset(stream.Visitor, row.Position));
        }
    }

    private void Dispatch(Session session, EventRow row)
    {
        if (row.Type == (long)EventType.IdentityAdded)
        {
            foreach (VisitorStream stream in NewIdentity.VisitorOf(row) is { } visitor ? index.OfVisitor(visitor).ToList() : [])
                Judge(session, stream, row);
            return;
        }
        if (ChangesViews((EventType)row.Type))
        {
            foreach (VisitorStream stream in index.OfCustomers(row.IdentityId, row.CustomerId))
                Judge(session, stream, row);
            return;
        }
        foreach (VisitorStream stream in index.About(row.IdentityId, row.CustomerId))
        {
            // On their own thread visitors see what is theirs; on any other it is judged anew whether they still do.
            if (row.IdentityId != stream.View.Identity?.Id)
                Judge(session, stream, row);
            if (row.Position > stream.Cursor.GetValueOrDefault() && frames.Of(session, stream.View, row) is { } frame)
                stream.Send(frame);
        }
    }

    private void Judge(Session session, VisitorStream stream, EventRow row)
    {
        VisitorView before = stream.View;
        var now = VisitorView.Of(session, stream.Visitor);
        index.Move(stream, now);
        bool begins = before.Identity is null && now.Identities.Count <= 1;
        if (!begins && !now.Identities.SetEquals(before.Identities))
            stream.Send(frames.Reset(stream.Visitor, row.Position));
    }

    private void OnChanged(LiveChannel channel)
    {
        if (!channel.Enabled || channel.Row.DeletedAt is not null || channel.Account is not WebChatChannel chat)
        {
            Drop(stream => stream.Visitor.Channel.Id == channel.Id, reason: null);
            return;
        }
        lock (gate)
        {
            if (heard.TryGetValue(channel.Id, out WebChatChannel? known) && known == chat)
                return;
            heard[channel.Id] = chat;
        }
        chat.TypingShown += visitor => Typing(channel.PublicId + ":" + visitor);
    }

    private void Typing(string limitKey)
    {
        lock (gate)
        {
            foreach (VisitorStream stream in index.OfVisitor(limitKey))
                stream.Send(ChatFrames.Typing);
        }
    }

    private void Drop(Func<VisitorStream, bool> which, string? reason)
    {
        lock (gate)
        {
            foreach (VisitorStream stream in index.All.Where(which).ToList())
                Drop(stream, reason);
        }
    }

    private void Drop(VisitorStream stream, string? reason)
    {
        index.Remove(stream);
        if (reason is not null)
            stream.Send(ChatFrames.Ended(reason));
        stream.End();
    }

    private static bool ChangesViews(EventType type) => type is EventType.CustomerMerged or EventType.CustomerUnmerged or EventType.IdentityClosed;
}
