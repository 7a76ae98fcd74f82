using Microsoft.OpenApi;

namespace ChannelHub.Api.Description;

/// <summary>
/// What the generator cannot know of parameters: endpoints take most of them as text, so that what is wrong is answered in the hub's own words, and a filter takes some
/// that no endpoint names.
/// </summary>
internal static class ParameterNotes
{
    private static readonly Dictionary<string, string> Descriptions = new(StringComparer.Ordinal)
    {
        ["limit"] = "Entries on a page.",
        ["cursor"] = "`next` of the page before.",
        ["id"] = "Its id.",
        ["identityId"] = "The identity's id.",
        ["channel"] = "The chat's channel: `chn_…`.",
        ["state"] = "Only entries in this state.",
        ["name"] = "Name of the file, to show.",
        ["ticket"] = "A one-use ticket, for clients that cannot send headers.",
        ["updated_since"] = "Only what had something happen at or after this time (RFC 3339).",
        ["Last-Event-ID"] = "Where a stream that was cut resumes: the id of the last event that arrived.",
        ["If-Match"] = "The `ETag` of what is changed, as it was read; 412 if it has changed since.",
    };

    private static readonly Dictionary<string, (JsonSchemaType Type, string? Format)> Types = new(StringComparer.Ordinal)
    {
        ["limit"] = (JsonSchemaType.Integer, "int32"),
        ["wait"] = (JsonSchemaType.Integer, "int32"),
        ["unread"] = (JsonSchemaType.Boolean, null),
        ["updated_since"] = (JsonSchemaType.String, "date-time"),
    };

    /// <summary>Completes the parameters of an operation on a path such as <c>/chat/{channel}/messages</c>.</summary>
    public static void Complete(OpenApiOperation operation, string path)
    {
        foreach (string name in Missing(operation, path))
        {
            var added = new OpenApiParameter { Name = name, In = ParameterLocation.Path, Required = true, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
            (operation.Parameters ??= []).Insert(0, added);
        }
        foreach (OpenApiParameter parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>().Where(p => p.Name is not null))
        {
            string name = parameter.Name!;
            parameter.Description ??= Descriptions.GetValueOrDefault(name) ?? (name.EndsWith("_id", StringComparison.Ordinal) ? "Its id." : null);
            if (parameter.In == ParameterLocation.Query && Types.TryGetValue(name, out (JsonSchemaType Type, string? Format) known))
                parameter.Schema = new OpenApiSchema { Type = known.Type, Format = known.Format };
        }
    }

    private static List<string> Missing(OpenApiOperation operation, string path) =>
    [
        .. path.Split('/').Where(segment => segment.StartsWith('{')).Select(segment => segment.Trim('{', '}', '*'))
            .Where(name => operation.Parameters?.Any(p => p.In == ParameterLocation.Path && p.Name == name) != true),
    ];
}
