using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Security;

namespace ChannelHub.Channels.Settings;

/// <summary>Settings as clients see them: every setting with its value or default, secrets only as "there is one".</summary>
internal static class SettingsView
{
    public static JsonObject Of(SettingsShape shape, JsonObject stored) => (JsonObject)Redact(shape, WithDefaults(shape, stored))!;

    /// <summary>Settings of a type that is not here: what is a secret shows by its form.</summary>
    public static JsonNode? OfUnknownType(JsonNode? stored) => stored switch
    {
        JsonObject record => new JsonObject(record.Select(m => KeyValuePair.Create(m.Key, OfUnknownType(m.Value)))),
        JsonArray list => new JsonArray([.. list.Select(OfUnknownType)]),
        JsonValue value when value.TryGetValue(out string? text) && SecretBox.IsSealed(text) => SettingsSecrets.Shown,
        _ => stored?.DeepClone(),
    };

    /// <summary>The record knows its defaults. Secrets stay sealed on the way through it.</summary>
    private static JsonNode WithDefaults(SettingsShape shape, JsonObject stored)
    {
        try
        {
            return JsonSerializer.SerializeToNode(stored.Deserialize(shape.Type, SettingsShape.Json), shape.Type, SettingsShape.Json)!;
        }
        catch (JsonException)
        {
            return stored; // of an older adapter
        }
    }

    private static JsonNode? Redact(SettingsShape shape, JsonNode? node) => (shape.Kind, node) switch
    {
        (_, null) => null,
        (SettingsKind.Record, JsonObject record) => new JsonObject(shape.Members.Select(m => KeyValuePair.Create(m.Key, Redact(m.Value, record[m.Key])))),
        (SettingsKind.List, JsonArray list) => new JsonArray([.. list.Select(entry => Redact(shape.Element!, entry))]),
        (SettingsKind.Map, JsonObject map) => new JsonObject(map.Select(m => KeyValuePair.Create(m.Key, Redact(shape.Element!, m.Value)))),
        _ => shape.Secret ? SettingsSecrets.Shown : node.DeepClone(),
    };
}
