using System.Buffers;
using System.Text.Json;
using ChannelHub.Messages;

namespace ChannelHub.Events;

/// <summary>Writes events as JSON by hand, for the feed and the live streams. Tests hold it to what the serializer writes.</summary>
internal static class EventJson
{
    /// <summary>One page in UTF-8.</summary>
    public static void Write(IBufferWriter<byte> target, EventPage page)
    {
        using Utf8JsonWriter json = MessageJson.Writer(target);
        json.WriteStartObject();
        json.WriteStartArray("data"u8);
        foreach (EventShape shape in page.Data)
            Write(json, shape);
        json.WriteEndArray();
        json.WriteNumber("next"u8, page.Next);
        json.WriteEndObject();
    }

    /// <summary>One event in UTF-8.</summary>
    public static void Write(IBufferWriter<byte> target, EventShape shape)
    {
        using Utf8JsonWriter json = MessageJson.Writer(target);
        Write(json, shape);
    }

    private static void Write(Utf8JsonWriter json, EventShape shape)
    {
        json.WriteStartObject();
        json.WriteNumber("position"u8, shape.Position);
        json.WriteString("id"u8, shape.Id);
        json.WriteString("type"u8, shape.Type);
        MessageJson.WriteTime(json, "at"u8, shape.At);
        json.WriteString("customer_id"u8, shape.CustomerId);
        json.WriteString("conversation_id"u8, shape.ConversationId);
        if (shape.Message is { } message)
        {
            json.WritePropertyName("data"u8);
            MessageJson.Write(json, message);
        }
        else
        {
            MessageJson.WriteRaw(json, "data"u8, shape.Data);
        }
        json.WriteEndObject();
    }
}
