using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ChannelHub.Tests.Api;

public sealed class ProxyTests
{
    [Theory]
    [InlineData(null, "http 127.0.0.1")]
    [InlineData("10.0.0.0/8", "http 127.0.0.1")]
    [InlineData("127.0.0.1", "https 203.0.113.9")]
    [InlineData("127.0.0.0/8", "https 203.0.113.9")]
    public async Task Only_the_named_proxies_are_believed(string? trusted, string seen)
    {
        await using ApiHarness hub = await ApiHarness.StartAsync(
            app => app.MapGet("/who", (HttpContext context) => $"{context.Request.Scheme} {context.Connection.RemoteIpAddress} {context.Request.Host.Host}"),
            o => o with { TrustedProxies = trusted is null ? [] : [trusted] });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/who");
        request.Headers.Add("X-Forwarded-For", "198.51.100.1, 203.0.113.9");
        request.Headers.Add("X-Forwarded-Proto", "https, https");
        request.Headers.Add("X-Forwarded-Host", "evil.example.org");

        using HttpResponseMessage response = await hub.Admin.SendAsync(request);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.Content.ReadAsStringAsync()).ShouldBe(seen + " 127.0.0.1");
    }
}
