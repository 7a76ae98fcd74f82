using System.Buffers;
using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ChannelHub.Adapters.Conformance;

/// <summary>
/// What parsing gave, as JSON for people to read and for tests to compare: members by name, what is null or empty left out, so that a new
/// member of the contract leaves approved files as they are until an adapter fills it.
/// </summary>
public static class NormalisedJson
{
    private static readonly JsonWriterOptions Layout = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The normalised form of what one input gave.</summary>
    public static string Of(Received received) => Render(received);

    /// <summary>The normalised form of one entry.</summary>
    public static string Of(Entry entry) => Render(entry);

    private static string Render(object value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Layout))
            Write(writer, value);
        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static void Write(Utf8JsonWriter writer, object value)
    {
        switch (value)
        {
            case string text: writer.WriteStringValue(Whole(text)); break;
            case ExternalId id: writer.WriteStringValue(Whole(id.Value)); break;
            case bool flag: writer.WriteBooleanValue(flag); break;
            case int number: writer.WriteNumberValue(number); break;
            case long number: writer.WriteNumberValue(number); break;
            case decimal number: writer.WriteNumberValue(number); break;
            case double number when double.IsFinite(number): writer.WriteNumberValue(number); break;
            case DateTimeOffset time: writer.WriteStringValue(time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz")); break;
            case ReadOnlyMemory<byte> bytes: writer.WriteStringValue(Readable(bytes.Span)); break;
            case IReadOnlyDictionary<string, string> map: WriteMap(writer, map); break;
            case IEnumerable list: WriteList(writer, list); break;
            case Enum or double or TimeSpan or Uri: writer.WriteStringValue(value.ToString()); break;
            default: WriteRecord(writer, value); break;
        }
    }

    private static void WriteMap(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> map)
    {
        writer.WriteStartObject();
        foreach ((string name, string value) in map.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            writer.WriteString(Whole(name), Whole(value));
        writer.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter writer, IEnumerable list)
    {
        writer.WriteStartArray();
        foreach (object? item in list)
        {
            if (item is null)
                writer.WriteNullValue();
            else
                Write(writer, item);
        }
        writer.WriteEndArray();
    }

    private static void WriteRecord(Utf8JsonWriter writer, object value)
    {
        Type type = value.GetType();
        writer.WriteStartObject();
        if (value is Entry or ChannelEvent or Part)
            writer.WriteString("is", type.Name);
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(property => property.Name, StringComparer.Ordinal))
        {
            if (property.GetIndexParameters().Length > 0 || property.GetValue(value) is not { } member || IsEmpty(member))
                continue;
            writer.WritePropertyName(JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
            Write(writer, member);
        }
        writer.WriteEndObject();
    }

    private static bool IsEmpty(object member) => member switch
    {
        string => false,
        ICollection { Count: 0 } => true,
        IReadOnlyCollection<object> { Count: 0 } => true,
        _ => false,
    };

    // A half character cannot be written; shown as what it would become, it still differs from its neighbours.
    private static string Whole(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static string Readable(ReadOnlySpan<byte> bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        return text.Contains('\uFFFD', StringComparison.Ordinal) ? "base64:" + Convert.ToBase64String(bytes) : text;
    }
}
