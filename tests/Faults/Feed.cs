using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace ChannelHub.Faults;

/// <summary>The event log as any client reads it.</summary>
internal static class Feed
{
    /// <summary>Every event after a position, to the newest.</summary>
    public static async IAsyncEnumerable<JsonNode> ReadAsync(HttpClient client, long after = 0)
    {
        while (true)
        {
            JsonArray page = (await client.GetFromJsonAsync<JsonNode>($"/v1/events?after={after}&limit=2000"))!["data"]!.AsArray();
            if (page.Count == 0)
                yield break;
            foreach (JsonNode? told in page)
                yield return told!;
            after = (long)page[^1]!["position"]!;
        }
    }
}
