using System.Text;
using System.Text.Json.Nodes;

namespace ChannelHub.Tests.WebChat;

/// <summary>Reads server-sent events.</summary>
internal sealed class LiveStream(HttpResponseMessage response) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly StreamReader reader = new(response.Content.ReadAsStream(), Encoding.UTF8);

    public HttpResponseMessage Response => response;

    /// <summary>Id of the last complete block.</summary>
    public string? LastId { get; private set; }

    /// <summary>The next event with data; null when the stream ends.</summary>
    public async Task<LiveEvent?> NextAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        string? type = null, data = null, id = null;
        while (await ReadLineAsync(limit.Token) is { } line)
        {
            if (line.Length == 0)
            {
                LastId = id ?? LastId;
                if (data is not null)
                    return new LiveEvent(type ?? "message", JsonNode.Parse(data)!, id);
                (type, id) = (null, null);
            }
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                type = line[7..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                data = line[6..];
            }
            else if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                id = line[4..];
            }
        }
        return null;
    }

    /// <summary>The next event of a type; others are passed over.</summary>
    public async Task<LiveEvent> NextAsync(string type)
    {
        while (await NextAsync() is { } happened)
        {
            if (happened.Type == type)
                return happened;
        }
        throw new InvalidOperationException($"the stream ended before '{type}'");
    }

    /// <summary>Reads until an event satisfies, and answers all that came, that one included.</summary>
    public async Task<List<LiveEvent>> UntilAsync(Func<LiveEvent, bool> last)
    {
        var events = new List<LiveEvent>();
        while (await NextAsync() is { } happened)
        {
            events.Add(happened);
            if (last(happened))
                return events;
        }
        throw new InvalidOperationException("the stream ended before");
    }

    public void Dispose()
    {
        reader.Dispose();
        response.Dispose();
    }

    // A stream that the hub breaks off has ended as well.
    private async Task<string?> ReadLineAsync(CancellationToken limit)
    {
        try
        {
            return await reader.ReadLineAsync(limit);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            return null;
        }
    }
}

/// <summary>One event of a live stream.</summary>
internal sealed record LiveEvent(string Type, JsonNode Data, string? Id)
{
    public string? Text => (string?)Data["parts"]?.AsArray().FirstOrDefault()?["text"];
}
