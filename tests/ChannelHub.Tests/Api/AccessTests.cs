using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Security;

namespace ChannelHub.Tests.Api;

public sealed class AccessTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("Bearer chk_nobody_ever_made_this_key_0123456789abc")]
    [InlineData("Bearer")]
    [InlineData("Basic YWRtaW46YWRtaW4=")]
    [InlineData(TestHub.AdminKey)]
    public async Task Without_a_valid_key_the_answer_is_401_and_says_how(string? authorization)
    {
        await using TestHub hub = await TestHub.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, Requests.Keys);
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);

        using HttpResponseMessage response = await hub.Anonymous.SendAsync(request);

        await response.ProblemAsync(HttpStatusCode.Unauthorized, "unauthorized");
        response.Headers.WwwAuthenticate.Single().Scheme.ShouldBe("Bearer");
    }

    [Theory]
    [InlineData("bearer ")]
    [InlineData("BEARER   ")]
    public async Task The_scheme_may_be_written_as_one_likes(string scheme)
    {
        await using TestHub hub = await TestHub.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, Requests.Keys);
        request.Headers.TryAddWithoutValidation("Authorization", scheme + TestHub.AdminKey);

        using HttpResponseMessage response = await hub.Anonymous.SendAsync(request);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_missing_scope_is_403_and_named()
    {
        await using TestHub hub = await TestHub.StartAsync();
        (_, string key) = await hub.MakeKeyAsync(new { }, Scopes.EventsRead);

        using HttpResponseMessage response = await hub.Anonymous.SendAsync(HttpMethod.Post, Requests.Keys, "{}", key);

        JsonObject problem = await response.ProblemAsync(HttpStatusCode.Forbidden, "missing-scope");
        ((string)problem["detail"]!).ShouldContain("'admin'");
    }

    [Theory]
    [InlineData("?access_token=x")]
    [InlineData("?API_KEY=x")]
    [InlineData("?anything=chk_0123456789")]
    [InlineData("?a=1&b=%63hk_0123456789")]
    public async Task A_key_in_the_query_string_is_refused_even_beside_a_valid_one(string query)
    {
        await using TestHub hub = await TestHub.StartAsync();

        using HttpResponseMessage response = await hub.Admin.SendAsync(HttpMethod.Get, Requests.Keys + query);

        JsonObject problem = await response.ProblemAsync(HttpStatusCode.BadRequest, "invalid");
        ((string)problem["detail"]!).ShouldContain("query");
    }

    [Fact]
    public async Task A_revoked_key_is_refused_from_the_next_request_on()
    {
        await using TestHub hub = await TestHub.StartAsync();
        (string id, string key) = await hub.MakeKeyAsync(new { }, Scopes.Admin);
        using HttpResponseMessage before = await hub.Anonymous.SendAsync(HttpMethod.Get, Requests.Keys, key: key);
        before.StatusCode.ShouldBe(HttpStatusCode.OK);

        using HttpResponseMessage revoked = await hub.Admin.SendAsync(HttpMethod.Delete, $"{Requests.Keys}/{id}");
        using HttpResponseMessage after = await hub.Anonymous.SendAsync(HttpMethod.Get, Requests.Keys, key: key);
        using HttpResponseMessage again = await hub.Admin.SendAsync(HttpMethod.Delete, $"{Requests.Keys}/{id}");
        await hub.RestartAsync();
        using HttpResponseMessage restarted = await hub.Anonymous.SendAsync(HttpMethod.Get, Requests.Keys, key: key);

        revoked.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        after.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        restarted.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        await again.ProblemAsync(HttpStatusCode.NotFound, "not-found");
    }

    [Fact]
    public async Task A_key_expires_by_the_clock_of_the_request()
    {
        var clock = new ManualTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        await using TestHub hub = await TestHub.StartAsync(clock: clock);
        (_, string key) = await hub.MakeKeyAsync(new { expires_at = "2026-03-01T13:00:00.000Z" }, Scopes.Admin);

        clock.Advance(TimeSpan.FromMinutes(59));
        using HttpResponseMessage before = await hub.Anonymous.SendAsync(HttpMethod.Get, Requests.Keys, key: key);
        clock.Advance(TimeSpan.FromMinutes(1));
        using HttpResponseMessage after = await hub.Anonymous.SendAsync(HttpMethod.Get, Requests.Keys, key: key);

        before.StatusCode.ShouldBe(HttpStatusCode.OK);
        after.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_key_has_its_calls_and_then_429_until_the_time_in_Retry_After()
    {
        var clock = new ManualTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        await using TestHub hub = await TestHub.StartAsync(clock: clock);
        (_, string key) = await hub.MakeKeyAsync(new { rate = 2 }, Scopes.Admin);
        async Task<HttpResponseMessage> Call() => await hub.Anonymous.SendAsync(HttpMethod.Get, Requests.Keys, key: key);

        for (int i = 0; i < 4; i++)
        {
            using HttpResponseMessage good = await Call();
            good.StatusCode.ShouldBe(HttpStatusCode.OK);
        }
        using HttpResponseMessage refused = await Call();
        await refused.ProblemAsync(HttpStatusCode.TooManyRequests, "rate-limited");
        refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        clock.Advance(TimeSpan.FromSeconds(1));
        using HttpResponseMessage later = await Call();
        later.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_settings_limit_all_keys_but_the_admins()
    {
        await using TestHub hub = await TestHub.StartAsync(
            o => o with { Api = o.Api with { RequestsPerSecond = 1, RequestBurst = 1 } }, new ManualTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero)));
        (_, string key) = await hub.MakeKeyAsync(new { }, Scopes.EventsRead);

        using HttpResponseMessage first = await hub.Anonymous.SendAsync(HttpMethod.Get, "/v1/events", key: key);
        using HttpResponseMessage second = await hub.Anonymous.SendAsync(HttpMethod.Get, "/v1/events", key: key);
        await hub.GetAsync(Requests.Keys);
        await hub.GetAsync(Requests.Keys);

        first.StatusCode.ShouldBe(HttpStatusCode.OK);
        second.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
    }

    [Fact, Trait("engine", "sqlite")] // whose files it searches
    public async Task A_key_is_shown_once_and_stored_as_a_hash()
    {
        await using TestHub hub = await TestHub.StartAsync();
        (string id, string key) = await hub.MakeKeyAsync(new { }, Scopes.Admin);

        JsonNode list = await hub.GetAsync(Requests.Keys);
        JsonNode one = await hub.GetAsync($"{Requests.Keys}/{id}");
        await hub.StopAsync();
        byte[] stored = await File.ReadAllBytesAsync(Path.Combine(hub.DataPath, "hub.db"));
        string[] logs = Directory.Exists(hub.DataPath) ? Directory.GetFiles(hub.DataPath, "hub.db*") : [];

        list.ToJsonString().ShouldNotContain(key);
        one.ToJsonString().ShouldNotContain(key);
        ((string)one["hint"]!).ShouldBe(key[..8]);
        foreach (string file in logs)
            (await File.ReadAllBytesAsync(file)).AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(key)).ShouldBe(-1);
        stored.Length.ShouldBeGreaterThan(0);
        await hub.StartAgainAsync();
    }

    [Fact]
    public async Task The_use_of_a_key_is_noted_to_the_minute()
    {
        await using TestHub hub = await TestHub.StartAsync();
        (string id, string key) = await hub.MakeKeyAsync(new { }, Scopes.Admin);
        ((string?)(await hub.GetAsync($"{Requests.Keys}/{id}"))["last_used_at"]).ShouldBeNull();

        using HttpResponseMessage use = await hub.Anonymous.SendAsync(HttpMethod.Get, Requests.Keys, key: key);

        JsonNode noted = await hub.UntilAsync($"{Requests.Keys}/{id}", k => k["last_used_at"] is not null);
        noted["last_used_at"].ShouldNotBeNull();
    }

    [Fact]
    public async Task Every_error_in_a_wished_for_key_is_named_at_once()
    {
        await using TestHub hub = await TestHub.StartAsync();

        using HttpResponseMessage response = await hub.Admin.SendAsync(HttpMethod.Post, Requests.Keys,
            """{"name":" ","scopes":["admin","everything",null],"expires_at":"2020-01-01T00:00:00Z","rate":0}""");

        JsonObject problem = await response.ProblemAsync(HttpStatusCode.BadRequest, "invalid");
        problem["errors"]!.AsObject().Select(e => e.Key).ShouldBe(["name", "scopes[1]", "scopes[2]", "expires_at", "rate"], ignoreOrder: true);
    }

    [Fact]
    public async Task The_list_of_keys_is_walked_by_cursor()
    {
        await using TestHub hub = await TestHub.StartAsync();
        for (int i = 0; i < 4; i++)
            await hub.MakeKeyAsync(new { }, Scopes.EventsRead);

        List<string> seen = [];
        string? cursor = null;
        do
        {
            JsonNode page = await hub.GetAsync($"{Requests.Keys}?limit=2{(cursor is null ? "" : "&cursor=" + cursor)}");
            seen.AddRange(page["data"]!.AsArray().Select(k => (string)k!["id"]!));
            cursor = (string?)page["next"];
        }
        while (cursor is not null);

        seen.Count.ShouldBe(5);
        seen.ShouldBeUnique();
    }

    [Fact]
    public async Task Another_key_in_the_settings_takes_the_place_of_the_one_before()
    {
        const string other = "another-admin-key-chosen-by-hand-0123456789";
        await using TestHub hub = await TestHub.StartAsync();
        await hub.GetAsync(Requests.Keys);

        await hub.StopAsync();
        await hub.StartAgainAsync(o => o with { AdminKey = other });
        using HttpResponseMessage old = await hub.Anonymous.SendAsync(HttpMethod.Get, Requests.Keys, key: TestHub.AdminKey);
        using HttpResponseMessage now = await hub.Anonymous.SendAsync(HttpMethod.Get, Requests.Keys, key: other);
        await hub.StopAsync();
        await hub.StartAgainAsync(o => o with { AdminKey = null });
        using HttpResponseMessage kept = await hub.Anonymous.SendAsync(HttpMethod.Get, Requests.Keys, key: other);

        old.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        now.StatusCode.ShouldBe(HttpStatusCode.OK);
        kept.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_first_start_shows_its_key_once_and_the_addresses()
    {
        var output = new StringWriter();
        await using TestHub hub = await TestHub.StartAsync(o => o with { AdminKey = null }, output: output);
        string shown = output.ToString();
        string key = shown.Split('\n', StringSplitOptions.TrimEntries).Single(line => line.StartsWith("chk_", StringComparison.Ordinal));
        using HttpResponseMessage use = await hub.Anonymous.SendAsync(HttpMethod.Get, Requests.Keys, key: key);
        use.StatusCode.ShouldBe(HttpStatusCode.OK);
        string address = hub.Address.AbsoluteUri.TrimEnd('/');
        shown.ShouldContain(address + "/\n");
        shown.ShouldContain(address + "/docs\n");
        shown.ShouldContain(address + "/demo\n");

        await hub.RestartAsync();

        output.ToString().ShouldBe(shown);
        using HttpResponseMessage after = await hub.Anonymous.SendAsync(HttpMethod.Get, Requests.Keys, key: key);
        after.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Every_route_under_v1_asks_for_a_scope_however_it_is_spelt()
    {
        await using TestHub hub = await TestHub.StartAsync();
        foreach (string path in new[] { "/V1/API-KEYS", "/v1/api-keys/", "/v1//api-keys", "/v1/%61pi-keys", "/v1/./api-keys" })
        {
            // A client that tidies the path up would hide what is tried here.
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, hub.Address.Port);
            await using NetworkStream stream = socket.GetStream();
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-HTTP-Method-Override: DELETE\r\n\r\n"));
            string answer = await new StreamReader(stream).ReadToEndAsync();
            answer.ShouldMatch(@"^HTTP/1\.1 40[14] ", path);
        }
    }
}
