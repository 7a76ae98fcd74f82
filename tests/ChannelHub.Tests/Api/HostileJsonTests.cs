using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Xunit.Abstractions;

namespace ChannelHub.Tests.Api;

/// <summary>What others found that JSON readers stumble over, and what the description of the API promises to read, all wrong.</summary>
public sealed class HostileJsonTests(ITestOutputHelper output)
{
    private static readonly string[] WrongBodies =
    [
        "{}", "[]", "null", "true", "0", "\"text\"", "{\"unknown\":{\"a\":[1,2,{\"b\":null}]}}", "[[[[{}]]]]", "{\"\":\"\"}",
    ];

    private static readonly string[] WrongValues = ["null", "true", "-1", "1e300", "\"\"", "\"\\u00e9\\n\\t\"", "[]", "[null]", "[[]]", "{}", "{\"a\":{}}", "99999999999999999999"];

    [Fact]
    public async Task No_file_of_the_JSON_test_suite_is_a_fault_of_the_hub()
    {
        if (CorpusFolder() is not { } folder)
        {
            output.WriteLine("SKIPPED: the JSON corpus is not here; point CHANNELHUB_CORPORA at the folder that holds it");
            return;
        }
        await using TestHub hub = await TestHub.StartAsync();
        int tried = 0;
        foreach (string file in Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories))
        {
            using var content = new ByteArrayContent(await File.ReadAllBytesAsync(file));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using HttpResponseMessage response = await hub.Admin.PostAsync(Requests.Keys, content);

            int status = (int)response.StatusCode;
            string text = await response.Content.ReadAsStringAsync();
            status.ShouldBe(400, $"{Path.GetFileName(file)}: {text}");
            JsonNode.Parse(text)!["request_id"].ShouldNotBeNull();
            tried++;
        }
        output.WriteLine($"{tried} files");
        tried.ShouldBeGreaterThan(300);
    }

    [Fact]
    public async Task No_wrong_body_at_any_write_is_a_fault_of_the_hub()
    {
        await using TestHub hub = await TestHub.StartAsync();
        JsonObject document = (await hub.GetAsync("/openapi/v1.json")).AsObject();
        int tried = 0;
        foreach ((HttpMethod method, string path, JsonObject operation) in Operations(document))
        {
            foreach (string body in WrongBodies.Concat(FieldByField(document, operation)))
            {
                using HttpResponseMessage response = await hub.Admin.SendAsync(method, path, body);
                ((int)response.StatusCode).ShouldBeLessThan(500, $"{method} {path} {body}: {await response.Content.ReadAsStringAsync()}");
                tried++;
            }
        }
        output.WriteLine($"{tried} bodies");
        tried.ShouldBeGreaterThan(10);
    }

    /// <summary>Every write with a JSON body, its path filled in with ids that nothing has.</summary>
    private static IEnumerable<(HttpMethod Method, string Path, JsonObject Operation)> Operations(JsonObject document) =>
        from path in document["paths"]!.AsObject()
        where path.Key.StartsWith("/v1/", StringComparison.Ordinal)
        from operation in path.Value!.AsObject()
        where operation.Value!["requestBody"]?["content"]?["application/json"] is not null
        select (new HttpMethod(operation.Key.ToUpperInvariant()), path.Key.Replace("{id}", "cus_0000000000001", StringComparison.Ordinal)
            .Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal), operation.Value!.AsObject());

    private static IEnumerable<string> FieldByField(JsonObject document, JsonObject operation)
    {
        JsonNode schema = operation["requestBody"]!["content"]!["application/json"]!["schema"]!;
        if ((string?)schema["$ref"] is { } reference)
            schema = document["components"]!["schemas"]![reference.Split('/')[^1]]!;
        if (schema["properties"] is not JsonObject properties)
            return [];
        return from property in properties from value in WrongValues select $"{{\"{property.Key}\":{value}}}";
    }

    /// <summary>Beside the checkout, or where CHANNELHUB_CORPORA says.</summary>
    private static string? CorpusFolder()
    {
        if (Environment.GetEnvironmentVariable("CHANNELHUB_CORPORA") is { Length: > 0 } given)
            return Existing(Path.Combine(given, "json"));
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Existing(Path.Combine(folder.FullName, "shared", "corpora", "json")) is { } found)
                return found;
        }
        return null;
    }

    private static string? Existing(string folder) => Directory.Exists(folder) ? folder : null;
}
