using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChannelHub.Tests.WebChat;

/// <summary>A browser with the chat open: what the widget does, by hand.</summary>
internal sealed class ChatBrowser(HubOverHttp hub, string channel)
{
    public string? Token { get; set; }

    public string? VisitorId { get; private set; }

    public string? Cursor { get; private set; }

    public string? Origin { get; init; }

    public JsonNode? Session { get; private set; }

    public static async Task<ChatBrowser> OpenAsync(HubOverHttp hub, string channel, string? identity = null)
    {
        var browser = new ChatBrowser(hub, channel);
        await browser.StartAsync(identity: identity);
        return browser;
    }

    /// <summary>Begins or resumes; the new token is used from now on.</summary>
    public async Task<JsonNode> StartAsync(string? resume = null, string? identity = null, string? page = null)
    {
        Answer answer = await PostAsync("sessions", new { resume, identity, page });
        if (answer.Status != 201)
            throw new InvalidOperationException($"no session: {answer}");
        Session = answer.Body!;
        Token = (string)Session["token"]!;
        VisitorId = (string)Session["visitor_id"]!;
        Cursor = (string)Session["cursor"]!;
        return Session;
    }

    public async Task<JsonNode> SayAsync(string text, string? clientId = null)
    {
        Answer answer = await PostAsync("messages", new { client_id = clientId ?? Guid.NewGuid().ToString(), parts = new[] { new { type = "text", text } } });
        if (answer.Status != 201)
            throw new InvalidOperationException($"not said: {answer}");
        return answer.Body!;
    }

    /// <summary>All pages, oldest first.</summary>
    public async Task<List<JsonNode>> ThreadAsync(int limit = 50)
    {
        var thread = new List<JsonNode>();
        string? cursor = null;
        do
        {
            Answer page = await GetAsync($"messages?limit={limit}" + (cursor is null ? "" : "&cursor=" + cursor));
            thread.AddRange(page.Body!["data"]!.AsArray()!);
            cursor = (string?)page.Body["next"];
        }
        while (cursor is not null);
        thread.Reverse();
        return thread;
    }

    public async Task<List<string>> TextsAsync() => [.. (await ThreadAsync()).SelectMany(m => m["parts"]!.AsArray()).Select(p => (string?)p!["text"] ?? "")];

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, content: null);

    public Task<Answer> PostAsync(string path, object body) => SendAsync(HttpMethod.Post, path, Json(body));

    public Task<Answer> UploadAsync(string name, byte[] bytes, string contentType = "application/octet-stream")
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return SendAsync(HttpMethod.Post, "attachments?name=" + Uri.EscapeDataString(name), content);
    }

    public async Task<HttpResponseMessage> CallAsync(HttpMethod method, string path, HttpContent? content = null, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, $"/chat/{channel}/{path}") { Content = content };
        if (Token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        if (Origin is not null)
            request.Headers.Add("Origin", Origin);
        change?.Invoke(request);
        return await hub.Anonymous.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>Opens the live stream, from where it was left if a place is given.</summary>
    public async Task<LiveStream> ListenAsync(string? lastEventId = null, string? ticket = null)
    {
        HttpResponseMessage response = await CallAsync(HttpMethod.Get, "stream" + (ticket is null ? "" : "?ticket=" + ticket), change: request =>
        {
            if (lastEventId is not null)
                request.Headers.Add("Last-Event-ID", lastEventId);
            if (ticket is not null)
                request.Headers.Authorization = null;
        });
        if (response.StatusCode != HttpStatusCode.OK)
            throw new InvalidOperationException($"no stream: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        return new LiveStream(response);
    }

    public static StringContent Json(object body) => new(body as string ?? JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");

    private async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content)
    {
        using HttpResponseMessage response = await CallAsync(method, path, content);
        string text = await response.Content.ReadAsStringAsync();
        bool isJson = response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true;
        return new Answer((int)response.StatusCode, isJson ? JsonNode.Parse(text) : null, response.Headers.RetryAfter?.Delta);
    }
}

/// <summary>An answer of the hub.</summary>
internal sealed record Answer(int Status, JsonNode? Body, TimeSpan? RetryAfter)
{
    public string? Problem => (string?)Body?["type"];

    public override string ToString() => $"{Status} {Body?.ToJsonString()}";
}
