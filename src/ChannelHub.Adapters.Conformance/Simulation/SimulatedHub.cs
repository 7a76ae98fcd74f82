using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChannelHub.Adapters.Conformance.Simulation;

/// <summary>A hub as the simulator knows it: by its API, like any other client.</summary>
public sealed class SimulatedHub : IDisposable
{
    private readonly HttpClient client;

    /// <param name="address">Where it listens.</param>
    /// <param name="key">An API key; to connect it needs the scope <c>channels:admin</c>, to show threads <c>conversations:read</c>, to answer <c>messages:send</c>.</param>
    public SimulatedHub(Uri address, string key)
    {
        Address = address;
        client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>The conversation of a person who wrote on a channel, with its newest messages, as the API shows it; null if there is none.</summary>
    public async Task<JsonObject?> ThreadAsync(SimulatedChannel channel, SimulatedPerson person, CancellationToken cancellation = default)
    {
        if (await ConversationAsync(channel, channel.AddressOf(person), cancellation) is not { } conversation)
            return null;
        (_, JsonNode? messages) = await SendAsync(HttpMethod.Get, $"/v1/conversations/{conversation["id"]}/messages?limit=50", null, cancellation);
        return new JsonObject { ["conversation"] = conversation.DeepClone(), ["messages"] = messages?["data"]?.DeepClone() };
    }

    // Not by the hub's search, which is a moment behind what was just said.
    private async Task<JsonNode?> ConversationAsync(SimulatedChannel channel, string address, CancellationToken cancellation)
    {
        for (string? cursor = ""; cursor is not null;)
        {
            (_, JsonNode? page) = await SendAsync(HttpMethod.Get, $"/v1/conversations?channel={channel.ChannelId}&limit=200{cursor}", null, cancellation);
            JsonNode? conversation = page?["data"]?.AsArray().FirstOrDefault(one =>
                one!["customer"]!["identities"]!.AsArray().Any(identity => ((string)identity!["value"]!).Contains(address, StringComparison.Ordinal)));
            if (conversation is not null)
                return conversation;
            cursor = (string?)page?["next"] is { } next ? "&cursor=" + next : null;
        }
        return null;
    }

    /// <summary>Answers on a thread.</summary>
    /// <param name="conversationId">Which.</param>
    /// <param name="channelId">By which channel.</param>
    /// <param name="part">What is sent, as the API has it.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Why the hub does not take it, in its words; null if it does.</returns>
    public async Task<string?> AnswerAsync(string conversationId, string? channelId, JsonObject part, CancellationToken cancellation = default)
    {
        var asked = new JsonObject
        {
            ["parts"] = new JsonArray(part), ["channel_id"] = channelId, ["author"] = new JsonObject { ["kind"] = "agent", ["name"] = "Mia" },
        };
        (HttpStatusCode status, JsonNode? answer) = await SendAsync(HttpMethod.Post, $"/v1/conversations/{conversationId}/messages", Json(asked), cancellation);
        return Reason(status, answer);
    }

    /// <summary>The same with a file.</summary>
    public async Task<string?> AnswerAsync(string conversationId, string? channelId, FakeFile file, CancellationToken cancellation = default)
    {
        using var bytes = new ReadOnlyMemoryContent(file.Bytes);
        bytes.Headers.TryAddWithoutValidation("Content-Type", file.ContentType);
        using var form = new MultipartFormDataContent { { bytes, "file", file.FileName } };
        (HttpStatusCode status, JsonNode? answer) = await SendAsync(HttpMethod.Post, "/v1/attachments", form, cancellation);
        if (Reason(status, answer) is { } reason)
            return reason;
        string kind = file.ContentType.Split('/')[0];
        var part = new JsonObject { ["type"] = kind is "image" or "audio" or "video" ? kind : "file", ["attachment_id"] = (string)answer!["id"]! };
        return await AnswerAsync(conversationId, channelId, part, cancellation);
    }

    /// <summary>A file of a thread; null if it is not there.</summary>
    public async Task<FakeFile?> FileAsync(string attachmentId, CancellationToken cancellation = default)
    {
        using HttpResponseMessage response = await client.GetAsync(new Uri($"/v1/attachments/{Uri.EscapeDataString(attachmentId)}", UriKind.Relative), cancellation);
        return response.IsSuccessStatusCode
            ? new FakeFile("file", response.Content.Headers.ContentType?.MediaType ?? "", await response.Content.ReadAsByteArrayAsync(cancellation))
            : null;
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    internal Uri HookOf(string channelId) => new(Address, $"/hooks/{channelId}");

    internal async Task<string> AddChannelAsync(SimulatedChannel channel)
    {
        var asked = new JsonObject { ["type"] = channel.Type, ["name"] = $"Simulated {channel.Title}", ["settings"] = channel.Settings(Address) };
        (HttpStatusCode status, JsonNode? answer) = await SendAsync(HttpMethod.Post, "/v1/channels", Json(asked), CancellationToken.None);
        return Reason(status, answer) is { } reason ? throw new InvalidOperationException($"the channel {channel.Type} could not be made: {reason}") : (string)answer!["id"]!;
    }

    internal async Task RegisterAsync(SimulatedChannel channel)
    {
        (_, JsonNode? answer) = await SendAsync(HttpMethod.Post, $"/v1/channels/{channel.ChannelId}/register-webhook", Json(new JsonObject()), CancellationToken.None);
        if ((bool?)answer?["ok"] != true)
            throw new InvalidOperationException($"the webhook of {channel.Type} could not be registered: {answer?.ToJsonString()}");
    }

    private static StringContent Json(JsonObject body) => new(body.ToJsonString(), Encoding.UTF8, "application/json");

    private static string? Reason(HttpStatusCode status, JsonNode? answer) =>
        (int)status is >= 200 and < 300 && answer is not null ? null : (string?)answer?["detail"] ?? $"the hub answered {(int)status}";

    private async Task<(HttpStatusCode Status, JsonNode? Body)> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        using HttpResponseMessage response = await client.SendAsync(request, cancellation);
        string text = await response.Content.ReadAsStringAsync(cancellation);
        try
        {
            return (response.StatusCode, text.Length > 0 ? JsonNode.Parse(text) : null);
        }
        catch (JsonException)
        {
            return (response.StatusCode, null);
        }
    }
}
