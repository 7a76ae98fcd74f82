using System.Net;
using ChannelHub.Storage.Engine;
using ChannelHub.Tests.Api;

namespace ChannelHub.Tests.Operation;

public sealed class HealthTests
{
    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    public async Task Anybody_may_ask_how_the_hub_is(string path)
    {
        await using TestHub hub = await TestHub.StartAsync();

        using HttpResponseMessage get = await hub.Anonymous.SendAsync(HttpMethod.Get, path);
        using HttpResponseMessage head = await hub.Anonymous.SendAsync(HttpMethod.Head, path);

        get.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await get.Content.ReadAsStringAsync()).ShouldBeOneOf("""{"status":"ok"}""", """{"status":"ready"}""");
        head.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_hub_that_cannot_write_is_up_and_not_ready()
    {
        await using TestHub hub = await TestHub.StartAsync();
        Database database = hub.Get<Database>();
        await database.WriteAsync(session => session.Execute("DROP TABLE heartbeat"));

        using HttpResponseMessage up = await hub.Anonymous.SendAsync(HttpMethod.Get, "/healthz");
        using HttpResponseMessage ready = await hub.Anonymous.SendAsync(HttpMethod.Get, "/readyz");

        up.StatusCode.ShouldBe(HttpStatusCode.OK);
        await ready.ProblemAsync(HttpStatusCode.ServiceUnavailable, "not-ready");
    }

    [Fact]
    public async Task However_many_ask_the_store_is_written_once()
    {
        await using TestHub hub = await TestHub.StartAsync();
        Database database = hub.Get<Database>();
        int writes = 0;
        database.Committed += (count, _) => Interlocked.Add(ref writes, count);

        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => hub.Anonymous.SendAsync(HttpMethod.Get, "/readyz")));

        answers.ShouldAllBe(a => a.StatusCode == HttpStatusCode.OK);
        writes.ShouldBeLessThan(10);
    }
}
