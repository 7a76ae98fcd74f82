using System.Buffers;
using System.Globalization;
using System.Text;

namespace ChannelHub.Events;

/// <summary>The wire form of a live stream (WHATWG HTML, "Server-sent events").</summary>
internal static class Sse
{
    /// <summary>Keeps proxies from closing a quiet stream.</summary>
    public static readonly byte[] Heartbeat = ":\n\n"u8.ToArray();

    /// <summary>The first bytes: how long a reader waits before it comes back.</summary>
    public static readonly byte[] Opening = "retry: 3000\n\n"u8.ToArray();

    /// <summary>An event of the log; its id is its position.</summary>
    public static byte[] Frame(EventShape shape)
    {
        var frame = new ArrayBufferWriter<byte>(1024);
        Frame(frame, shape);
        return frame.WrittenSpan.ToArray();
    }

    /// <inheritdoc cref="Frame(EventShape)"/>
    public static void Frame(IBufferWriter<byte> target, EventShape shape)
    {
        Begin(target, shape.Position.ToString(CultureInfo.InvariantCulture), shape.Type);
        EventJson.Write(target, shape);
        target.Write("\n\n"u8);
    }

    /// <summary>Any frame. JSON as the hub writes it has no line breaks.</summary>
    public static byte[] Frame(string? id, string type, ReadOnlySpan<byte> json)
    {
        var frame = new ArrayBufferWriter<byte>(json.Length + 64);
        Begin(frame, id, type);
        frame.Write(json);
        frame.Write("\n\n"u8);
        return frame.WrittenSpan.ToArray();
    }

    private static void Begin(IBufferWriter<byte> target, string? id, string type)
    {
        if (id is not null)
            Write(target, "id: ", id);
        Write(target, "event: ", type);
        target.Write("data: "u8);
    }

    private static void Write(IBufferWriter<byte> frame, string field, string value)
    {
        Encoding.UTF8.GetBytes(field, frame);
        Encoding.UTF8.GetBytes(value, frame);
        frame.Write("\n"u8);
    }
}
