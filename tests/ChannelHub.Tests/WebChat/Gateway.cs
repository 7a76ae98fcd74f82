using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ChannelHub.Adapters.Conformance;

namespace ChannelHub.Tests.WebChat;

/// <summary>A gateway for telephone numbers or mail behind an <c>http</c> channel, and the people who read there.</summary>
internal sealed partial class Gateway : IAsyncDisposable
{
    private const string Secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    private const string Token = "token-of-the-gateway";

    private readonly TestHub hub;
    private readonly ScriptedProvider provider;
    private int events;

    private Gateway(TestHub hub, ScriptedProvider provider, string channel) => (this.hub, this.provider, Channel) = (hub, provider, channel);

    public string Channel { get; }

    /// <param name="hub">The hub.</param>
    /// <param name="kind"><c>phone</c> or <c>email</c>.</param>
    public static async Task<Gateway> OpenAsync(TestHub hub, string kind)
    {
        ScriptedProvider provider = await ScriptedProvider.StartAsync(_ => ScriptedReply.Json("{}"));
        string channel = await hub.AddChannelAsync("http", new
        {
            inbound_secrets = new[] { Secret }, inbound_token = Token, send_url = provider.Address + "send", outbound_secret = Secret, capabilities = new { identity = new { kind } },
        });
        return new Gateway(hub, provider, channel);
    }

    /// <summary>What arrived, oldest first.</summary>
    public IReadOnlyList<(string To, string Text)> Arrived => [.. provider.Calls.Where(c => c.Path == "/send").Select(c => JsonNode.Parse(c.Body.Span)!["data"]!)
        .Select(d => ((string)d["recipient"]!["external_id"]!, (string)d["content"]![0]!["text"]!))];

    /// <summary>The code in the newest message, once so many have arrived.</summary>
    public async Task<string> CodeAsync(int arrived = 1)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (Arrived.Count < arrived)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Delay(10, CancellationToken.None);
        }
        return SixDigits().Match(Arrived[arrived - 1].Text).Value;
    }

    /// <summary>Somebody writes.</summary>
    public async Task SayAsync(string from, string text, bool signed = true)
    {
        string id = "g" + Interlocked.Increment(ref events);
        string body = JsonSerializer.Serialize(new
        {
            type = "message.received", data = new { external_id = id, sender = new { external_id = from }, content = new[] { new { type = "text", text } } },
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/hooks/" + Channel) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (signed)
            Sign(request, id, body);
        else
            request.Headers.Authorization = new("Bearer", Token);
        using HttpResponseMessage answer = await hub.Anonymous.SendAsync(request);
        if (answer.StatusCode != HttpStatusCode.OK)
            throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
    }

    public ValueTask DisposeAsync() => provider.DisposeAsync();

    private static void Sign(HttpRequestMessage request, string id, string body)
    {
        string timestamp = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        byte[] mac = System.Security.Cryptography.HMACSHA256.HashData(Convert.FromBase64String(Secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}"));
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", "v1," + Convert.ToBase64String(mac));
    }

    [GeneratedRegex("^[0-9]{6}(?= )")]
    private static partial Regex SixDigits();
}

/// <summary>The system's clock, moved on by a test.</summary>
internal sealed class MovedClock : TimeProvider
{
    private long ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref ahead));

    public void Advance(TimeSpan by) => Interlocked.Add(ref ahead, by.Ticks);
}
