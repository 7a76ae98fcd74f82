using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ChannelHub.Adapters;
using ChannelHub.Api;

namespace ChannelHub.Channels.Settings;

/// <summary>What a settings record consists of, read from its properties and annotations.</summary>
internal sealed record SettingsShape
{
    // Deeper than any settings are; a record that contains itself would never end.
    private const int DeepestRecord = 16;

    /// <summary>The API's JSON; built once, since the serializer keeps what it learns of types in it.</summary>
    public static JsonSerializerOptions Json { get; } = ReadOnly(ApiJson.Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web)));

    /// <summary>Where it stands, such as <c>identity_keys[].key</c>: without positions, since entries move.</summary>
    public required string Path { get; init; }

    public required Type Type { get; init; }

    public SettingsKind Kind { get; init; }

    /// <summary>It, or what it is part of, is encrypted at rest and never shown.</summary>
    public bool Secret { get; init; }

    public bool Required { get; init; }

    public IReadOnlyList<ValidationAttribute> Rules { get; init; } = [];

    /// <summary>Of a record: its settings, in the order of their declaration.</summary>
    public IReadOnlyDictionary<string, SettingsShape> Members { get; init; } = new Dictionary<string, SettingsShape>();

    /// <summary>Of a list or map: what each entry is.</summary>
    public SettingsShape? Element { get; init; }

    public static SettingsShape Of(Type settings) => Of(settings, "", property: null, secret: false, depth: 0);

    private static SettingsShape Of(Type type, string path, JsonPropertyInfo? property, bool secret, int depth)
    {
        if (depth > DeepestRecord)
            throw new InvalidOperationException($"the settings record nests too deeply at '{path}'");
        JsonTypeInfo info = Json.GetTypeInfo(type);
        ICustomAttributeProvider? annotations = property?.AttributeProvider;
        bool hidden = secret || annotations?.IsDefined(typeof(SecretAttribute), inherit: true) == true;
        var shape = new SettingsShape
        {
            Path = path,
            Type = Nullable.GetUnderlyingType(type) ?? type,
            Secret = hidden,
            Rules = annotations?.GetCustomAttributes(inherit: true).OfType<ValidationAttribute>().ToArray() ?? [],
        };
        return info.Kind switch
        {
            JsonTypeInfoKind.Object => shape with { Kind = SettingsKind.Record, Members = MembersOf(info, path, hidden, depth) },
            JsonTypeInfoKind.Enumerable => shape with { Kind = SettingsKind.List, Element = Of(info.ElementType!, path + "[]", null, hidden, depth + 1) },
            JsonTypeInfoKind.Dictionary => shape with { Kind = SettingsKind.Map, Element = Of(info.ElementType!, path + ".*", null, hidden, depth + 1) },
            _ => shape,
        };
    }

    private static OrderedDictionary<string, SettingsShape> MembersOf(JsonTypeInfo record, string path, bool secret, int depth)
    {
        var members = new OrderedDictionary<string, SettingsShape>(StringComparer.Ordinal);
        foreach (JsonPropertyInfo property in record.Properties.Where(p => p.Set is not null || p.AssociatedParameter is not null))
        {
            SettingsShape member = Of(property.PropertyType, path.Length == 0 ? property.Name : $"{path}.{property.Name}", property, secret, depth + 1);
            members.Add(property.Name, member with { Required = IsRequired(property, member) });
        }
        return members;
    }

    private static bool IsRequired(JsonPropertyInfo property, SettingsShape member) =>
        property.IsRequired
        || property.AssociatedParameter is { HasDefaultValue: false, IsNullable: false }
        || member.Rules.Any(rule => rule is RequiredAttribute);

    private static JsonSerializerOptions ReadOnly(JsonSerializerOptions options)
    {
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}

/// <summary>What stands in one place of the settings.</summary>
internal enum SettingsKind
{
    Value,
    Record,
    List,
    Map,
}
