using System.Text.Json;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Core.Tests;
using ChannelHub.Vk;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace ChannelHub.Adapters.Tests.Vk;

/// <summary>Events that VK itself sent, which nobody here has written.</summary>
public sealed class VkCorpusTests(ITestOutputHelper output)
{
    private const string Folder = "webhooks/vk";

    private static readonly Dictionary<string, Type> Understood = new()
    {
        ["message_new"] = typeof(MessageReceived), ["message_reply"] = typeof(MessageEchoed), ["message_allow"] = typeof(SubscriptionChanged),
        ["message_deny"] = typeof(SubscriptionChanged), ["message_event"] = typeof(MessageReceived),
    };

    [CorpusFact(Folder)]
    public void Every_recorded_event_is_understood_or_ignored_with_a_reason()
    {
        foreach ((string name, byte[] body) in Files())
        {
            using JsonDocument whole = ProviderJson.TryParse(body) ?? throw new InvalidDataException(name);
            foreach (JsonElement one in Events(whole.RootElement))
            {
                byte[] item = JsonSerializer.SerializeToUtf8Bytes(one);
                Received received = Open(one).Parse(AuthenticInput.Pulled(item, DateTimeOffset.UnixEpoch));
                ChannelEvent happened = received.Entries.ShouldHaveSingleItem(name).ShouldBeOfType<Entry.Understood>(name).Event;
                output.WriteLine($"{name}: {happened.GetType().Name} {(happened as Ignored)?.Reason}");
                happened.Key.ShouldNotBeNullOrEmpty();
                string type = one.Text("type") ?? "";
                happened.ShouldBeOfType(Understood.GetValueOrDefault(type) ?? typeof(Ignored), name);
                NormalisedJson.Of(received).ShouldNotBeEmpty();
            }
        }
    }

    [CorpusFact(Folder)]
    public async Task Every_recorded_failure_of_the_long_poll_is_taken()
    {
        foreach ((string name, byte[] body) in Files().Where(file => file.Name.Contains("Failed", StringComparison.Ordinal)))
        {
            await using VkCommunity community = await VkCommunity.StartAsync();
            community.Vk.AddText(VkCommunity.Ada, "x");
            community.Vk.Script("poll", ScriptedReply.Bytes(body, "application/json"));
            using var stop = new CancellationTokenSource();
            var puller = (IMessagePuller)community.Open(settings => settings with { Mode = VkMode.LongPoll });
            IAsyncEnumerator<PulledBatch> pull = puller.PullAsync("0", stop.Token).GetAsyncEnumerator(stop.Token);
            Task<bool> next = pull.MoveNextAsync().AsTask();

            // What is written between two polls may be passed over, as VK itself says: each poll after the failure gets a text of its own.
            for (int answered = 1; !next.IsCompleted; await Task.Yield())
            {
                if (community.Vk.Calls.Count(call => call.Path == "/poll") > answered)
                    community.Vk.AddText(VkCommunity.Ada, $"{answered++}");
            }

            (await next).ShouldBeTrue(name);
            await pull.DisposeAsync();
        }
    }

    private static IEnumerable<JsonElement> Events(JsonElement file) =>
        file.Has("type") ? [file] : file.ValueKind == JsonValueKind.Array ? file.EnumerateArray() : file.List("updates");

    private static IReceiver Open(JsonElement one) => (IReceiver)new VkChannelType().Open(
        new VkSettings { GroupId = one.Long("group_id"), Secret = "s" }, new ChannelEnvironment(new HttpClient(), TimeProvider.System, NullLogger.Instance));

    private static IEnumerable<(string Name, byte[] Body)> Files() =>
        Directory.EnumerateFiles(Corpus.Find(Folder)!, "*.json").Order(StringComparer.Ordinal).Select(path => (Path.GetFileName(path), File.ReadAllBytes(path)));
}
