using ChannelHub.Adapters;
using ChannelHub.Adapters.Conformance;

namespace Acme.ChannelHub.Echo.Tests;

public sealed class EchoConformance() : ChannelConformance(
    new ConformanceFacts(new EchoChannelType(), api => new EchoSettings { ApiBaseUrl = api, Secret = "open sesame" })
    {
        Webhooks = Recording.LoadFolder("tests/ChannelHub.Adapters.Tests/Fixtures/echo"),
        Tamper = recording => recording.WithHeader("x-echo-secret", "open sesam"),
        Outbound = [SampleMessages.Text(new Key("acme_echo", "bob"))],
        SuccessBody = """{"id":"e-1"}""",
    });
