using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChannelHub.Tests;

/// <summary>A hub as its clients meet it, whether it is one process or several.</summary>
public abstract class HubOverHttp
{
    /// <summary>Calls with the admin key; paths are relative to the hub.</summary>
    public HttpClient Admin { get; protected set; } = null!;

    /// <summary>Calls without a key.</summary>
    public HttpClient Anonymous { get; protected set; } = null!;

    /// <summary>Calls the API with the admin key and answers the status and the JSON.</summary>
    public async Task<(int Status, JsonNode? Body)> CallAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = new StringContent(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await Admin.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, text.Length > 0 && response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true ? JsonNode.Parse(text) : null);
    }

    public async Task<JsonNode> GetAsync(string path) => await Expect(200, CallAsync(HttpMethod.Get, path));

    public async Task<JsonNode> PostAsync(string path, object? body = null, int expect = 200) => await Expect(expect, CallAsync(HttpMethod.Post, path, body ?? new { }));

    /// <summary>Makes a channel and answers its id.</summary>
    public async Task<string> AddChannelAsync(string type, object settings, string name = "test") =>
        (string)(await PostAsync("/v1/channels", new { type, name, settings }, expect: 201))["id"]!;

    /// <summary>Asks again until the answer satisfies; for what happens in the background.</summary>
    public async Task<JsonNode> UntilAsync(string path, Func<JsonNode, bool> satisfied)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            JsonNode answer = await GetAsync(path);
            if (satisfied(answer))
                return answer;
            if (limit.IsCancellationRequested)
                throw new TimeoutException($"{path} never satisfied; last answer: {answer.ToJsonString()}");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private static async Task<JsonNode> Expect(int status, Task<(int Status, JsonNode? Body)> call)
    {
        (int actual, JsonNode? body) = await call;
        if (actual != status)
            throw new InvalidOperationException($"expected {status}, got {actual}: {body?.ToJsonString()}");
        return body!;
    }
}
