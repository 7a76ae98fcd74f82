using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace ChannelHub.Tests.Acceptance;

/// <summary>A disk that is full or a file that somebody else holds: the provider is told to come back, nothing is half written, nothing acknowledged is lost.</summary>
[Trait("engine", "sqlite")]
public sealed class StoreFailureTests : IDisposable
{
    private const string Secret = "store-secret";

    private readonly string data = Directory.CreateTempSubdirectory("channelhub-store").FullName;
    private bool mounted;

    public void Dispose()
    {
        if (mounted)
            Run("umount", data);
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task A_full_disk_is_503_with_Retry_After_and_passes_when_there_is_room_again()
    {
        mounted = Run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", data);
        mounted.ShouldBeTrue("this test needs the right to mount a small file system");
        string ballast = Path.Combine(data, "ballast");
        using HubProcess hub = await HubProcess.StartAsync(data, HubProcess.FreePort());
        string channel = await AddChannelAsync(hub.Client);
        await File.WriteAllBytesAsync(ballast, new byte[18 * 1024 * 1024]);

        List<long> acknowledged = [];
        long id = 0;
        HttpStatusCode last;
        do
        {
            using HttpResponseMessage answer = await PostAsync(hub, channel, ++id, new string('x', 3000));
            last = answer.StatusCode;
            if (last == HttpStatusCode.OK)
                acknowledged.Add(id);
            else
                answer.Headers.RetryAfter.ShouldNotBeNull();
        }
        while (last == HttpStatusCode.OK && id < 20_000);
        last.ShouldBe(HttpStatusCode.ServiceUnavailable);

        File.Delete(ballast);
        for (long again = id; again < id + 5; again++)
        {
            using HttpResponseMessage answer = await PostAsync(hub, channel, again, "after");
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            acknowledged.Add(again);
        }
        (await StoredAsync(hub.Client)).ShouldBe(acknowledged);
        await ShouldBalanceAsync(hub.Client, channel, acknowledged.Count);
    }

    [Fact]
    public async Task A_store_that_another_program_has_locked_is_503_with_Retry_After_until_it_is_free()
    {
        using HubProcess hub = await HubProcess.StartAsync(data, HubProcess.FreePort());
        string channel = await AddChannelAsync(hub.Client);
        using (var other = new SqliteConnection($"Data Source={Path.Combine(data, "hub.db")};Pooling=False"))
        {
            other.Open();
            using SqliteCommand hold = other.CreateCommand();
            hold.CommandText = "BEGIN IMMEDIATE";
            hold.ExecuteNonQuery();
            using HttpResponseMessage refused = await PostAsync(hub, channel, 1, "while locked");
            refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            refused.Headers.RetryAfter.ShouldNotBeNull();
        }

        using HttpResponseMessage taken = await PostAsync(hub, channel, 1, "afterwards");
        taken.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await StoredAsync(hub.Client)).ShouldBe([1L]);
        await ShouldBalanceAsync(hub.Client, channel, 1);
        (await hub.Client.GetStringAsync("/metrics")).ShouldContain("channelhub_hooks_total{type=\"telegram\",outcome=\"not_stored\"} 1\n");
    }

    private static bool Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private static async Task<HttpResponseMessage> PostAsync(HubProcess hub, string channel, long id, string text)
    {
        using HttpRequestMessage request = TelegramLoad.Request(hub.Address, channel, Secret, TelegramLoad.Update(id, 1000, $"{id} {text}"));
        return await hub.Client.SendAsync(request);
    }

    private static async Task<string> AddChannelAsync(HttpClient client)
    {
        using HttpResponseMessage answer = await client.PostAsJsonAsync("/v1/channels", new { type = "telegram", name = "bot", settings = new { secret_token = Secret } });
        answer.EnsureSuccessStatusCode();
        return (string)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["id"]!;
    }

    private static async Task<List<long>> StoredAsync(HttpClient client)
    {
        List<long> stored = [];
        for (long position = 0; ;)
        {
            JsonNode page = (await client.GetFromJsonAsync<JsonNode>($"/v1/events?after={position}&limit=2000"))!;
            if (page["data"]!.AsArray().Count == 0)
                return stored;
            stored.AddRange(page["data"]!.AsArray().Where(e => (string)e!["type"]! == "message.received")
                .Select(e => long.Parse(((string)e!["data"]!["parts"]![0]!["text"]!).Split(' ')[0])));
            position = (long)page["next"]!;
        }
    }

    private static async Task ShouldBalanceAsync(HttpClient client, string channel, int stored)
    {
        JsonNode a = (await client.GetFromJsonAsync<JsonNode>($"/v1/channels/{channel}/accounting"))!;
        ((long)a["stored"]!).ShouldBe(stored);
        ((long)a["received"]!).ShouldBe((long)a["stored"]! + (long)a["duplicate"]! + (long)a["ignored"]! + (long)a["quarantined"]!);
    }
}
