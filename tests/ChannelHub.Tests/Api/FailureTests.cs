using System.Net;
using System.Text.Json.Nodes;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ChannelHub.Tests.Api;

public sealed class FailureTests
{
    private const string Path = "/v1/test";

    [Fact]
    public async Task A_fault_of_the_hub_is_500_without_a_word_of_it_and_one_error_in_the_log()
    {
        await using ApiHarness hub = await ApiHarness.StartAsync(ApiHarness.Post(Path, _ => throw new InvalidOperationException("the inner secret")));

        using HttpResponseMessage response = await hub.Admin.SendAsync(HttpMethod.Post, Path + "?q=in-the-query", "{}");

        JsonObject problem = await response.ProblemAsync(HttpStatusCode.InternalServerError, "internal");
        problem.ToJsonString().ShouldNotContain("secret");
        problem.ToJsonString().ShouldNotContain("Exception");
        string id = (string)problem["request_id"]!;
        hub.Log.Lines.Where(l => l.Level >= LogLevel.Error).ShouldHaveSingleItem().Text.ShouldContain(id);
        hub.Log.Lines.Where(l => l.Level == LogLevel.Warning).ShouldHaveSingleItem().Text.ShouldContain(id);
        hub.Log.Lines.Where(l => l.Text.StartsWith("ChannelHub", StringComparison.Ordinal)).ShouldAllBe(l => !l.Text.Contains("in-the-query"));
    }

    [Fact]
    public async Task A_store_that_is_away_is_503_with_Retry_After()
    {
        await using ApiHarness hub = await ApiHarness.StartAsync(ApiHarness.Post(Path, _ => throw new StoreUnavailableException("the disk is full")));

        using HttpResponseMessage response = await hub.Admin.SendAsync(HttpMethod.Post, Path, "{}");

        await response.ProblemAsync(HttpStatusCode.ServiceUnavailable, "unavailable");
        response.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(5));
        response.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(406)]
    [InlineData(418)]
    [InlineData(503)]
    public async Task A_status_without_a_word_becomes_a_problem(int status)
    {
        await using ApiHarness hub = await ApiHarness.StartAsync(ApiHarness.Post(Path, _ => Task.FromResult(Results.StatusCode(status))));

        using HttpResponseMessage response = await hub.Admin.SendAsync(HttpMethod.Post, Path, "{}");

        ((int)response.StatusCode).ShouldBe(status);
        JsonNode.Parse(await response.Content.ReadAsStringAsync())!["request_id"].ShouldNotBeNull();
    }

    [Fact]
    public async Task An_answer_that_has_begun_is_broken_off()
    {
        await using ApiHarness hub = await ApiHarness.StartAsync(ApiHarness.Post(Path, async context =>
        {
            await context.Response.WriteAsync("the beginning");
            await context.Response.Body.FlushAsync();
            throw new InvalidOperationException("in the middle");
        }));

        await Should.ThrowAsync<HttpRequestException>(() => hub.Admin.SendAsync(HttpMethod.Post, Path, "{}"));
        hub.Log.Lines.Where(l => l.Level >= LogLevel.Error).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_was_accepted_before_a_stop_is_there_after_it()
    {
        await using TestHub hub = await TestHub.StartAsync();
        Task<HttpResponseMessage>[] calls = [.. Enumerable.Range(0, 200).Select(i =>
            hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, $$"""{"name":"n{{i}}","scopes":["events:read"]}"""))];
        await Task.WhenAny(calls);

        await hub.StopAsync();
        List<string> accepted = [];
        for (int i = 0; i < calls.Length; i++)
        {
            // A connection that the stop cut says nothing.
            if (await Task.WhenAny(calls[i]) is { IsCompletedSuccessfully: true } done && (await done).StatusCode == HttpStatusCode.Created)
                accepted.Add($"n{i}");
        }
        await hub.StartAgainAsync();

        List<string> kept = [];
        for (string? next = ""; next is not null;)
        {
            JsonNode page = await hub.GetAsync($"{Requests.Keys}?limit=200{(next.Length == 0 ? "" : "&cursor=" + next)}");
            kept.AddRange(page["data"]!.AsArray().Select(k => (string)k!["name"]!));
            next = (string?)page["next"];
        }
        accepted.ShouldNotBeEmpty();
        accepted.ShouldBeSubsetOf(kept);
    }
}
