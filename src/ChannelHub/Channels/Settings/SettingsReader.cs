using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Options;

namespace ChannelHub.Channels.Settings;

/// <summary>
/// Brings settings as a client sends them into their stored form, and finds everything that is wrong on the way. What is stored already stays
/// where the client says nothing or repeats what it was shown of a secret; null removes.
/// </summary>
internal sealed class SettingsReader(SettingsSecrets secrets)
{
    private readonly List<FieldError> errors = [];

    public IReadOnlyList<FieldError> Errors => errors;

    /// <summary>Reads one place of the settings.</summary>
    /// <param name="shape">What may stand there.</param>
    /// <param name="given">What the client sent.</param>
    /// <param name="stored">What stands there now, secrets sealed.</param>
    /// <param name="path">Where it is, for error messages.</param>
    /// <param name="replace">Only the secrets of <paramref name="stored"/> stay; of an entry of a list all else is given anew.</param>
    /// <returns>The stored form; null if there is nothing to store or something is wrong.</returns>
    public JsonNode? Read(SettingsShape shape, JsonElement given, JsonNode? stored, string path, bool replace = false) => shape.Kind switch
    {
        SettingsKind.Record => ReadRecord(shape, given, stored as JsonObject, path, replace),
        SettingsKind.List => ReadList(shape, given, stored as JsonArray, path),
        SettingsKind.Map => ReadMap(shape, given, stored as JsonObject, path, replace),
        _ => ReadValue(shape, given, stored, path),
    };

    private JsonObject? ReadRecord(SettingsShape shape, JsonElement given, JsonObject? stored, string path, bool replace)
    {
        if (given.ValueKind != JsonValueKind.Object)
            return Refuse<JsonObject>(path, "must be an object");
        var result = new JsonObject();
        foreach ((string name, SettingsShape member) in shape.Members)
        {
            if (stored?[name] is { } old && (!replace || member.Secret))
                result[name] = old.DeepClone();
        }
        int before = errors.Count;
        foreach ((string name, JsonElement value) in Properties(given, path))
        {
            if (!shape.Members.TryGetValue(name, out SettingsShape? member))
                errors.Add(new FieldError($"{path}.{name}", Unknown(name, shape.Members.Keys)));
            else
                Put(result, name, value.ValueKind == JsonValueKind.Null ? null : Read(member, value, stored?[name], $"{path}.{name}", replace));
        }
        return HasAll(shape, result, path, before) ? result : null;
    }

    /// <summary>Complains about what is required and missing, unless it was given and something else is wrong with it.</summary>
    private bool HasAll(SettingsShape shape, JsonObject result, string path, int before)
    {
        string[] missing = [.. shape.Members.Where(m => m.Value.Required && !result.ContainsKey(m.Key)).Select(m => $"{path}.{m.Key}")];
        HashSet<string> wrong = [.. errors.Skip(before).Select(e => e.Field)];
        errors.AddRange(missing.Where(field => !wrong.Contains(field)).Select(field => new FieldError(field, SettingsRules.IsRequired)));
        return missing.Length == 0;
    }

    private JsonArray? ReadList(SettingsShape shape, JsonElement given, JsonArray? stored, string path)
    {
        if (given.ValueKind != JsonValueKind.Array)
            return Refuse<JsonArray>(path, "must be a list");
        Judge(shape, value: null, given.GetArrayLength(), path, entries: true);
        var result = new JsonArray();
        int index = 0;
        foreach (JsonElement element in given.EnumerateArray())
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");
            if (element.ValueKind == JsonValueKind.Null)
                errors.Add(new FieldError(place, "must not be null"));
            else if (Read(shape.Element!, element, Counterpart(shape.Element!, element, stored, index), place, replace: true) is { } read)
                result.Add(read);
            index++;
        }
        return result;
    }

    /// <summary>The stored entry of which a given one is the new form: the one with the same key id, or the one at the same place.</summary>
    private static JsonNode? Counterpart(SettingsShape shape, JsonElement given, JsonArray? stored, int index)
    {
        const string keyId = "kid";
        if (stored is null)
            return null;
        if (shape.Members.TryGetValue(keyId, out SettingsShape? kid) && !kid.Secret && given.ValueKind == JsonValueKind.Object
            && given.TryGetProperty(keyId, out JsonElement value) && TryText(value, out string? id))
        {
            return stored.FirstOrDefault(entry => entry is JsonObject record && record[keyId] is JsonValue old && old.TryGetValue(out string? text) && text == id);
        }
        return index < stored.Count ? stored[index] : null;
    }

    private JsonObject? ReadMap(SettingsShape shape, JsonElement given, JsonObject? stored, string path, bool replace)
    {
        if (given.ValueKind != JsonValueKind.Object)
            return Refuse<JsonObject>(path, "must be an object");
        JsonObject result = replace || stored is null ? [] : (JsonObject)stored.DeepClone();
        foreach ((string name, JsonElement value) in Properties(given, path))
            Put(result, name, value.ValueKind == JsonValueKind.Null ? null : Read(shape.Element!, value, stored?[name], $"{path}.{name}", replace));
        Judge(shape, value: null, result.Count, path, entries: true);
        return result;
    }

    private JsonNode? ReadValue(SettingsShape shape, JsonElement given, JsonNode? stored, string path)
    {
        bool isText = TryText(given, out string? text);
        if (shape.Secret && text == SettingsSecrets.Shown)
            return stored?.DeepClone() ?? Refuse<JsonNode>(path, "nothing is stored that could be kept; give the secret itself");
        if ((given.ValueKind == JsonValueKind.String && !isText) || !TryConvert(given, shape.Type, out object? value))
            return Refuse<JsonNode>(path, "must be " + SettingsRules.Expected(shape.Type));
        Judge(shape, value, text?.Length, path, entries: false);
        if (!shape.Secret)
            return JsonNode.Parse(given.GetRawText());
        // A form with an empty field means that there is no secret.
        return text is "" ? null : secrets.Seal(shape, text ?? given.GetRawText());
    }

    private void Judge(SettingsShape shape, object? value, int? length, string path, bool entries) =>
        errors.AddRange(SettingsRules.Broken(shape.Rules, value, length, entries).Select(broken => new FieldError(path, broken)));

    /// <summary>An object's properties, with a complaint about each that stands twice or has no proper name.</summary>
    private List<(string Name, JsonElement Value)> Properties(JsonElement given, string path)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var properties = new List<(string, JsonElement)>();
        foreach (JsonProperty property in given.EnumerateObject())
        {
            if (!TryName(property, out string? name))
                errors.Add(new FieldError(path, "has a name that is not valid Unicode"));
            else if (!seen.Add(name))
                errors.Add(new FieldError($"{path}.{name}", "stands twice"));
            else
                properties.Add((name, property.Value));
        }
        return properties;
    }

    private T? Refuse<T>(string path, string message) where T : class
    {
        errors.Add(new FieldError(path, message));
        return null;
    }

    private static void Put(JsonObject target, string name, JsonNode? value)
    {
        target.Remove(name);
        if (value is not null)
            target[name] = value;
    }

    private static string Unknown(string name, IEnumerable<string> known) =>
        Spelling.Nearest(name, known, k => k) is { } nearest ? $"there is no such setting; did you mean {nearest}?" : "there is no such setting";

    // Half a surrogate pair passes the JSON parser and is only noticed here.
    private static bool TryText(JsonElement element, [NotNullWhen(true)] out string? text)
    {
        try
        {
            text = element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            text = null;
        }
        return text is not null;
    }

    private static bool TryName(JsonProperty property, [NotNullWhen(true)] out string? name)
    {
        try
        {
            name = property.Name;
            return true;
        }
        catch (InvalidOperationException)
        {
            name = null;
            return false;
        }
    }

    private static bool TryConvert(JsonElement element, Type type, out object? value)
    {
        try
        {
            value = element.Deserialize(type, SettingsShape.Json);
            return true;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException or OverflowException)
        {
            value = null;
            return false;
        }
    }
}
