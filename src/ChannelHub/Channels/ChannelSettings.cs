using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Core.Ids;
using ChannelHub.Security;

namespace ChannelHub.Channels;

/// <summary>A channel's settings between JSON and the type's record. Secrets are sealed in rows.</summary>
public sealed class ChannelSettings(SecretBox secrets)
{
    /// <summary>Opens stored settings.</summary>
    /// <exception cref="SecretUnreadableException">The master key is not the one they were sealed under.</exception>
    public object Open(ChannelType type, long channelId, string stored)
    {
        JsonNode json = JsonNode.Parse(stored)!;
        Unseal(json, HubId.Format(IdPrefix.Channel, channelId));
        return json.Deserialize(type.SettingsType, ApiJson.Options)!;
    }

    /// <summary>The country whose national phone numbers a channel meets, where its type has such a setting.</summary>
    public static string? DefaultCountryOf(object settings) =>
        settings.GetType().GetProperty("DefaultCountry")?.GetValue(settings) as string;

    private void Unseal(JsonNode node, string context)
    {
        switch (node)
        {
            case JsonObject o:
                foreach ((string name, JsonNode? value) in o.ToList())
                {
                    if (value is JsonValue text && text.TryGetValue(out string? sealedText) && SecretBox.IsSealed(sealedText))
                        o[name] = secrets.Open(sealedText, $"channel/{context}/{name}");
                    else if (value is not null)
                        Unseal(value, context);
                }
                break;
            case JsonArray a:
                for (int i = 0; i < a.Count; i++)
                {
                    if (a[i] is JsonValue text && text.TryGetValue(out string? sealedText) && SecretBox.IsSealed(sealedText))
                        a[i] = secrets.Open(sealedText, $"channel/{context}/[]");
                    else if (a[i] is { } value)
                        Unseal(value, context);
                }
                break;
        }
    }
}
