using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ChannelHub.Tests.Acceptance;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace ChannelHub.Tests.Email;

/// <summary>A full mailbox on Dovecot, read for the first time by the program as a process of its own.</summary>
[Trait("engine", "sqlite")] // The way in is the same on both, and twice would take too long.
public sealed class MailImportTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Mails = 10_000;
    private const string Ada = "ada@customer.example";

    private readonly string data = Directory.CreateTempSubdirectory("channelhub-import").FullName;
    private readonly int port = HubProcess.FreePort();
    private MailTown? town;

    public async Task InitializeAsync() => town = await MailTown.StartAsync();

    public async Task DisposeAsync()
    {
        if (town is not null)
            await town.DisposeAsync();
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task A_full_mailbox_is_imported_with_progress_and_each_mail_once_though_the_hub_is_killed()
    {
        if (town is null)
            return;
        for (int i = 0; i < Mails; i++)
            town.Drop(i, RealMailTests.Mail(Ada, "Mail", "i" + i, $"mail number {i}"));
        string accounting;
        using (HubProcess killed = await HubProcess.StartAsync(data, port))
        {
            using HttpResponseMessage made = await killed.Client.PostAsJsonAsync("/v1/channels", new { type = "email", name = "mailbox", settings = RealMailTests.Settings(town) });
            accounting = $"/v1/channels/{(await made.Content.ReadFromJsonAsync<JsonNode>())!["id"]}/accounting";
            JsonNode halfway = await UntilAsync(killed, accounting, one => (long)one["stored"]! > Mails / 3);
            output.WriteLine("killed at " + halfway.ToJsonString());
            ((long)halfway["waiting"]!).ShouldBeInRange(1, Mails - (Mails / 3));
            await killed.KillAsync();
        }
        using HubProcess hub = await HubProcess.StartAsync(data, port);
        JsonNode whole = await UntilAsync(hub, accounting, one => (long)one["stored"]! >= Mails && (long?)one["waiting"] == 0);
        output.WriteLine("in the end " + whole.ToJsonString());
        List<string> texts = await TextsAsync(hub);
        texts.Count.ShouldBe(Mails);
        texts.Distinct().Count().ShouldBe(Mails);
    }

    private static async Task<List<string>> TextsAsync(HubProcess hub)
    {
        var texts = new List<string>();
        JsonNode customers = (await hub.Client.GetFromJsonAsync<JsonNode>("/v1/customers?identity=email:" + Ada))!;
        string path = $"/v1/conversations/{customers["data"]![0]!["conversation_id"]}/messages?limit=200";
        string? cursor = null;
        do
        {
            JsonNode page = (await hub.Client.GetFromJsonAsync<JsonNode>(cursor is null ? path : $"{path}&cursor={Uri.EscapeDataString(cursor)}"))!;
            texts.AddRange(page["data"]!.AsArray().Select(one => (string)one!["parts"]![0]!["text"]!));
            cursor = (string?)page["next"];
        }
        while (cursor is not null);
        return texts;
    }

    private static async Task<JsonNode> UntilAsync(HubProcess hub, string path, Func<JsonNode, bool> satisfied)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (true)
        {
            JsonNode answer = (await hub.Client.GetFromJsonAsync<JsonNode>(path, limit.Token))!;
            if (satisfied(answer))
                return answer;
            await Task.Delay(100, limit.Token);
        }
    }
}
