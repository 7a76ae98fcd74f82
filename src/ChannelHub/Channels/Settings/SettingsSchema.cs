using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using ChannelHub.Adapters;

namespace ChannelHub.Channels.Settings;

/// <summary>The JSON schema of a settings record, from which forms are made.</summary>
internal static class SettingsSchema
{
    public static JsonObject Of(Type settings)
    {
        object defaults = Activator.CreateInstance(settings)!;
        var schema = (JsonObject)JsonSchemaExporter.GetJsonSchemaAsNode(SettingsShape.Json, settings, new JsonSchemaExporterOptions
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, node) => Annotate(context, node, settings, defaults),
        });
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        return schema;
    }

    private static JsonObject Annotate(JsonSchemaExporterContext context, JsonNode node, Type settings, object defaults)
    {
        // "Anything" is written as true.
        JsonObject schema = node as JsonObject ?? [];
        if (context.TypeInfo.Kind == JsonTypeInfoKind.Object)
            schema["additionalProperties"] = false;
        if (context.PropertyInfo is not { AttributeProvider: { } annotations } property)
            return schema;
        Describe(schema, property, annotations);
        Limit(schema, annotations, isText: context.TypeInfo.Kind == JsonTypeInfoKind.None);
        bool secret = annotations.IsDefined(typeof(SecretAttribute), inherit: true);
        if (secret)
            schema["writeOnly"] = true;
        else if (property.DeclaringType == settings && property.Get?.Invoke(defaults) is { } value)
            schema["default"] = JsonSerializer.SerializeToNode(value, property.PropertyType, SettingsShape.Json);
        return schema;
    }

    private static void Describe(JsonObject schema, JsonPropertyInfo property, ICustomAttributeProvider annotations)
    {
        DisplayAttribute? display = Find<DisplayAttribute>(annotations);
        schema["title"] = display?.GetName() ?? Words(property.Name);
        string? description = display?.GetDescription() ?? Find<DescriptionAttribute>(annotations)?.Description;
        if (description is not null)
            schema["description"] = description;
    }

    private static void Limit(JsonObject schema, ICustomAttributeProvider annotations, bool isText)
    {
        foreach (ValidationAttribute rule in annotations.GetCustomAttributes(inherit: true).OfType<ValidationAttribute>())
        {
            if (SettingsRules.Longest(rule) is { } longest)
                schema[isText ? "maxLength" : "maxItems"] = longest;
            else if (rule is RangeAttribute range)
                (schema["minimum"], schema["maximum"]) = (Number(range.Minimum), Number(range.Maximum));
        }
    }

    private static JsonNode? Number(object bound) => JsonSerializer.SerializeToNode(bound, bound.GetType(), SettingsShape.Json);

    private static T? Find<T>(ICustomAttributeProvider annotations) where T : Attribute =>
        annotations.GetCustomAttributes(typeof(T), inherit: true).OfType<T>().FirstOrDefault();

    private static string Words(string name) => name.Length == 0 ? name : char.ToUpperInvariant(name[0]) + name[1..].Replace('_', ' ');
}
