using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace ChannelHub.Api.Description;

/// <summary>Adds to each operation what holds for all of them: scope, name, tag, the answers that are errors, the idempotency key.</summary>
internal sealed class OperationNotes : IOpenApiOperationTransformer
{
    private static readonly Dictionary<int, string> Errors = new()
    {
        [400] = "Something in the request is wrong; `errors` names it by field.",
        [401] = "No valid API key.",
        [403] = "The key lacks the scope.",
        [404] = "There is no such thing.",
        [409] = "The request does not fit what is there; `type` says how.",
        [412] = "It was changed since the `If-Match` given was read.",
        [413] = "The body is too large.",
        [415] = "The body is not in a media type that is read here.",
        [429] = "The key has used up its calls; go on after `Retry-After`.",
        [503] = "It cannot be stored now; nothing was kept. Repeat after `Retry-After`.",
    };

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        OpenApiDocument document = context.Document!;
        string method = context.Description.HttpMethod!;
        string path = "/" + context.Description.RelativePath;
        operation.OperationId ??= Name(method, path);
        if (!context.Description.ActionDescriptor.EndpointMetadata.OfType<ITagsMetadata>().Any())
            operation.Tags = new HashSet<OpenApiTagReference> { new(Tag(path), document) };
        ParameterNotes.Complete(operation, path);
        bool writes = method != HttpMethods.Get;
        IList<object> metadata = context.Description.ActionDescriptor.EndpointMetadata;
        RequiredScope? scope = metadata.OfType<RequiredScope>().LastOrDefault();
        bool ofVisitor = metadata.OfType<VisitorToken>().Any();
        if (scope is not null)
            AddScope(operation, document, scope.Scope);
        else
            operation.Security = ofVisitor ? [Needs(ApiDescription.VisitorScheme, document)] : [];
        if (scope is not null && writes)
            (operation.Parameters ??= []).Add(IdempotencyKey());
        foreach (int status in Statuses(operation, method, path, scope is not null))
            AddError(operation, document, status, Errors[status]);
        if (ofVisitor)
            AddError(operation, document, 401, "The visitor's session has ended: begin a new one.");
        return Task.CompletedTask;
    }

    private static void AddScope(OpenApiOperation operation, OpenApiDocument document, string scope)
    {
        operation.Description = $"{operation.Description}{(operation.Description is { Length: > 0 } ? "\n\n" : "")}Scope: `{scope}`.";
        (operation.Extensions ??= new Dictionary<string, IOpenApiExtension>(StringComparer.Ordinal))["x-required-scope"] = new JsonNodeExtension(JsonValue.Create(scope));
        operation.Security = [Needs(ApiDescription.BearerScheme, document)];
    }

    private static OpenApiSecurityRequirement Needs(string scheme, OpenApiDocument document) => new() { [new OpenApiSecuritySchemeReference(scheme, document)] = [] };

    private static IEnumerable<int> Statuses(OpenApiOperation operation, string method, string path, bool scoped)
    {
        bool writes = method != HttpMethods.Get;
        if (operation.Parameters is { Count: > 0 } || operation.RequestBody is not null)
            yield return 400;
        if (path.Contains('{', StringComparison.Ordinal))
            yield return 404;
        if (scoped)
        {
            yield return 401;
            yield return 403;
            yield return 429;
            yield return 503;
        }
        if (writes)
            yield return 409;
        if (method is "PATCH" or "PUT" or "DELETE")
            yield return 412;
        if (operation.RequestBody is not null)
        {
            yield return 413;
            yield return 415;
        }
    }

    private static void AddError(OpenApiOperation operation, OpenApiDocument document, int status, string description)
    {
        OpenApiResponses responses = operation.Responses ??= [];
        string key = status.ToString(CultureInfo.InvariantCulture);
        var described = new OpenApiResponse
        {
            Description = responses.TryGetValue(key, out IOpenApiResponse? given) && given.Description is { Length: > 0 } own && given.Content is not { Count: > 0 } ? own : description,
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
            {
                ["application/problem+json"] = new() { Schema = new OpenApiSchemaReference(ApiDescription.Problem, document) },
            },
        };
        if (status is 429 or 503)
            described.Headers = new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal) { ["Retry-After"] = Header("Seconds to wait.", JsonSchemaType.Integer) };
        responses[key] = described;
    }

    private static OpenApiHeader Header(string description, JsonSchemaType type) => new() { Description = description, Schema = new OpenApiSchema { Type = type } };

    private static OpenApiParameter IdempotencyKey() => new()
    {
        Name = "Idempotency-Key",
        In = ParameterLocation.Header,
        Description = "Of the client's choice, 1 to 255 visible ASCII characters. Repeated with the same key and body, the request has no second effect and gets the "
            + "first answer again, with `Idempotency-Replayed: true`.",
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = 255 },
    };

    /// <summary>Such as <c>postCustomersByIdMerge</c>: clients are generated from it, so it follows from method and path and from nothing else.</summary>
    private static string Name(string method, string path)
    {
        IEnumerable<string> words = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(s => s != "v1")
            .Select(segment => segment[0] == '{' ? "By_" + segment.Trim('{', '}', '*') : segment);
        string all = string.Join('_', words.Prepend(method.ToLowerInvariant())).Replace('-', '_').Replace('.', '_');
        return string.Concat(all.Split('_').Select((word, i) => i == 0 ? word : JsonNamingPolicy.CamelCase.ConvertName(word) is { Length: > 0 } w ? char.ToUpperInvariant(w[0]) + w[1..] : ""));
    }

    private static string Tag(string path)
    {
        string[] segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        string first = segments is ["v1", var resource, ..] ? resource : segments is ["chat", ..] ? "chat" : "operation";
        return char.ToUpperInvariant(first[0]) + first[1..].Replace('-', ' ');
    }
}
