using System.Text.Encodings.Web;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Vk;

/// <summary>What we hang on buttons and messages, to know them again. It comes back from customers' apps, so it is untrusted.</summary>
internal static class VkPayload
{
    private const string ButtonName = "ch";
    private const string SendName = "ch_send";
    private const int MaxLength = 1000;

    // Payloads are short; letters of any script stay one letter.
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string OfButton(string id) => Of(ButtonName, id);

    public static string OfSend(string key) => Of(SendName, key);

    /// <summary>The button that was pressed; null if the payload is not ours.</summary>
    public static string? ButtonOf(JsonElement payload) => Field(payload, ButtonName);

    /// <summary>The send that a message came from; null if it is not ours.</summary>
    public static string? SendOf(JsonElement message) =>
        Field(message.Get("payload"), SendName) is { } key && key.StartsWith("msg_", StringComparison.Ordinal) && key.Length <= 64 ? key : null;

    private static string Of(string name, string value) => JsonSerializer.Serialize(new Dictionary<string, string> { [name] = value }, Compact);

    // A payload is a string of JSON, and some apps encode it twice.
    private static string? Field(JsonElement payload, string name)
    {
        for (int layer = 0; layer < 3; layer++)
        {
            if (payload.ValueKind != JsonValueKind.String)
                return payload.Id(name);
            string text = payload.GetString()!;
            if (text.Length > MaxLength)
                return null;
            using JsonDocument? inner = ProviderJson.TryParse(System.Text.Encoding.UTF8.GetBytes(text));
            if (inner is null)
                return null;
            payload = inner.RootElement.Clone();
        }
        return null;
    }
}
