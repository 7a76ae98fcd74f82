using System.Threading.Channels;

namespace ChannelHub.WebChat;

/// <summary>Something to write to a visitor's live stream.</summary>
/// <param name="Bytes">SSE frame.</param>
/// <param name="Delivers">The shop's message that the visitor has once this is written.</param>
internal sealed record ChatFrame(byte[] Bytes, long? Delivers = null);

/// <summary>One live stream of a visitor. Frames wait in a line of bounded length: whoever does not read is cut off and resumes where they were.</summary>
/// <param name="visitor">Whose.</param>
/// <param name="address">From where.</param>
/// <param name="view">What the visitor may see.</param>
/// <param name="start">The log up to here is for catching up; what comes after it comes live.</param>
/// <param name="cursor">Where the visitor left off; null for whoever begins now.</param>
internal sealed class VisitorStream(Visitor visitor, string address, VisitorView view, long start, long? cursor)
{
    private const int LongestLine = 512;

    private readonly Channel<ChatFrame> line = System.Threading.Channels.Channel.CreateBounded<ChatFrame>(
        new BoundedChannelOptions(LongestLine) { SingleReader = true, SingleWriter = false });

    public Visitor Visitor { get; } = visitor;

    public string Address { get; } = address;

    public long Start { get; } = start;

    /// <summary>What lies at or before is not sent again.</summary>
    public long? Cursor { get; } = cursor;

    /// <summary>As last judged; only under the lock of <see cref="VisitorStreams"/>.</summary>
    public VisitorView View { get; set; } = view;

    public ChannelReader<ChatFrame> Line => line.Reader;

    public void Send(ChatFrame frame)
    {
        if (!line.Writer.TryWrite(frame))
            line.Writer.TryComplete();
    }

    /// <summary>Nothing more comes; what waits is still written.</summary>
    public void End() => line.Writer.TryComplete();
}
