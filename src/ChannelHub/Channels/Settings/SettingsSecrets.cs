using System.Text.Json.Nodes;
using ChannelHub.Security;

namespace ChannelHub.Channels.Settings;

/// <summary>
/// Encrypts and decrypts the secrets in one channel's settings. Which those are follows from the type, never from the text, so that nobody can pass
/// off a text of their own as an encrypted one.
/// </summary>
internal sealed class SettingsSecrets(SecretBox box, string channelId)
{
    /// <summary>What a client sees of a secret.</summary>
    public const string Shown = "•••";

    public JsonValue Seal(SettingsShape secret, string plain) => JsonValue.Create(box.Seal(plain, Context(secret)));

    /// <summary>Decrypts the secrets of a stored form in place; answers the node itself or what takes its place.</summary>
    /// <exception cref="SecretUnreadableException">The master key is not the one they were sealed under.</exception>
    public JsonNode? Open(SettingsShape shape, JsonNode? stored)
    {
        switch (stored)
        {
            case JsonObject record:
                foreach ((string name, JsonNode? value) in record.ToList())
                    Replace(shape.Kind == SettingsKind.Record ? shape.Members.GetValueOrDefault(name) : shape.Element, value, opened => record[name] = opened);
                return record;
            case JsonArray list:
                for (int i = 0; i < list.Count; i++)
                    Replace(shape.Element, list[i], opened => list[i] = opened);
                return list;
            case JsonValue value when shape.Secret && value.TryGetValue(out string? text) && SecretBox.IsSealed(text):
                return AsValue(shape.Type, box.Open(text, Context(shape)));
            default:
                return stored;
        }
    }

    private void Replace(SettingsShape? shape, JsonNode? stored, Action<JsonNode?> put)
    {
        // What no setting is called is of an older adapter, and nobody reads it.
        if (shape is null)
            return;
        JsonNode? opened = Open(shape, stored);
        if (!ReferenceEquals(opened, stored))
            put(opened);
    }

    private static JsonNode? AsValue(Type type, string plain) =>
        type.IsPrimitive || type == typeof(decimal) ? JsonNode.Parse(plain) : JsonValue.Create(plain);

    private string Context(SettingsShape secret) => $"channel/{channelId}/{secret.Path}";
}
