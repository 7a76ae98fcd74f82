using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Messages;
using Microsoft.OpenApi;

namespace ChannelHub.Api.Description;

/// <summary>
/// Properties whose JSON has no type in the program: stored JSON, written as it stands, and values that clients choose. By the name of the property one
/// knows what it is.
/// </summary>
internal static class FreeJson
{
    private static readonly string[] Types = [nameof(RawJson), nameof(JsonNode), nameof(JsonObject), nameof(JsonArray), nameof(JsonValue), nameof(JsonElement)];
    private static readonly string[] Lists = ["recipients", "evidence"];
    private static readonly string[] Anything = ["value", "raw"];

    /// <summary>Describes them where they stand, and lifts the description of what may be null to where readers look for it.</summary>
    public static void Settle(OpenApiDocument document)
    {
        IDictionary<string, IOpenApiSchema> schemas = document.Components!.Schemas!;
        foreach (OpenApiSchema schema in schemas.Values.OfType<OpenApiSchema>().ToArray())
        {
            foreach ((string name, IOpenApiSchema property) in schema.Properties?.ToArray() ?? [])
                schema.Properties![name] = Settled(name, property, document);
        }
        foreach (string type in Types)
            schemas.Remove(type);
    }

    private static IOpenApiSchema Settled(string name, IOpenApiSchema property, OpenApiDocument document)
    {
        OpenApiSchemaReference? reference = property as OpenApiSchemaReference ?? property.OneOf?.OfType<OpenApiSchemaReference>().FirstOrDefault();
        if (reference is null)
            return property;
        string? description = property.Description ?? reference.Description;
        if (reference.Reference.Id is { } id && Types.Contains(id))
            return Free(name, id, description, property is OpenApiSchema, document);
        if (property is OpenApiSchema nullable)
            nullable.Description = description;
        return property;
    }

    private static OpenApiSchema Free(string name, string type, string? description, bool nullable, OpenApiDocument document)
    {
        var schema = new OpenApiSchema { Description = description };
        JsonSchemaType none = nullable ? JsonSchemaType.Null : default;
        if (name == "parts")
            (schema.Type, schema.Items) = (JsonSchemaType.Array | none, new OpenApiSchemaReference(PartSchemas.Part, document));
        else if (Lists.Contains(name))
            (schema.Type, schema.Items) = (JsonSchemaType.Array | none, new OpenApiSchema());
        else if (type is nameof(RawJson) or nameof(JsonObject) && !Anything.Contains(name))
            schema.Type = JsonSchemaType.Object | none;
        return schema;
    }
}
