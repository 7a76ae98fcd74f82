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
    public static byte[] Frame(EventShape shape) =>
        Frame(shape.Position.ToString(CultureInfo.InvariantCulture), shape.Type, EventReader.Serialize(shape));

    /// <summary>Any frame. JSON as the hub writes it has no line breaks.</summary>
    public static byte[] Frame(string? id, string type, ReadOnlySpan<byte> json)
    {
        var frame = new ArrayBufferWriter<byte>(json.Length + 64);
        if (id is not null)
            Write(frame, "id: ", id);
        Write(frame, "event: ", type);
        frame.Write("data: "u8);
        frame.Write(json);
        frame.Write("\n\n"u8);
        return frame.WrittenSpan.ToArray();
    }

    private static void Write(ArrayBufferWriter<byte> frame, string field, string value)
    {
        Encoding.UTF8.GetBytes(field, frame);
        Encoding.UTF8.GetBytes(value, frame);
        frame.Write("\n"u8);
    }
}
