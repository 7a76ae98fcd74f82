using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using ChannelHub.Api;

namespace ChannelHub.Messages;

/// <summary>
/// Writes messages as JSON by hand, for what clients read all day: threads and the feed, where the serializer was half of the work. Tests hold it to what
/// the serializer writes.
/// </summary>
internal static class MessageJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>A writer as all hot answers use it.</summary>
    public static Utf8JsonWriter Writer(IBufferWriter<byte> target) => new(target, Options);

    public static void Write(Utf8JsonWriter json, Page<MessageShape> page)
    {
        json.WriteStartObject();
        json.WriteStartArray("data"u8);
        foreach (MessageShape message in page.Data)
            Write(json, message);
        json.WriteEndArray();
        json.WriteString("next"u8, page.Next);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, MessageShape message)
    {
        json.WriteStartObject();
        WritePlace(json, message);
        WriteContent(json, message);
        WriteTimes(json, message);
        json.WriteEndObject();
    }

    private static void WritePlace(Utf8JsonWriter json, MessageShape message)
    {
        json.WriteString("id"u8, message.Id);
        json.WriteString("conversation_id"u8, message.ConversationId);
        json.WriteString("customer_id"u8, message.CustomerId);
        json.WriteString("identity_id"u8, message.IdentityId);
        json.WriteString("author_identity_id"u8, message.AuthorIdentityId);
        json.WriteString("channel_id"u8, message.ChannelId);
        json.WriteString("channel_type"u8, message.ChannelType);
        json.WriteString("direction"u8, message.Direction);
        json.WriteStartObject("author"u8);
        json.WriteString("kind"u8, message.Author.Kind);
        json.WriteString("name"u8, message.Author.Name);
        json.WriteEndObject();
        json.WriteString("sender_assurance"u8, message.SenderAssurance);
    }

    private static void WriteContent(Utf8JsonWriter json, MessageShape message)
    {
        WriteRaw(json, "parts"u8, message.Parts);
        json.WriteString("state"u8, message.State);
        if (message.Error is { } error)
        {
            json.WritePropertyName("error"u8);
            JsonSerializer.Serialize(json, error, ApiJson.Options);
        }
        json.WriteString("reply_to"u8, message.ReplyTo);
        json.WriteString("group"u8, message.Group);
        if (message.Subject is { } subject)
            json.WriteString("subject"u8, subject);
        if (message.Recipients is { } recipients)
            WriteRaw(json, "recipients"u8, recipients);
        json.WriteStartArray("reactions"u8);
        foreach (ReactionShape reaction in message.Reactions)
            JsonSerializer.Serialize(json, reaction, ApiJson.Options);
        json.WriteEndArray();
        if (message.Metadata is { } metadata)
            WriteRaw(json, "metadata"u8, metadata);
        else
            json.WriteNull("metadata"u8);
    }

    private static void WriteTimes(Utf8JsonWriter json, MessageShape message)
    {
        if (message.ProviderTime is { } written)
            WriteTime(json, "provider_time"u8, written);
        else
            json.WriteNull("provider_time"u8);
        WriteTime(json, "received_at"u8, message.ReceivedAt);
        json.WriteNumber("revision"u8, message.Revision);
        if (message.EditedAt is { } edited)
            WriteTime(json, "edited_at"u8, edited);
        if (message.DeletedAt is { } deleted)
            WriteTime(json, "deleted_at"u8, deleted);
    }

    public static void WriteRaw(Utf8JsonWriter json, ReadOnlySpan<byte> name, RawJson value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value.Text, skipInputValidation: true);
    }

    public static void WriteTime(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset value)
    {
        json.WritePropertyName(name);
        TimeConverter.Write(json, value);
    }
}
