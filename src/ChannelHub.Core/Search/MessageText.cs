using System.Text.Json;

namespace ChannelHub.Core.Search;

/// <summary>What of a message's stored content a person would call its words.</summary>
public static class MessageText
{
    // Numbers of ours and of providers, and what says the same once more.
    private static readonly string[] Unsaid =
    [
        "id", "type", "url", "state", "html", "content_type", "button_id", "kind", "status", "direction", "attestation", "currency", "language", "raw",
    ];

    /// <summary>The texts in rendered parts: words, captions, names of files, places and people, labels, transcripts.</summary>
    public static IEnumerable<string> In(string parts)
    {
        try
        {
            using JsonDocument content = JsonDocument.Parse(parts);
            return [.. In(content.RootElement)];
        }
        catch (Exception odd) when (odd is JsonException or InvalidOperationException)
        {
            // Nested too deeply, or half characters: one message that nobody finds must not keep others from being found.
            return [];
        }
    }

    private static IEnumerable<string> In(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(In),
        JsonValueKind.Object => element.EnumerateObject().Where(field => !Unsaid.Any(field.NameEquals)).SelectMany(field => In(field.Value)),
        _ => [],
    };
}
