using System.Net;
using ChannelHub.Security;
using ChannelHub.Tests.Api;

namespace ChannelHub.Tests.Operation;

public sealed class MetricsTests
{
    [Fact]
    public async Task A_scraper_on_this_machine_needs_no_key()
    {
        await using TestHub hub = await TestHub.StartAsync();

        using HttpResponseMessage response = await hub.Anonymous.SendAsync(HttpMethod.Get, "/metrics");

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().ShouldBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
        (await response.Content.ReadAsStringAsync()).ShouldEndWith("\n# EOF\n");
    }

    [Theory]
    [InlineData("Host", "hub.example.org")]
    [InlineData("Host", "127.0.0.1.example.org")]
    [InlineData("Host", "localhost.example.org:8080")]
    [InlineData("X-Forwarded-For", "127.0.0.1")]
    [InlineData("Forwarded", "for=127.0.0.1")]
    [InlineData("Via", "1.1 proxy")]
    [InlineData("X-Real-IP", "127.0.0.1")]
    public async Task Under_another_name_or_through_a_proxy_a_key_is_needed(string header, string value)
    {
        await using TestHub hub = await TestHub.StartAsync();
        async Task<HttpResponseMessage> Call(HttpClient client)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
            request.Headers.TryAddWithoutValidation(header, value);
            return await client.SendAsync(request);
        }

        using HttpResponseMessage anonymous = await Call(hub.Anonymous);
        using HttpResponseMessage admin = await Call(hub.Admin);

        await anonymous.ProblemAsync(HttpStatusCode.Unauthorized, "unauthorized");
        admin.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_key_that_is_shown_must_be_good_and_the_admins()
    {
        await using TestHub hub = await TestHub.StartAsync();
        (_, string key) = await hub.MakeKeyAsync(new { }, Scopes.ChannelsAdmin);

        using HttpResponseMessage wrong = await hub.Anonymous.SendAsync(HttpMethod.Get, "/metrics", key: "chk_0123456789012345678901234567890123456789");
        using HttpResponseMessage lesser = await hub.Anonymous.SendAsync(HttpMethod.Get, "/metrics", key: key);

        await wrong.ProblemAsync(HttpStatusCode.Unauthorized, "unauthorized");
        await lesser.ProblemAsync(HttpStatusCode.Forbidden, "missing-scope");
    }

    [Fact]
    public async Task What_happened_is_counted_by_route_and_never_by_what_a_client_made_up()
    {
        await using TestHub hub = await TestHub.StartAsync();
        await hub.MakeKeyAsync(new { }, Scopes.EventsRead);
        for (int i = 0; i < 3; i++)
            (await hub.Admin.SendAsync(HttpMethod.Get, $"{Requests.Keys}/key_000000000000{i}")).Dispose();
        (await hub.Admin.SendAsync(new HttpMethod("INVENTED"), "/made-up-path")).Dispose();

        string text = await hub.Anonymous.GetStringAsync("/metrics");

        text.ShouldContain("channelhub_requests_total{method=\"POST\",route=\"/v1/api-keys\",status=\"201\"} 1\n");
        text.ShouldContain("channelhub_requests_total{method=\"GET\",route=\"/v1/api-keys/{id}\",status=\"404\"} 3\n");
        text.ShouldContain("channelhub_requests_total{method=\"other\",route=\"none\",status=\"404\"} 1\n");
        text.ShouldNotContain("made-up");
        text.ShouldContain("channelhub_request_duration_seconds_bucket{route=\"/v1/api-keys\",le=\"+Inf\"} 1\n");
        text.ShouldContain("# TYPE channelhub_commit_duration_seconds histogram\n");
        text.ShouldContain("channelhub_events_head 0\n");
        text.ShouldContain("channelhub_write_queue 0\n");
        text.ShouldContain("channelhub_outbox_queued 0\n");
        text.ShouldContain("channelhub_attachments_pending 0\n");
        text.ShouldContain("channelhub_process_memory_bytes ");
    }

    [Fact]
    public async Task The_text_is_OpenMetrics()
    {
        await using TestHub hub = await TestHub.StartAsync();
        (await hub.Admin.SendAsync(HttpMethod.Get, Requests.Keys)).Dispose();
        string text = await hub.Anonymous.GetStringAsync("/metrics");

        HashSet<string> families = [];
        string family = "";
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries)[..^1])
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                family = line.Split(' ')[2];
                families.Add(family).ShouldBeTrue(line);
                continue;
            }
            if (line[0] == '#')
            {
                line.Split(' ')[2].ShouldBe(family);
                continue;
            }
            line.ShouldMatch("""^[a-z_]+(_total|_bucket|_count|_sum)?(\{([a-z]+="([^"\\\n]|\\["\\n])*",?)*\})? -?[0-9.E+-]+$""");
            line.ShouldStartWith(family);
        }
        families.Count.ShouldBeGreaterThan(10);
    }
}
