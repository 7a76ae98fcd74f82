using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace ChannelHub.Http;

/// <summary>
/// The key of an event that has no id of its own: a hash of what it says, whatever the order of its fields. The same fact delivered again
/// gives the same key; the same fact at another <c>timestamp</c> is another event. Without a timestamp the delivery's id stands in for it.
/// </summary>
internal static class Fingerprint
{
    public static string Of(string type, DateTimeOffset? at, string? delivery, JsonElement data)
    {
        using var content = new MemoryStream();
        using (var writer = new Utf8JsonWriter(content))
        {
            writer.WriteStartArray();
            writer.WriteStringValue(at?.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture) ?? delivery ?? "");
            Write(writer, data);
            writer.WriteEndArray();
        }
        return $"{type}:{Base64Url.EncodeToString(SHA256.HashData(content.GetBuffer().AsSpan(0, (int)content.Length)))}";
    }

    private static void Write(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (JsonProperty member in value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(member.Name);
                    Write(writer, member.Value);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (JsonElement item in value.EnumerateArray())
                    Write(writer, item);
                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(value.GetString());
                break;
            case JsonValueKind.Undefined:
                writer.WriteNullValue();
                break;
            default:
                writer.WriteRawValue(value.GetRawText(), skipInputValidation: true);
                break;
        }
    }
}
