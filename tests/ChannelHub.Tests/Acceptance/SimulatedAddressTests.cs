using ChannelHub.Simulation;

namespace ChannelHub.Tests.Acceptance;

/// <summary>Where a simulated run listens.</summary>
public sealed class SimulatedAddressTests
{
    [Theory]
    [InlineData("http://+:8081", "http://127.0.0.1:8081/")]
    [InlineData("http://*:8082;http://localhost:9", "http://127.0.0.1:8082/")]
    [InlineData("http://0.0.0.0:8083", "http://127.0.0.1:8083/")]
    [InlineData("http://[::]:8084", "http://127.0.0.1:8084/")]
    [InlineData("", "http://127.0.0.1:8080/")]
    public void It_listens_on_loopback_whatever_the_settings_say(string urls, string listening)
    {
        var environment = new Dictionary<string, string> { ["ASPNETCORE_URLS"] = urls };
        SimulatedRun.Address(environment, []).AbsoluteUri.ShouldBe(listening);
        SimulatedRun.Address(new Dictionary<string, string>(), ["--simulate", "--urls", urls]).AbsoluteUri.ShouldBe(listening);
    }
}
