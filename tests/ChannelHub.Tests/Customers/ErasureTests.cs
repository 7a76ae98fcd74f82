using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;
using ChannelHub.Tests.WebChat;
using Shouldly;
using Xunit;

namespace ChannelHub.Tests.Customers;

/// <summary>A person is erased: from the API, the log, the data, the files and the memory of the hub.</summary>
public sealed class ErasureTests : IAsyncLifetime
{
    private TestHub hub = null!;
    private Canary canary = null!;

    public async Task InitializeAsync()
    {
        hub = await ChatHub.StartAsync();
        canary = new Canary(hub);
        await canary.SettleInAsync();
    }

    public async Task DisposeAsync() => await hub.DisposeAsync();

    [Fact]
    public async Task Nothing_of_an_erased_person_is_left_in_any_file()
    {
        JsonNode customer = await hub.GetAsync("/v1/customers/" + canary.Customer);
        customer["identities"]!.AsArray().Select(i => (string)i!["kind"]!).ShouldBe(
            ["visitor", "external", "email", "app", "phone", "telegram", "email", "external"], ignoreOrder: true);
        Hits().ShouldNotBeEmpty();

        await EraseAsync();

        (await hub.GetAsync("/v1/events?after=0&limit=2000")).ToJsonString().ShouldNotContain(Canary.Mark);
        await hub.StopAsync();
        Hits().ShouldBeEmpty();
        await hub.StartAgainAsync();
    }

    [Fact]
    public async Task The_files_are_clean_as_soon_as_the_call_is_answered()
    {
        await EraseAsync();

        Hits().ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_id_is_unknown_and_the_log_stays_dense()
    {
        JsonArray before = (await hub.GetAsync("/v1/events?after=0&limit=2000"))["data"]!.AsArray();
        JsonNode customer = await hub.GetAsync("/v1/customers/" + canary.Customer);
        string conversation = (string)customer["conversation_id"]!;
        JsonNode thread = await hub.GetAsync($"/v1/conversations/{conversation}/messages");
        string[] messages = [.. thread["data"]!.AsArray().Select(m => (string)m!["id"]!)];
        string[] files = [.. thread["data"]!.AsArray().SelectMany(m => m!["parts"]!.AsArray()).Select(p => (string?)p!["attachment"]?["id"]).OfType<string>()];
        files.Length.ShouldBeGreaterThan(2);

        await EraseAsync();

        foreach (string path in (string[])[
            "/v1/customers/" + canary.Customer, .. customer["merged_from"]!.AsArray().Select(id => "/v1/customers/" + id), "/v1/conversations/" + conversation,
            $"/v1/conversations/{conversation}/messages", .. customer["identities"]!.AsArray().Select(i => "/v1/identities/" + i!["id"]),
            .. messages.Select(id => "/v1/messages/" + id), .. messages.Select(id => $"/v1/messages/{id}/why"), .. files.Select(id => "/v1/attachments/" + id)])
            (await hub.CallAsync(HttpMethod.Get, path)).Status.ShouldBe(404, path);
        (await hub.CallAsync(HttpMethod.Delete, "/v1/customers/" + canary.Customer)).Status.ShouldBe(404);
        (await hub.CallAsync(HttpMethod.Patch, "/v1/messages/" + messages[0], new { parts = new[] { new { type = "text", text = "x" } } })).Status.ShouldBe(404);
        (await hub.GetAsync("/v1/customers"))["data"]!.AsArray().ShouldBeEmpty();
        (await hub.GetAsync("/v1/customers?q=" + Canary.Mark))["data"]!.AsArray().ShouldBeEmpty();
        (await hub.GetAsync("/v1/conversations?order=created"))["data"]!.AsArray().ShouldBeEmpty();
        (await hub.GetAsync("/v1/conversations"))["data"]!.AsArray().ShouldBeEmpty();
        JsonArray after = (await hub.GetAsync("/v1/events?after=0&limit=2000"))["data"]!.AsArray();
        after.Select(e => (long)e!["position"]!).ShouldBe(Enumerable.Range(1, after.Count).Select(n => (long)n));
        after.Take(before.Count).Select(e => (string)e!["type"]!).ShouldBe(before.Select(e => (string)e!["type"]!));
        ((string)after[^1]!["type"]!).ShouldBe("customer.erased");
        ((string)after[^1]!["data"]!["customer_id"]!).ShouldBe(canary.Customer);
        foreach (JsonNode? merge in (await hub.GetAsync("/v1/merges"))["data"]!.AsArray())
            (await hub.CallAsync(HttpMethod.Post, $"/v1/merges/{merge!["merge_id"]}/undo", new { })).Status.ShouldBe(409);
    }

    [Fact]
    public async Task A_merged_away_id_is_not_erased_but_names_the_survivor()
    {
        JsonNode customer = await hub.GetAsync("/v1/customers/" + canary.Customer);

        (int status, JsonNode? body) = await hub.CallAsync(HttpMethod.Delete, "/v1/customers/" + customer["merged_from"]![0]);

        status.ShouldBe(409);
        ((string)body!["survivor"]!).ShouldBe(canary.Customer);
    }

    [Fact]
    public async Task The_browser_is_signed_out_and_who_writes_again_is_new()
    {
        using LiveStream stream = await canary.Browser.ListenAsync();

        await EraseAsync();

        await stream.NextAsync("session");
        (await canary.Browser.GetAsync("messages")).Status.ShouldBe(401);
        ChatBrowser again = await ChatBrowser.OpenAsync(hub, canary.Chat, Jwt.For(canary.Chat, Canary.Mark, DateTimeOffset.UtcNow));
        await again.SayAsync("it is me again");
        (await again.TextsAsync()).ShouldBe(["it is me again"]);
        var shop = new Shop(hub);
        HubId.Format(IdPrefix.Customer, shop.CustomerOf(shop.IdentityOf(again, canary.Chat))).ShouldNotBe(canary.Customer);
    }

    [Fact]
    public async Task Others_keep_what_is_theirs()
    {
        ChatBrowser other = await ChatBrowser.OpenAsync(hub, canary.Chat);
        await other.SayAsync("somebody else");
        string file = (string)(await other.UploadAsync("mine.txt", Encoding.UTF8.GetBytes("content of " + Canary.Mark))).Body!["id"]!;
        await other.PostAsync("messages", new { client_id = "f", parts = new[] { new { type = "file", attachment_id = file } } });

        await EraseAsync();

        (await other.TextsAsync()).ShouldBe(["somebody else", ""]);
        using HttpResponseMessage bytes = await hub.Admin.GetAsync("/v1/attachments/" + file);
        (await bytes.Content.ReadAsStringAsync()).ShouldBe("content of " + Canary.Mark);
        await other.SayAsync("still here");
    }

    [Fact]
    public async Task Raw_input_is_kept_without_content_and_cannot_be_run_again()
    {
        string input = (string)(await hub.GetAsync("/v1/inbox"))["data"]![0]!["id"]!;

        await EraseAsync();

        JsonNode raw = await hub.GetAsync("/v1/inbox/" + input);
        ((string)raw["body"]!).ShouldBe("");
        ((string)raw["reason"]!).ShouldBe("erased");
        (await hub.CallAsync(HttpMethod.Post, $"/v1/inbox/{input}/replay", new { })).Status.ShouldBe(409);
        JsonNode replayed = await hub.PostAsync("/v1/inbox/replay",
            new { channel_id = canary.Chat, from = DateTimeOffset.UtcNow.AddHours(-1), to = DateTimeOffset.UtcNow.AddHours(1) });
        ((long)replayed["stored"]!, (long)replayed["quarantined"]!).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Who_was_only_held_together_by_an_erased_stranger_stays_together()
    {
        string[] ids = new string[3];
        for (int i = 0; i < 3; i++)
            ids[i] = (string)(await hub.PostAsync("/v1/customers", new { identities = new[] { new { kind = "email", value = $"p{i}@example.org" } } }, expect: 201))["id"]!;
        await hub.PostAsync($"/v1/customers/{ids[0]}/merge", new { with = ids[1] });
        await hub.PostAsync($"/v1/customers/{ids[1]}/merge", new { with = ids[2] });
        (await hub.CallAsync(HttpMethod.Delete, $"/v1/customers/{ids[0]}/identities/{ids[1].Replace("cus_", "idn_")}")).Status.ShouldBe(200);

        (await hub.CallAsync(HttpMethod.Delete, "/v1/customers/" + ids[1])).Status.ShouldBe(204);
        await hub.PostAsync($"/v1/customers/{ids[0]}/identities", new { kind = "email", value = "p4@example.org" }, expect: 201);

        JsonNode left = await hub.GetAsync("/v1/customers/" + ids[2]);
        ((string)left["id"]!).ShouldBe(ids[0]);
        left["identities"]!.AsArray().Select(i => (string)i!["value"]!).ShouldBe(["p0@example.org", "p2@example.org", "p4@example.org"]);
    }

    [Fact]
    public async Task What_was_suggested_of_them_goes_from_the_list_and_from_the_log()
    {
        string older = (string)(await hub.PostAsync("/v1/customers", new { identities = new[] { new { kind = "email", value = "older@example.org" } } }, expect: 201))["id"]!;
        string newer = (string)(await hub.PostAsync("/v1/customers", new { identities = new[] { new { kind = "email", value = "newer@example.org" } } }, expect: 201))["id"]!;
        await hub.CallAsync(HttpMethod.Patch, "/v1/customers/" + older, new { attributes = new { note = "also newer@example.org" } });
        await hub.UntilAsync("/v1/merge-suggestions?state=open", s => s["data"]!.AsArray().Any(open => open!.ToJsonString().Contains(newer.Replace("cus_", "idn_"), StringComparison.Ordinal)));

        (await hub.CallAsync(HttpMethod.Delete, "/v1/customers/" + newer)).Status.ShouldBe(204);

        (await hub.GetAsync("/v1/merge-suggestions?state=open"))["data"]!.ToJsonString().ShouldNotContain("newer@example.org");
        (await hub.GetAsync("/v1/events?after=0&limit=2000&types=suggestion.created"))["data"]!.ToJsonString().ShouldNotContain("newer@example.org");
        // The reader of the log goes on behind what is gone.
        await hub.PostAsync("/v1/customers", new { identities = new[] { new { kind = "email", value = "older+tag@example.org" } } }, expect: 201);
        await hub.UntilAsync("/v1/merge-suggestions?state=open", s => s["data"]!.AsArray().Any(open => open!.ToJsonString().Contains("older", StringComparison.Ordinal)));
    }

    private async Task EraseAsync() => (await hub.CallAsync(HttpMethod.Delete, "/v1/customers/" + canary.Customer)).Status.ShouldBe(204);

    /// <summary>Every file of the data folder, searched as bytes; in a copy that another process makes, since closing a database's file here would let go of its locks.</summary>
    private List<string> Hits()
    {
        string copy = Directory.CreateTempSubdirectory("channelhub-copy").FullName;
        using (var cp = Process.Start("cp", ["-r", hub.DataPath + "/.", copy]))
            cp.WaitForExit();
        List<string> hits = [.. Directory.EnumerateFiles(copy, "*", SearchOption.AllDirectories).SelectMany(file => Hits(file, File.ReadAllBytes(file)))];
        Directory.Delete(copy, recursive: true);
        hits.AddRange(hub.Store.Rows().SelectMany(row => Hits("database", Encoding.UTF8.GetBytes(row))));
        return hits;
    }

    private static IEnumerable<string> Hits(string file, byte[] bytes)
    {
        // A database shows bytes in hex.
        foreach (string mark in Canary.Marks.SelectMany(mark => (string[])[mark, Convert.ToHexStringLower(Encoding.UTF8.GetBytes(mark))]))
        {
            int at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(mark));
            if (at >= 0)
                yield return $"{Path.GetFileName(file)}: …{Encoding.UTF8.GetString(bytes.AsSpan()[Math.Max(0, at - 80)..Math.Min(bytes.Length, at + 80)])}…";
        }
    }
}
