using System.Text;
using System.Text.Json.Serialization.Metadata;
using ChannelHub.Messages;
using ChannelHub.Pages;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace ChannelHub.Api.Description;

/// <summary><c>/openapi/v1.json</c>: made once from the endpoints, and then a file.</summary>
internal static class ApiDescription
{
    public const string BearerScheme = "bearer";
    public const string VisitorScheme = "visitor";
    public const string Problem = "Problem";

    private const string DocumentName = "v1";
    private const string Suffix = "Shape";

    public static void AddApiDescription(this IServiceCollection services) => services.AddOpenApi(DocumentName, options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.CreateSchemaReferenceId = NameOf;
        options.AddDocumentTransformer(DescribeAsync);
        options.AddOperationTransformer<OperationNotes>();
        options.AddSchemaTransformer(DescribeTime);
    });

    public static void Map(IEndpointRouteBuilder app)
    {
        var file = new Lazy<Task<EmbeddedFile>>(() => MakeAsync(app.ServiceProvider));
        app.MapGet("/openapi/v1.json", async context => await (await file.Value).SendAsync(context)).ExcludeFromDescription();
    }

    private static async Task<EmbeddedFile> MakeAsync(IServiceProvider services)
    {
        OpenApiDocument document = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>(DocumentName).GetOpenApiDocumentAsync();
        string json = await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1);
        return EmbeddedFile.Of(Encoding.UTF8.GetBytes(json), "application/json; charset=utf-8");
    }

    private static string? NameOf(JsonTypeInfo type)
    {
        if (typeof(ProblemDetails).IsAssignableFrom(type.Type))
            return Problem;
        if (type.Type == typeof(StoredFault))
            return PartSchemas.Fault;
        string? id = OpenApiOptions.CreateDefaultSchemaReferenceId(type);
        return id is not null && id.EndsWith(Suffix, StringComparison.Ordinal) ? id[..^Suffix.Length] : id;
    }

    private static async Task DescribeAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellation)
    {
        document.Info = new OpenApiInfo
        {
            Title = "ChannelHub",
            Version = "1",
            Description = "One thread per customer over all channels. Times are RFC 3339 in UTC with milliseconds; fields are only ever added; unknown fields in requests are ignored. "
                + "Lists take `limit` and `cursor` and answer `data` and `next`.",
        };
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.AddComponent(BearerScheme, (IOpenApiSecurityScheme)new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "An API key: `chk_…`. Never in the query string.",
        });
        document.AddComponent(VisitorScheme, (IOpenApiSecurityScheme)new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "A visitor's token, as `POST /chat/{channel}/sessions` gives it.",
        });
        // The generator has one for every class that maps a route.
        document.Tags = document.Paths.Values.SelectMany(path => path.Operations!.Values).SelectMany(operation => operation.Tags!).Select(tag => tag.Name).Distinct()
            .Select(name => new OpenApiTag { Name = name }).ToHashSet();
        (document.Components!.Schemas ??= new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal))[Problem] = ProblemSchema();
        document.Components.Schemas[PartSchemas.Fault] = PartSchemas.FaultSchema();
        OpenApiSchema attachment = await context.GetOrCreateSchemaAsync(typeof(AttachmentShape), cancellationToken: cancellation);
        document.AddComponent("Attachment", attachment);
        PartSchemas.AddTo(document, new OpenApiSchemaReference("Attachment", document));
        FreeJson.Settle(document);
        RequestSchemas.Settle(document);
    }

    /// <summary>Times have a converter of their own, whose text the generator cannot know.</summary>
    private static Task DescribeTime(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellation)
    {
        if (context.JsonTypeInfo.Type == typeof(DateTimeOffset) || context.JsonTypeInfo.Type == typeof(DateTimeOffset?))
        {
            bool nullable = context.JsonTypeInfo.Type == typeof(DateTimeOffset?) || context.JsonPropertyInfo?.PropertyType == typeof(DateTimeOffset?);
            schema.Type = nullable ? JsonSchemaType.String | JsonSchemaType.Null : JsonSchemaType.String;
            schema.Format = "date-time";
        }
        return Task.CompletedTask;
    }

    private static OpenApiSchema ProblemSchema() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "What went wrong, after RFC 9457.",
        Required = new HashSet<string>(StringComparer.Ordinal) { "type", "title", "status", "request_id" },
        Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
        {
            ["type"] = Text("A stable name of the error, such as `/problems/window-closed`."),
            ["title"] = Text("The error in few words."),
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "The HTTP status." },
            ["detail"] = Text("What happened here and what to do about it."),
            ["request_id"] = Text("The request, as the hub's log knows it; also in `X-Request-Id`."),
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "For 400: what is wrong, by field.",
                AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
            },
        },
    };

    private static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };
}
