using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Simulation;

namespace ChannelHub.Tests.Acceptance;

/// <summary>All that a hub lets anybody see of a run in which much goes wrong, and the secrets of its channels.</summary>
public sealed class SimulatorSecretsTests : IAsyncLifetime
{
    private readonly CapturedLog log = new();
    private readonly StringWriter output = new();
    private readonly List<(string Where, string Text)> produced = [];
    private SimulatedShop shop = null!;

    public async Task InitializeAsync() => shop = await SimulatedShop.StartAsync(log.AddTo, output);

    public async Task DisposeAsync() => await shop.DisposeAsync();

    [Fact]
    public async Task No_secret_of_a_provider_is_in_anything_the_run_produced()
    {
        List<JsonNode> messages = [];
        foreach (SimulatedChat chat in shop.Simulator.Chats)
            messages.Add(await TalkAsync(chat));
        await shop.Simulator.Telephone.CallAsync(shop.Ada, ["1"], 12, "Please call me back");
        await shop.Simulator.DeliverAsync();
        await RefuseAsync();
        await LoseProvidersAsync(messages);

        await ReadAllAsync();

        shop.Simulator.Violations.ShouldBeEmpty();
        string[] secrets = [.. shop.Simulator.Channels.SelectMany(channel => channel.Secrets).Distinct().SelectMany(Spellings).Distinct()];
        secrets.Length.ShouldBeGreaterThanOrEqualTo(shop.Simulator.Channels.Count);
        foreach (string secret in secrets)
            produced.Where(one => one.Text.Contains(secret, StringComparison.OrdinalIgnoreCase)).Select(one => one.Where).ShouldBeEmpty(secret);
    }

    /// <summary>Words and a file come in, an answer goes out, and the next is refused by the provider.</summary>
    private async Task<JsonNode> TalkAsync(SimulatedChat chat)
    {
        chat.Say(shop.Ada, "Hello");
        JsonNode message = await shop.ReceivedAsync(chat);
        chat.Send(shop.Ada, new FakeFile("kite.txt", "text/plain", "kite"u8.ToArray()));
        await shop.Simulator.DeliverAsync();
        await shop.StateAsync(await shop.AnswerAsync(message, new { type = "text", text = "First" }), "sent");
        chat.Shut(shop.Ada, isShut: true);
        await shop.StateAsync(await shop.AnswerAsync(message, new { type = "text", text = "Second" }), "failed");
        chat.Shut(shop.Ada, isShut: false);
        chat.Say(shop.Ada, "Hello again");
        await shop.Simulator.DeliverAsync();
        return message;
    }

    /// <summary>Webhooks that nobody signed, and settings in which the secrets stand where they may not.</summary>
    private async Task RefuseAsync()
    {
        JsonArray types = (await shop.Hub.GetAsync("/v1/channel-types"))["data"]!.AsArray();
        foreach (SimulatedChannel channel in shop.Simulator.Channels)
        {
            using var forged = new StringContent("""{"object":"x","type":"message_new","secret":"guessed"}""", Encoding.UTF8, "application/json");
            using HttpResponseMessage answer = await shop.Hub.Anonymous.PostAsync(new Uri($"/hooks/{channel.ChannelId}", UriKind.Relative), forged);
            Keep($"{channel.Type} forged", await answer.Content.ReadAsStringAsync());
            JsonObject fields = types.Single(type => (string)type!["id"]! == channel.Type)!["settings_schema"]!["properties"]!.AsObject();
            foreach (string field in fields.Select(field => field.Key).Append("no_such_setting"))
            {
                var wrong = new JsonObject { ["settings"] = new JsonObject { [field] = new JsonObject { ["misplaced"] = new JsonArray([.. channel.Secrets.Select(secret => (JsonNode)secret)]) } } };
                (int status, JsonNode? refusal) = await shop.Hub.CallAsync(HttpMethod.Patch, $"/v1/channels/{channel.ChannelId}", wrong.ToJsonString());
                status.ShouldBe(400, $"{channel.Type} {field}");
                Keep($"{channel.Type} {field}", refusal!.ToJsonString());
            }
        }
    }

    /// <summary>A file is being fetched, an answer waits to be sent, and nobody is at the other end any more.</summary>
    private async Task LoseProvidersAsync(List<JsonNode> messages)
    {
        foreach (SimulatedChat chat in shop.Simulator.Chats)
        {
            chat.SlowMedia(TimeSpan.FromMinutes(1));
            chat.Send(shop.Ada, new FakeFile("late.txt", "text/plain", "late"u8.ToArray()));
        }
        await shop.Simulator.DeliverAsync();
        await shop.Simulator.DisposeAsync();
        foreach (JsonNode message in messages)
        {
            JsonNode answer = await shop.AnswerAsync(message, new { type = "text", text = "Is anybody there?" });
            await shop.Hub.UntilAsync($"/v1/messages/{answer["id"]}/why", why => (long?)why["receipts"]![0]!["tries"] >= 1 || why["receipts"]![0]!["error"] is not null);
        }
        foreach (SimulatedChannel channel in shop.Simulator.Channels)
        {
            foreach (string action in (string[])["probe", "register-webhook"])
                Keep($"{channel.Type} {action}", (await shop.Hub.CallAsync(HttpMethod.Post, $"/v1/channels/{channel.ChannelId}/{action}", "{}")).Body!.ToJsonString());
        }
    }

    private async Task ReadAllAsync()
    {
        foreach (string path in (string[])["/v1/channels", "/v1/channel-types", "/v1/customers", "/v1/merges", "/v1/merge-suggestions", "/v1/api-keys"])
            await ReadAsync(path);
        foreach (SimulatedChannel channel in shop.Simulator.Channels)
        {
            foreach (string path in (string[])["", "/log", "/accounting"])
                await ReadAsync($"/v1/channels/{channel.ChannelId}{path}");
        }
        foreach (JsonNode input in await PagesAsync("/v1/inbox"))
            await ReadAsync($"/v1/inbox/{input["id"]}");
        foreach (JsonNode conversation in await PagesAsync("/v1/conversations"))
        {
            foreach (JsonNode message in await PagesAsync($"/v1/conversations/{conversation["id"]}/messages"))
                await ReadAsync($"/v1/messages/{message["id"]}/why");
        }
        JsonNode events;
        long after = 0;
        do
        {
            events = JsonNode.Parse(await ReadAsync($"/v1/events?after={after}&limit=200"))!;
            after = (long)events["next"]!;
        }
        while (events["data"]!.AsArray().Count > 0);
        await ReadAsync("/metrics");
        Keep("the output", output.ToString());
        log.Text.ShouldNotBeEmpty();
        Keep("the log", log.Text);
    }

    private async Task<List<JsonNode>> PagesAsync(string path)
    {
        List<JsonNode> all = [];
        string? cursor = null;
        do
        {
            JsonNode page = JsonNode.Parse(await ReadAsync($"{path}?limit=200{(cursor is null ? "" : $"&cursor={cursor}")}"))!;
            all.AddRange(page["data"]!.AsArray().Select(one => one!));
            cursor = (string?)page["next"];
        }
        while (cursor is not null);
        return all;
    }

    private async Task<string> ReadAsync(string path)
    {
        using HttpResponseMessage answer = await shop.Hub.Admin.GetAsync(new Uri(path, UriKind.Relative));
        string text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue($"{path}: {text}");
        return Keep(path, text);
    }

    private string Keep(string where, string text)
    {
        produced.Add((where, text));
        return text;
    }

    /// <summary>A secret as it stands, in an address, in JSON, and inside of what was encoded for a header.</summary>
    private static IEnumerable<string> Spellings(string secret)
    {
        string[] plain = [secret, Uri.EscapeDataString(secret), JsonSerializer.Serialize(secret).Trim('"')];
        // Three bytes become four characters, so what is before the secret decides how it reads.
        return plain.Concat(Enumerable.Range(0, 3).Select(before => Convert.ToBase64String([.. new byte[before], .. Encoding.UTF8.GetBytes(secret)])[((before * 4 + 2) / 3)..^4]));
    }
}
