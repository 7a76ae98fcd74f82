using Microsoft.OpenApi;

namespace ChannelHub.Api.Description;

/// <summary>
/// A property that may be null is always there in an answer, and may be left out of a request. The generator knows only types, so what is required of
/// requests is settled once it is known which types they are made of.
/// </summary>
internal static class RequestSchemas
{
    public static void Settle(OpenApiDocument document)
    {
        HashSet<string> requests = [];
        HashSet<string> answers = [];
        foreach (OpenApiOperation operation in document.Paths.Values.SelectMany(path => path.Operations ?? []).Select(o => o.Value))
        {
            Collect(operation.RequestBody?.Content, document, requests);
            foreach ((_, IOpenApiResponse response) in operation.Responses ?? [])
                Collect(response.Content, document, answers);
        }
        foreach (string name in requests.Except(answers))
        {
            if (document.Components!.Schemas![name] is OpenApiSchema { Required: { } required, Properties: { } properties })
                required.ExceptWith(properties.Where(p => MayBeNull(p.Value)).Select(p => p.Key).ToArray());
        }
    }

    private static void Collect(IDictionary<string, OpenApiMediaType>? content, OpenApiDocument document, HashSet<string> names)
    {
        foreach (OpenApiMediaType type in content?.Values ?? [])
            Collect(type.Schema, document, names);
    }

    private static void Collect(IOpenApiSchema? schema, OpenApiDocument document, HashSet<string> names)
    {
        switch (schema)
        {
            case OpenApiSchemaReference { Reference.Id: { } id }:
                if (names.Add(id) && document.Components!.Schemas!.TryGetValue(id, out IOpenApiSchema? named))
                    Collect(named, document, names);
                break;
            case OpenApiSchema own:
                foreach (IOpenApiSchema inner in (own.Properties?.Values ?? []).Concat(own.OneOf ?? []).Append(own.Items!).OfType<IOpenApiSchema>())
                    Collect(inner, document, names);
                break;
        }
    }

    private static bool MayBeNull(IOpenApiSchema schema) =>
        (schema.Type ?? default).HasFlag(JsonSchemaType.Null) || (schema.OneOf?.Any(s => s.Type == JsonSchemaType.Null) ?? false);
}
