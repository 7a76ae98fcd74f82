using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Tests.Customers;

public sealed class SuggestionsApiTests : IAsyncLifetime
{
    private TestHub hub = null!;
    private string noted = "";
    private string owner = "";

    public async Task InitializeAsync()
    {
        hub = await TestHub.StartAsync();
        owner = (string)(await hub.PostAsync("/v1/customers", new { identities = new[] { new { kind = "email", value = "ada@example.org" } } }, expect: 201))["id"]!;
        noted = (string)(await hub.PostAsync("/v1/customers", new { external_id = "C-1" }, expect: 201))["id"]!;
        (await hub.CallAsync(HttpMethod.Patch, "/v1/customers/" + noted, new { attributes = new { note = "Says her mail is Ada@Example.org, call +48 600 100 200" } })).Status.ShouldBe(200);
    }

    public async Task DisposeAsync() => await hub.DisposeAsync();

    [Fact]
    public async Task An_agents_note_is_suggested_and_accepting_it_is_a_merge_that_can_be_undone()
    {
        JsonNode suggestion = await SuggestedAsync();
        JsonNode evidence = suggestion["evidence"]!.AsArray().Single()!;
        ((string)evidence["kind"]!, (string)evidence["value"]!, (string)evidence["assurance_left"]!, (string)evidence["assurance_right"]!)
            .ShouldBe(("note", "ada@example.org", "asserted", "asserted"));
        ((double)suggestion["score"]!).ShouldBeInRange(0.1, 1);

        JsonNode merged = await hub.PostAsync($"/v1/merge-suggestions/{suggestion["id"]}/accept");
        ((string)merged["survivor"]!).ShouldBe(owner);
        ((string)merged["absorbed"]!).ShouldBe(noted);
        (await ListAsync("open")).ShouldBeEmpty();
        ((string)(await ListAsync("accepted")).Single()!["id"]!).ShouldBe((string)suggestion["id"]!);
        (await hub.CallAsync(HttpMethod.Post, $"/v1/merge-suggestions/{suggestion["id"]}/accept", new { })).Status.ShouldBe(409);

        await hub.PostAsync($"/v1/merges/{merged["merge_id"]}/undo");
        (await ListAsync("open")).Count.ShouldBe(1);
        (await hub.GetAsync("/v1/events?types=suggestion.created,suggestion.resolved"))["data"]!.AsArray().Select(e => (string)e!["type"]!)
            .ShouldBe(["suggestion.created", "suggestion.resolved", "suggestion.created"]);
    }

    [Fact]
    public async Task A_dismissed_suggestion_comes_back_only_on_other_evidence()
    {
        JsonNode suggestion = await SuggestedAsync();
        ((string)(await hub.PostAsync($"/v1/merge-suggestions/{suggestion["id"]}/dismiss"))["state"]!).ShouldBe("dismissed");
        (await hub.CallAsync(HttpMethod.Patch, "/v1/customers/" + noted, new { attributes = new { again = "ada@example.org" } })).Status.ShouldBe(200);
        await CaughtUpAsync();
        (await ListAsync("open")).ShouldBeEmpty();

        await hub.PostAsync($"/v1/customers/{owner}/identities", new { kind = "phone", value = "+48600100200" }, expect: 201);
        JsonNode anew = (await hub.UntilAsync("/v1/merge-suggestions", page => page["data"]!.AsArray().Count == 1))["data"]![0]!;
        anew["evidence"]!.AsArray().Select(e => (string)e!["value"]!).ShouldContain("+48600100200");
        ((string)anew["id"]!).ShouldNotBe((string)suggestion["id"]!);
    }

    [Fact]
    public async Task Never_is_a_veto_that_binds_people_and_automation_and_can_be_lifted()
    {
        JsonNode suggestion = await SuggestedAsync();
        ((string)(await hub.PostAsync($"/v1/merge-suggestions/{suggestion["id"]}/never"))["state"]!).ShouldBe("never");
        JsonNode veto = (await hub.GetAsync("/v1/vetoes"))["data"]!.AsArray().Single()!;
        new[] { (string)veto["left"]!, (string)veto["right"]! }.Order().ShouldBe(new[] { (string)suggestion["left"]!, (string)suggestion["right"]! }.Order());
        (await hub.CallAsync(HttpMethod.Post, $"/v1/customers/{owner}/merge", new Dictionary<string, string> { ["with"] = noted })).Status.ShouldBe(409);
        await hub.PostAsync($"/v1/customers/{owner}/identities", new { kind = "phone", value = "+48600100200" }, expect: 201);
        await CaughtUpAsync();
        (await ListAsync("open")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Accepting_to_close_an_address_closes_it_and_merges_nobody()
    {
        var database = hub.Get<Database>();
        JsonNode before = await hub.GetAsync("/v1/customers/" + owner);
        HubId.TryParse(IdPrefix.Identity, (string)before["identities"]![0]!["id"]!, out long identity).ShouldBeTrue();
        await database.WriteAsync(session => SuggestionStore.ProposeClosing(session, identity,
            new Core.Customers.Suggestions.Suggestion([new("silence", "200 days", "changed_hands", Assurance.Proven, Assurance.Inferred)], 0.6)));
        JsonNode suggestion = (await ListAsync("open")).Single(s => (string)s!["proposes"]! == "close")!;
        JsonNode answer = await hub.PostAsync($"/v1/merge-suggestions/{suggestion["id"]}/accept");
        answer["merge_id"].ShouldBeNull();
        (await hub.GetAsync("/v1/customers/" + owner))["identities"]![0]!["until"].ShouldNotBeNull();
        (await hub.GetAsync("/v1/events?types=identity.closed"))["data"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_not_a_suggestion_is_said_to_be_none()
    {
        (await hub.CallAsync(HttpMethod.Post, "/v1/merge-suggestions/sug_0000000000000/accept", new { })).Status.ShouldBe(404);
        (await hub.CallAsync(HttpMethod.Post, "/v1/merge-suggestions/nonsense/never", new { })).Status.ShouldBe(404);
        (await hub.CallAsync(HttpMethod.Get, "/v1/merge-suggestions?state=perhaps")).Status.ShouldBe(400);
    }

    private async Task<JsonNode> SuggestedAsync() =>
        (await hub.UntilAsync("/v1/merge-suggestions?state=open", page => page["data"]!.AsArray().Count == 1))["data"]![0]!;

    private async Task<JsonArray> ListAsync(string state) => (await hub.GetAsync("/v1/merge-suggestions?state=" + state))["data"]!.AsArray();

    /// <summary>The reader has seen all that has happened so far.</summary>
    private async Task CaughtUpAsync()
    {
        var database = hub.Get<Database>();
        long last = database.Read(session => session.Find<long>("SELECT max(position) FROM event WHERE type IN (3, 17, 14)"));
        await hub.UntilAsync("/v1/merge-suggestions", _ => database.Read(session => session.Find<long>("SELECT position FROM reader WHERE name = 'suggestions'")) >= last);
    }
}
