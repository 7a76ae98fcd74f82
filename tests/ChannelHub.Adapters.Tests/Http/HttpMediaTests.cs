using ChannelHub.Adapters;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChannelHub.Adapters.Tests.Http;

public sealed class HttpMediaTests
{
    [Theory]
    [InlineData(0, true)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    public async Task Three_redirects_are_followed_and_no_more(int redirects, bool opened)
    {
        await using ScriptedProvider host = await ScriptedProvider.StartAsync(call => call.Number < redirects
            ? ScriptedReply.Text("", 302).With("Location", $"/hop{call.Number}")
            : ScriptedReply.Text("meow", contentType: "text/plain"));

        MediaResult result = await OpenAsync(new Uri(host.Address, "cat").AbsoluteUri);

        if (opened)
            result.ShouldBeOfType<MediaResult.Opened>().ContentType.ShouldBe("text/plain");
        else
            result.ShouldBeOfType<MediaResult.Gone>();
        host.Calls.Count.ShouldBe(Math.Min(redirects, 3) + 1);
    }

    [Fact]
    public async Task No_secret_and_no_signature_goes_to_the_files_host()
    {
        await using ScriptedProvider host = await ScriptedProvider.StartAsync(_ => ScriptedReply.Text("meow"));
        await OpenAsync(new Uri(host.Address, "cat").AbsoluteUri);
        host.Calls[0].Headers.Keys.ShouldBe(["Host"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://user:password@127.0.0.1/")]
    [InlineData("gopher://127.0.0.1/")]
    public async Task A_redirect_leads_to_the_web_only(string target)
    {
        await using ScriptedProvider host = await ScriptedProvider.StartAsync(_ => ScriptedReply.Text("", 302).With("Location", target));
        (await OpenAsync(host.Address.AbsoluteUri)).ShouldBeOfType<MediaResult.Gone>();
        host.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_wait_that_the_host_asks_for_is_handed_on()
    {
        await using ScriptedProvider host = await ScriptedProvider.StartAsync(_ => ScriptedReply.Text("", 503).With("Retry-After", "9"));
        (await OpenAsync(host.Address.AbsoluteUri)).ShouldBeOfType<MediaResult.Later>().RetryAfter.ShouldBe(TimeSpan.FromSeconds(9));
    }

    private static async Task<MediaResult> OpenAsync(string reference)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        IChannel channel = new HttpChannelType().Open(
            HttpExamples.Settings(new Uri("http://127.0.0.1/")), new ChannelEnvironment(client, TimeProvider.System, NullLogger.Instance));
        MediaResult result = await ((IMediaSource)channel).OpenMediaAsync(reference, CancellationToken.None);
        if (result is MediaResult.Opened opened)
            await opened.Content.DisposeAsync();
        return result;
    }
}
