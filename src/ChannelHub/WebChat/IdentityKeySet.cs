using System.Text.Json;

namespace ChannelHub.WebChat;

/// <summary>
/// The keys a chat believes, one by one: a JWK Set, as identity providers publish it, stands for those of its keys that fit the entry's algorithm. A set
/// never brings a secret, nor a key that says it is for something else.
/// </summary>
internal static class IdentityKeySet
{
    /// <summary>Every key by its own name.</summary>
    public static IReadOnlyList<WebChatIdentityKey> Of(IReadOnlyList<WebChatIdentityKey> configured) => [.. configured.SelectMany(Expand)];

    /// <summary>Whether a text is a public key in one of its spellings, and therefore no secret.</summary>
    public static bool LooksPublic(string key) =>
        key.Contains("-----BEGIN ", StringComparison.Ordinal)
        || (Read(key) is { } json && (json.TryGetProperty("kty", out _) || json.TryGetProperty("keys", out _)));

    private static IEnumerable<WebChatIdentityKey> Expand(WebChatIdentityKey entry)
    {
        if (entry.Alg is not ("RS256" or "ES256") || Read(entry.Key) is not { } set || !set.TryGetProperty("keys", out JsonElement keys) || keys.ValueKind != JsonValueKind.Array)
            return [entry];
        return keys.EnumerateArray().Where(key => Fits(key, entry.Alg)).Select(key => entry with { Kid = Text(key, "kid") ?? "", Key = key.GetRawText() });
    }

    private static bool Fits(JsonElement key, string alg) =>
        key.ValueKind == JsonValueKind.Object
        && Text(key, "kty") == (alg == "RS256" ? "RSA" : "EC")
        && Text(key, "alg") is var own && (own is null || own == alg)
        && Text(key, "use") is null or "sig"
        && (!key.TryGetProperty("key_ops", out JsonElement operations)
            || (operations.ValueKind == JsonValueKind.Array && operations.EnumerateArray().Any(o => o.ValueKind == JsonValueKind.String && o.ValueEquals("verify"))));

    private static JsonElement? Read(string key)
    {
        if (!key.AsSpan().TrimStart().StartsWith('{'))
            return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(key);
            return json.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
