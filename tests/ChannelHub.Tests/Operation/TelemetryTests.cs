using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ChannelHub.Tests.Operation;

public sealed class TelemetryTests
{
    [Fact]
    public async Task Traces_and_metrics_go_to_the_collector_and_hold_no_query()
    {
        var received = new ConcurrentQueue<(string Path, string Body)>();
        await using WebApplication collector = await StartCollectorAsync(received);
        await using TestHub hub = await TestHub.StartAsync(o => o with { Telemetry = o.Telemetry with { OtlpEndpoint = new Uri(collector.Urls.First() + "/otlp") } });

        await hub.Anonymous.GetStringAsync("/healthz?word=in-the-query");
        await hub.RestartAsync();

        received.Select(r => r.Path).Distinct().Order().ShouldBe(["/otlp/v1/metrics", "/otlp/v1/traces"]);
        string all = string.Join('\n', received.Select(r => r.Body));
        all.ShouldContain("GET /healthz");
        all.ShouldContain("channelhub.requests");
        all.ShouldNotContain("in-the-query");
        all.ShouldNotContain(TestHub.AdminKey);
    }

    private static async Task<WebApplication> StartCollectorAsync(ConcurrentQueue<(string, string)> received)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        WebApplication collector = builder.Build();
        collector.Urls.Add("http://127.0.0.1:0");
        collector.MapPost("{**path}", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            received.Enqueue((request.Path.Value!, Encoding.Latin1.GetString(body.ToArray())));
        });
        await collector.StartAsync();
        return collector;
    }
}
