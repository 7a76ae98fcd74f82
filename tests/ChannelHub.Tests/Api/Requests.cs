using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace ChannelHub.Tests.Api;

/// <summary>Requests as the tests of the API's ground make them.</summary>
internal static class Requests
{
    public const string Keys = "/v1/api-keys";

    public static async Task<HttpResponseMessage> SendAsync(
        this HttpClient client, HttpMethod method, string path, string? json = null, string? key = null, string? idempotencyKey = null, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(method, path);
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key);
        if (idempotencyKey is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        return await client.SendAsync(request);
    }

    /// <summary>The problem that was answered, after checking that it has the shape all problems have.</summary>
    public static async Task<JsonObject> ProblemAsync(this HttpResponseMessage response, HttpStatusCode status, string slug)
    {
        string text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(status, text);
        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        JsonObject problem = JsonNode.Parse(text)!.AsObject();
        ((string?)problem["type"]).ShouldBe("/problems/" + slug, text);
        ((int?)problem["status"]).ShouldBe((int)status);
        ((string?)problem["title"]).ShouldNotBeNullOrEmpty();
        ((string?)problem["detail"]).ShouldNotBeNullOrEmpty();
        ((string?)problem["request_id"]).ShouldBe(response.Headers.GetValues("X-Request-Id").Single());
        return problem;
    }

    /// <summary>Makes a key and answers it with its id.</summary>
    public static async Task<(string Id, string Key)> MakeKeyAsync(this TestHub hub, object more, params string[] scopes)
    {
        JsonObject body = System.Text.Json.JsonSerializer.SerializeToNode(more)!.AsObject();
        body["name"] = "test";
        body["scopes"] = new JsonArray([.. scopes.Select(s => (JsonNode)s)]);
        JsonNode made = await hub.PostAsync(Keys, body, expect: 201);
        return ((string)made["id"]!, (string)made["key"]!);
    }
}
