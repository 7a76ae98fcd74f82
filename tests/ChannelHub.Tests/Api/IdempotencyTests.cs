using System.Net;
using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Api;
using ChannelHub.Security;
using ChannelHub.Storage.Engine;
using Microsoft.AspNetCore.Http;

namespace ChannelHub.Tests.Api;

public sealed class IdempotencyTests
{
    private const string Path = "/v1/test";
    private const string Body = """{"name":"crm","scopes":["events:read"]}""";

    [Fact]
    public async Task The_same_key_and_body_have_one_effect_and_the_same_answer_also_after_a_restart()
    {
        await using TestHub hub = await TestHub.StartAsync();
        using HttpResponseMessage first = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, Body, idempotencyKey: "one");
        using HttpResponseMessage second = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, Body, idempotencyKey: "one");
        await hub.RestartAsync();
        using HttpResponseMessage third = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, Body, idempotencyKey: "one");

        JsonObject made = JsonNode.Parse(await first.Content.ReadAsStringAsync())!.AsObject();
        JsonObject again = JsonNode.Parse(await second.Content.ReadAsStringAsync())!.AsObject();
        first.Headers.Contains("Idempotency-Replayed").ShouldBeFalse();
        second.Headers.GetValues("Idempotency-Replayed").ShouldBe(["true"]);
        second.StatusCode.ShouldBe(HttpStatusCode.Created);
        second.Headers.Location.ShouldBe(first.Headers.Location);
        second.Content.Headers.ContentType.ShouldBe(first.Content.Headers.ContentType);
        ((string)made["key"]!).ShouldStartWith("chk_");
        ((string)again["key"]!).ShouldBe("•••");
        made.Remove("key");
        again.Remove("key");
        again.ToJsonString().ShouldBe(made.ToJsonString());
        (await third.Content.ReadAsByteArrayAsync()).ShouldBe(await second.Content.ReadAsByteArrayAsync());
        (await hub.GetAsync(Requests.Keys))["data"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_answer_without_a_secret_is_repeated_byte_for_byte()
    {
        int runs = 0;
        await using ApiHarness hub = await ApiHarness.StartAsync(ApiHarness.Post(Path, context =>
        {
            context.Response.Headers.ETag = "\"7\"";
            return Task.FromResult(Results.Created("/v1/test/1", new { run = ++runs, text = "naïve 😀 <b>" }));
        }));

        using HttpResponseMessage first = await hub.Admin.SendAsync(HttpMethod.Post, Path, Body, idempotencyKey: "one");
        using HttpResponseMessage second = await hub.Admin.SendAsync(HttpMethod.Post, Path, Body, idempotencyKey: "one");

        (await second.Content.ReadAsByteArrayAsync()).ShouldBe(await first.Content.ReadAsByteArrayAsync());
        (await second.Content.ReadAsStringAsync()).ShouldContain("\"run\":1");
        second.Headers.ETag.ShouldBe(first.Headers.ETag);
        runs.ShouldBe(1);
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_409()
    {
        await using TestHub hub = await TestHub.StartAsync();
        using HttpResponseMessage first = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, Body, idempotencyKey: "one");

        using HttpResponseMessage other = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, Body + " ", idempotencyKey: "one");

        await other.ProblemAsync(HttpStatusCode.Conflict, "idempotency-mismatch");
    }

    [Fact]
    public async Task A_key_counts_for_one_caller_method_and_path()
    {
        await using TestHub hub = await TestHub.StartAsync();
        (_, string key) = await hub.MakeKeyAsync(new { }, Scopes.Admin);
        using HttpResponseMessage first = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, Body, idempotencyKey: "one");
        string id = (string)JsonNode.Parse(await first.Content.ReadAsStringAsync())!["id"]!;

        using HttpResponseMessage somebodyElse = await hub.Anonymous.SendAsync(HttpMethod.Post, Requests.Keys, Body, key, idempotencyKey: "one");
        using HttpResponseMessage elsewhere = await hub.Admin.SendAsync(HttpMethod.Delete, $"{Requests.Keys}/{id}", idempotencyKey: "one");
        using HttpResponseMessage again = await hub.Admin.SendAsync(HttpMethod.Delete, $"{Requests.Keys}/{id}", idempotencyKey: "one");

        somebodyElse.Headers.Contains("Idempotency-Replayed").ShouldBeFalse();
        elsewhere.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        again.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        again.Headers.GetValues("Idempotency-Replayed").ShouldBe(["true"]);
    }

    [Fact]
    public async Task While_the_first_is_in_flight_the_second_is_told_so()
    {
        var begun = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        await using ApiHarness hub = await ApiHarness.StartAsync(ApiHarness.Post(Path, async _ =>
        {
            begun.TrySetResult();
            await go.Task;
            return Results.Ok(new { done = true });
        }));

        Task<HttpResponseMessage> running = hub.Admin.SendAsync(HttpMethod.Post, Path, Body, idempotencyKey: "one");
        await begun.Task;
        using HttpResponseMessage second = await hub.Admin.SendAsync(HttpMethod.Post, Path, Body, idempotencyKey: "one");
        using HttpResponseMessage other = await hub.Admin.SendAsync(HttpMethod.Post, Path, "{}", idempotencyKey: "one");
        go.SetResult();
        using HttpResponseMessage first = await running;
        using HttpResponseMessage third = await hub.Admin.SendAsync(HttpMethod.Post, Path, Body, idempotencyKey: "one");

        await second.ProblemAsync(HttpStatusCode.Conflict, "idempotency-in-flight");
        await other.ProblemAsync(HttpStatusCode.Conflict, "idempotency-mismatch");
        first.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await third.Content.ReadAsByteArrayAsync()).ShouldBe(await first.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Twenty_at_once_have_one_effect()
    {
        await using TestHub hub = await TestHub.StartAsync();
        for (int round = 0; round < 10; round++)
        {
            string key = $"round-{round}";
            HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, Body, idempotencyKey: key)));

            answers.Count(a => a.StatusCode == HttpStatusCode.Created && !a.Headers.Contains("Idempotency-Replayed")).ShouldBe(1);
            answers.ShouldAllBe(a => a.StatusCode == HttpStatusCode.Created || a.StatusCode == HttpStatusCode.Conflict);
        }
        (await hub.GetAsync(Requests.Keys))["data"]!.AsArray().Count.ShouldBe(11);
    }

    [Fact]
    public async Task A_fault_of_the_hub_is_not_kept_so_that_a_retry_can_succeed()
    {
        int runs = 0;
        await using ApiHarness hub = await ApiHarness.StartAsync(ApiHarness.Post(Path, _ => ++runs switch
        {
            1 => throw new InvalidOperationException("first"),
            2 => throw new StoreUnavailableException("second"),
            _ => Task.FromResult(Results.Ok(new { runs })),
        }));
        HttpStatusCode[] statuses = new HttpStatusCode[4];
        for (int i = 0; i < statuses.Length; i++)
        {
            using HttpResponseMessage answer = await hub.Admin.SendAsync(HttpMethod.Post, Path, Body, idempotencyKey: "one");
            statuses[i] = answer.StatusCode;
        }

        statuses.ShouldBe([HttpStatusCode.InternalServerError, HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK, HttpStatusCode.OK]);
        runs.ShouldBe(3);
    }

    [Fact]
    public async Task A_refusal_is_kept_with_its_request_id()
    {
        await using TestHub hub = await TestHub.StartAsync();
        using HttpResponseMessage first = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, """{"name":5}""", idempotencyKey: "one");
        using HttpResponseMessage second = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, """{"name":5}""", idempotencyKey: "one");

        first.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await second.Content.ReadAsByteArrayAsync()).ShouldBe(await first.Content.ReadAsByteArrayAsync());
        second.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    [Fact]
    public async Task An_effect_that_completed_its_claim_in_its_own_write_is_remembered_even_if_the_answer_never_came()
    {
        int runs = 0;
        await using ApiHarness hub = await ApiHarness.StartAsync(app => ApiHarness.Post(Path, async context =>
        {
            runs++;
            IdempotencyClaim claim = IdempotencyClaim.Of(context)!;
            Database database = (Database)context.RequestServices.GetService(typeof(Database))!;
            await database.WriteAsync(session => claim.Complete(session, 201, "/v1/test/1", new { kept = true }));
            throw new InvalidOperationException("killed before it could answer");
        })(app));

        using HttpResponseMessage first = await hub.Admin.SendAsync(HttpMethod.Post, Path, Body, idempotencyKey: "one");
        using HttpResponseMessage second = await hub.Admin.SendAsync(HttpMethod.Post, Path, Body, idempotencyKey: "one");

        first.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        second.StatusCode.ShouldBe(HttpStatusCode.Created);
        second.Headers.Location!.OriginalString.ShouldBe("/v1/test/1");
        (await second.Content.ReadAsStringAsync()).ShouldBe("""{"kept":true}""");
        runs.ShouldBe(1);
    }

    [Fact]
    public async Task A_claim_that_a_killed_process_left_behind_is_taken_over()
    {
        int runs = 0;
        await using ApiHarness hub = await ApiHarness.StartAsync(ApiHarness.Post(Path, _ => Task.FromResult(Results.Ok(new { run = ++runs }))));
        using HttpResponseMessage first = await hub.Admin.SendAsync(HttpMethod.Post, Path, Body, idempotencyKey: "one");
        await hub.Database.WriteAsync(session => session.Execute("UPDATE idempotency SET status = NULL, answer = NULL"));

        using HttpResponseMessage second = await hub.Admin.SendAsync(HttpMethod.Post, Path, Body, idempotencyKey: "one");

        second.StatusCode.ShouldBe(HttpStatusCode.OK);
        runs.ShouldBe(2);
    }

    [Fact]
    public async Task What_another_node_works_on_is_left_to_it_until_it_is_no_more()
    {
        int runs = 0;
        await using ApiHarness hub = await ApiHarness.StartAsync(ApiHarness.Post(Path, _ => Task.FromResult(Results.Ok(new { run = ++runs }))));
        await hub.Admin.SendAsync(HttpMethod.Post, Path, Body, idempotencyKey: "one");
        await hub.Database.WriteAsync(session =>
        {
            session.Execute("INSERT INTO node (run, number, name, version, started_at, seen_at, until) VALUES (7, 700, 'other', '1', 0, @far, @far)", new { far = long.MaxValue / 4 });
            session.Execute("UPDATE idempotency SET status = NULL, answer = NULL, run = 7");
        });

        using HttpResponseMessage meanwhile = await hub.Admin.SendAsync(HttpMethod.Post, Path, Body, idempotencyKey: "one");
        meanwhile.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await meanwhile.Content.ReadAsStringAsync()).ShouldContain("idempotency-in-flight");
        runs.ShouldBe(1);

        await hub.Database.WriteAsync(session => session.Execute("DELETE FROM node WHERE run = 7"));
        (await hub.Admin.SendAsync(HttpMethod.Post, Path, Body, idempotencyKey: "one")).StatusCode.ShouldBe(HttpStatusCode.OK);
        runs.ShouldBe(2);
    }

    [Fact]
    public async Task Whose_claim_has_passed_to_another_has_no_effect()
    {
        await using ApiHarness hub = await ApiHarness.StartAsync(app => ApiHarness.Post(Path, async context =>
        {
            IdempotencyClaim claim = IdempotencyClaim.Of(context)!;
            Database database = (Database)context.RequestServices.GetService(typeof(Database))!;
            // It was asleep: another node has taken it for dead and begun the same request.
            await database.WriteAsync(session => session.Execute("UPDATE idempotency SET claim = 1, run = 7"));
            await database.WriteAsync(session =>
            {
                session.Execute("INSERT INTO reader (name, position) VALUES ('effect', 1)");
                claim.Complete(session, 201, "/v1/test/1", new { kept = true });
            });
            return Results.Ok();
        })(app));

        using HttpResponseMessage answer = await hub.Admin.SendAsync(HttpMethod.Post, Path, Body, idempotencyKey: "one");

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        hub.Database.Read(session => session.Query<long>("SELECT position FROM reader WHERE name = 'effect'")).ShouldBeEmpty();
        hub.Database.Read(session => session.Query<long>("SELECT claim FROM idempotency")).ShouldBe([1]);
    }

    [Fact]
    public async Task An_answer_is_forgotten_after_its_time()
    {
        var clock = new ManualTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        int runs = 0;
        await using ApiHarness hub = await ApiHarness.StartAsync(ApiHarness.Post(Path, _ => Task.FromResult(Results.Ok(new { run = ++runs }))), clock: clock);
        async Task Call() => (await hub.Admin.SendAsync(HttpMethod.Post, Path, Body, idempotencyKey: "one")).StatusCode.ShouldBe(HttpStatusCode.OK);

        await Call();
        clock.Advance(TimeSpan.FromHours(23));
        await Call();
        runs.ShouldBe(1);
        clock.Advance(TimeSpan.FromHours(2));
        await Call();
        runs.ShouldBe(2);
        clock.Advance(TimeSpan.FromHours(25));
        await new IdempotencyCleaner(hub.Database, new()).RunOnceAsync(CancellationToken.None);
        hub.Database.Read(session => session.Find<long>("SELECT count(*) FROM idempotency")).ShouldBe(0);
    }

    [Fact]
    public async Task Who_hangs_up_gets_one_effect_and_may_ask_for_its_answer()
    {
        var begun = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        int runs = 0;
        await using ApiHarness hub = await ApiHarness.StartAsync(ApiHarness.Post(Path, async context =>
        {
            runs++;
            begun.TrySetResult();
            await go.Task;
            context.RequestAborted.ThrowIfCancellationRequested();
            return Results.Ok(new { done = true });
        }));
        using var hangUp = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = new StringContent(Body, System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Add("Idempotency-Key", "one");
        Task<HttpResponseMessage> first = hub.Admin.SendAsync(request, hangUp.Token);
        await begun.Task;
        await hangUp.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => first);
        go.SetResult();

        HttpStatusCode status;
        do
        {
            using HttpResponseMessage again = await hub.Admin.SendAsync(HttpMethod.Post, Path, Body, idempotencyKey: "one");
            status = again.StatusCode;
        }
        while (status == HttpStatusCode.Conflict);

        status.ShouldBe(HttpStatusCode.OK);
        runs.ShouldBe(1);
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("")]
    public async Task A_key_that_is_none_is_400(string key)
    {
        await using TestHub hub = await TestHub.StartAsync();

        using HttpResponseMessage response = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, Body, idempotencyKey: key);

        await response.ProblemAsync(HttpStatusCode.BadRequest, "invalid");
    }

    [Fact]
    public async Task A_key_may_be_255_characters_long()
    {
        await using TestHub hub = await TestHub.StartAsync();

        using HttpResponseMessage longest = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, Body, idempotencyKey: new string('k', 255));
        using HttpResponseMessage longer = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys, Body, idempotencyKey: new string('k', 256));

        longest.StatusCode.ShouldBe(HttpStatusCode.Created);
        await longer.ProblemAsync(HttpStatusCode.BadRequest, "invalid");
    }
}
