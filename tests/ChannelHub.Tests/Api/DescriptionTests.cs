using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ChannelHub.Tests.Api;

public sealed class DescriptionTests : IAsyncLifetime
{
    private TestHub hub = null!;
    private JsonObject document = null!;

    public async Task InitializeAsync()
    {
        hub = await TestHub.StartAsync();
        document = JsonNode.Parse(await hub.Anonymous.GetStringAsync("/openapi/v1.json"))!.AsObject();
    }

    public async Task DisposeAsync() => await hub.DisposeAsync();

    private IEnumerable<(string Name, JsonObject Operation)> Operations =>
        from path in document["paths"]!.AsObject() from operation in path.Value!.AsObject() select ($"{operation.Key} {path.Key}", operation.Value!.AsObject());

    [Fact]
    public void Every_operation_has_a_summary_a_tag_and_a_name_of_its_own()
    {
        foreach ((string name, JsonObject operation) in Operations)
        {
            ((string?)operation["summary"]).ShouldNotBeNullOrWhiteSpace(name);
            operation["tags"]!.AsArray().Count.ShouldBe(1, name);
        }
        Operations.Select(o => (string)o.Operation["operationId"]!).ShouldBeUnique();
    }

    [Fact]
    public void Every_operation_of_v1_names_its_scope_and_its_errors()
    {
        foreach ((string name, JsonObject operation) in Operations.Where(o => o.Name.Contains(" /v1/", StringComparison.Ordinal)))
        {
            string scope = (string?)operation["x-required-scope"] ?? throw new ShouldAssertException(name + " asks for no scope");
            KnownScopes.ShouldContain(scope);
            ((string)operation["description"]!).ShouldContain(scope, customMessage: name);
            operation["security"]![0]!["bearer"].ShouldNotBeNull(name);
            JsonObject responses = operation["responses"]!.AsObject();
            foreach (string status in new[] { "401", "403", "429", "503" })
                ((string?)responses[status]?["content"]?["application/problem+json"]?["schema"]?["$ref"]).ShouldBe("#/components/schemas/Problem", $"{name} {status}");
            responses.Any(r => r.Key[0] == '2').ShouldBeTrue(name);
            if (!name.StartsWith("get ", StringComparison.Ordinal))
                operation["parameters"]!.AsArray().Select(p => (string?)p!["name"]).ShouldContain("Idempotency-Key", name);
        }
    }

    [Fact]
    public void Every_place_in_a_path_is_a_parameter_and_every_operation_says_what_it_asks_for()
    {
        foreach ((string name, JsonObject operation) in Operations)
        {
            IEnumerable<string?> taken = (operation["parameters"]?.AsArray() ?? []).Where(p => (string?)p!["in"] == "path").Select(p => (string?)p!["name"]);
            taken.ShouldBe(Regex.Matches(name, @"\{(\w+)\}").Select(place => place.Groups[1].Value), ignoreOrder: true, name);
            operation["security"].ShouldNotBeNull(name);
        }
        JsonObject ofVisitor = document["paths"]!["/chat/{channel}/messages"]!["get"]!.AsObject();
        ofVisitor["security"]![0]!["visitor"].ShouldNotBeNull();
        ofVisitor["responses"]!["401"].ShouldNotBeNull();
        document["paths"]!["/chat/{channel}/sessions"]!["post"]!["security"]!.AsArray().ShouldBeEmpty();
        document["tags"]!.AsArray().Select(tag => (string?)tag!["name"]).ShouldBe(Operations.Select(o => (string?)o.Operation["tags"]![0]).Distinct(), ignoreOrder: true);
    }

    [Fact]
    public void Every_parameter_and_every_property_of_every_schema_is_described()
    {
        List<string> bare = [];
        foreach ((string name, JsonObject operation) in Operations)
        {
            foreach (JsonNode? parameter in operation["parameters"]?.AsArray() ?? [])
            {
                if (string.IsNullOrWhiteSpace((string?)parameter!["description"]))
                    bare.Add($"{name}: {parameter["name"]}");
            }
        }
        foreach ((string name, JsonNode? schema) in document["components"]!["schemas"]!.AsObject())
        {
            foreach ((string property, JsonNode? described) in schema!["properties"]?.AsObject() ?? [])
            {
                if (string.IsNullOrWhiteSpace((string?)described!["description"]))
                    bare.Add($"{name}.{property}: {described.ToJsonString()}");
            }
        }
        bare.ShouldBeEmpty();
    }

    [Fact]
    public void Every_reference_leads_somewhere()
    {
        JsonObject components = document["components"]!.AsObject();
        foreach (string reference in References(document))
        {
            string[] path = reference.Split('/');
            path[..2].ShouldBe(["#", "components"]);
            components[path[2]]?[path[3]].ShouldNotBeNull(reference);
        }
        ((string)document["openapi"]!).ShouldStartWith("3.1");
        ((string)components["securitySchemes"]!["bearer"]!["scheme"]!).ShouldBe("bearer");
    }

    [Fact]
    public void Times_say_their_format_and_requests_require_only_what_must_be_given()
    {
        JsonObject schemas = document["components"]!["schemas"]!.AsObject();

        ((string)schemas["ApiKey"]!["properties"]!["created_at"]!["format"]!).ShouldBe("date-time");
        schemas["ApiKey"]!["properties"]!["created_at"]!["type"]!.ToJsonString().ShouldBe("\"string\"");
        schemas["ApiKey"]!["properties"]!["expires_at"]!["type"]!.ToJsonString().ShouldBe("[\"null\",\"string\"]");
        schemas["CreateApiKey"]!["required"]!.AsArray().Select(r => (string)r!).ShouldBe(["name", "scopes"], ignoreOrder: true);
        schemas["NewCustomer"]!["required"].ShouldBeNull();
    }

    [Fact]
    public void Parts_are_described_by_their_type()
    {
        JsonObject schemas = document["components"]!["schemas"]!.AsObject();
        JsonObject mapping = schemas["Part"]!["discriminator"]!["mapping"]!.AsObject();

        mapping.Select(m => m.Key).ShouldBe(
            ["text", "image", "audio", "video", "file", "sticker", "location", "contact", "buttons", "reply", "order", "template", "call", "unsupported"], ignoreOrder: true);
        schemas["TextPart"]!["properties"]!["text"].ShouldNotBeNull();
    }

    [Fact]
    public async Task The_document_is_sent_again_only_when_it_changed()
    {
        using HttpResponseMessage first = await hub.Anonymous.SendAsync(HttpMethod.Get, "/openapi/v1.json");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/openapi/v1.json");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);

        using HttpResponseMessage second = await hub.Anonymous.SendAsync(request);

        second.StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    [Theory]
    [InlineData("/docs/index.html", "text/html")]
    [InlineData("/docs/index.js", "application/javascript")]
    [InlineData("/docs/swagger-ui.css", "text/css")]
    [InlineData("/docs/swagger-ui-bundle.js", "text/javascript")]
    [InlineData("/", "text/html")]
    [InlineData("/start.css", "text/css")]
    public async Task The_pages_are_part_of_the_program_and_ask_nobody_else(string path, string contentType)
    {
        using HttpResponseMessage response = await hub.Anonymous.SendAsync(HttpMethod.Get, path);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe(contentType);
        if (contentType != "text/html")
            return;
        string page = await response.Content.ReadAsStringAsync();
        page.ShouldNotContain("src=\"http");
        page.ShouldNotContain("href=\"http");
        response.Headers.GetValues("Content-Security-Policy").Single().ShouldNotContain("http");
    }

    private static IReadOnlyList<string> KnownScopes => ChannelHub.Security.Scopes.All;

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject o => o.SelectMany(p => p.Key == "$ref" ? [(string)p.Value!] : References(p.Value)),
        JsonArray a => a.SelectMany(References),
        _ => [],
    };
}
