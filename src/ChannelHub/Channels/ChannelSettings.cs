using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Channels.Settings;
using ChannelHub.Core.Ids;
using ChannelHub.Security;

namespace ChannelHub.Channels;

/// <summary>A channel's settings between the API's JSON, the row's and the type's record. Secrets are sealed in rows and never shown.</summary>
public sealed class ChannelSettings(SecretBox box)
{
    private const string Root = "settings";

    private readonly ConcurrentDictionary<Type, SettingsShape> shapes = [];

    /// <summary>Opens stored settings.</summary>
    /// <exception cref="SecretUnreadableException">The master key is not the one they were sealed under.</exception>
    /// <exception cref="JsonException">They are of an adapter that had other settings.</exception>
    public object Open(ChannelType type, long channelId, string stored)
    {
        JsonNode opened = SecretsOf(channelId).Open(ShapeOf(type), JsonNode.Parse(stored))!;
        return opened.Deserialize(type.SettingsType, SettingsShape.Json)!;
    }

    /// <summary>Checks settings that a client sent and makes their stored form; everything that is wrong is said at once. Calls nobody.</summary>
    /// <param name="type">The kind of channel.</param>
    /// <param name="channelId">The channel; its secrets can be read for no other.</param>
    /// <param name="given">The client's JSON.</param>
    /// <param name="stored">What is stored now, if the channel exists: what the client leaves out stays.</param>
    public SettingsResult Read(ChannelType type, long channelId, JsonElement given, string? stored = null)
    {
        SettingsSecrets secrets = SecretsOf(channelId);
        var reader = new SettingsReader(secrets);
        JsonNode? read = reader.Read(ShapeOf(type), given, stored is null ? null : JsonNode.Parse(stored), Root);
        List<FieldError> errors = [.. reader.Errors];
        if (read is not null)
            errors.AddRange(BrokenHalves(type, channelId, read, errors));
        return errors.Count > 0 ? new SettingsResult.Refused(errors) : new SettingsResult.Accepted(read!.ToJsonString(SettingsShape.Json));
    }

    /// <summary>Settings as clients see them.</summary>
    /// <param name="type">The kind of channel; null if its plug-in is gone.</param>
    /// <param name="stored">The row's.</param>
    public JsonObject Show(ChannelType? type, string stored)
    {
        var json = (JsonObject)JsonNode.Parse(stored)!;
        return type is null ? (JsonObject)SettingsView.OfUnknownType(json)! : SettingsView.Of(ShapeOf(type), json);
    }

    /// <summary>The JSON schema of a type's settings.</summary>
    public static JsonObject SchemaOf(ChannelType type) => SettingsSchema.Of(type.SettingsType);

    /// <summary>The country whose national phone numbers a channel meets, where its type has such a setting.</summary>
    public static string? DefaultCountryOf(object settings) =>
        settings.GetType().GetProperty("DefaultCountry")?.GetValue(settings) as string;

    private SettingsShape ShapeOf(ChannelType type) => shapes.GetOrAdd(type.SettingsType, SettingsShape.Of);

    private SettingsSecrets SecretsOf(long channelId) => new(box, HubId.Format(IdPrefix.Channel, channelId));

    /// <summary>What is missing from a half that was begun; that both are absent. What is wrong already is not called missing too.</summary>
    private List<FieldError> BrokenHalves(ChannelType type, long channelId, JsonNode read, List<FieldError> known)
    {
        SettingsHalves halves;
        try
        {
            halves = type.Halves(Open(type, channelId, read.ToJsonString(SettingsShape.Json)));
        }
        catch (SecretUnreadableException unreadable)
        {
            string setting = unreadable.Context[(unreadable.Context.LastIndexOf('/') + 1)..];
            return [new FieldError($"{Root}.{setting}", "what is stored cannot be decrypted with this hub's master key; give it anew")];
        }
        catch (JsonException) when (known.Count > 0)
        {
            return []; // what is wrong already is why
        }
        List<FieldError> missing = [.. Missing(halves.Receiving, "to receive"), .. Missing(halves.Sending, "to send")];
        missing.RemoveAll(m => known.Exists(e => e.Field == m.Field));
        if (missing.Count == 0 && known.Count == 0 && !halves.Receiving.Complete && !halves.Sending.Complete)
            missing.Add(new FieldError(Root, "neither what is needed to receive nor what is needed to send is there; give at least one of them whole"));
        return [.. missing.GroupBy(m => m.Field).Select(g => new FieldError(g.Key, string.Join("; ", g.Select(m => m.Message))))];
    }

    private static IEnumerable<FieldError> Missing(SettingsHalf half, string purpose) =>
        half.Missing.Select(name => new FieldError($"{Root}.{name}", $"is needed {purpose}, since other settings for that are given"));
}

/// <summary>What checking settings came to.</summary>
public abstract record SettingsResult
{
    private SettingsResult() { }

    /// <summary>They can be stored.</summary>
    /// <param name="Stored">JSON for the row; secrets are sealed.</param>
    public sealed record Accepted(string Stored) : SettingsResult;

    /// <summary>Everything that is wrong, with paths such as <c>settings.bot_token</c>.</summary>
    public sealed record Refused(IReadOnlyList<FieldError> Errors) : SettingsResult;
}
