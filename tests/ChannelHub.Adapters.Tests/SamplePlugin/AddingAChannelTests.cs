using System.Text.RegularExpressions;

namespace ChannelHub.Adapters.Tests.SamplePlugin;

/// <summary>What docs/adding-a-channel.md lets its reader type is the sample that is compiled, proven and loaded as a plug-in here.</summary>
public sealed class AddingAChannelTests
{
    private static readonly string Page = File.ReadAllText(Repository.File("docs/adding-a-channel.md"));

    [Theory]
    [InlineData("Acme.ChannelHub.Echo/EchoChannelType.cs", "tests/SamplePlugin/EchoChannelType.cs")]
    [InlineData("Acme.ChannelHub.Echo/EchoChannel.cs", "tests/SamplePlugin/EchoChannel.cs")]
    [InlineData("Acme.ChannelHub.Echo.Tests/EchoConformance.cs", "tests/ChannelHub.Adapters.Tests/SamplePlugin/EchoConformance.cs")]
    [InlineData("Acme.ChannelHub.Echo.Tests/recordings/text.http", "tests/ChannelHub.Adapters.Tests/Fixtures/echo/text.http")]
    [InlineData("Acme.ChannelHub.Echo.Tests/recordings/no-text.http", "tests/ChannelHub.Adapters.Tests/Fixtures/echo/no-text.http")]
    public void The_page_shows_the_sample_as_it_is(string named, string file)
    {
        string shown = Regex.Match(Page, $"`{Regex.Escape(named)}`:\n\n```[a-z]+\n(?<block>.*?)\n```", RegexOptions.Singleline, TimeSpan.FromSeconds(5)).Groups["block"].Value;

        shown.Replace("\"recordings\"", "\"tests/ChannelHub.Adapters.Tests/Fixtures/echo\"", StringComparison.Ordinal).ShouldBe(File.ReadAllText(Repository.File(file)).TrimEnd());
    }

    [Fact]
    public void The_page_names_the_version_that_is_packed()
    {
        string version = Regex.Match(File.ReadAllText(Repository.File("Directory.Build.props")), "<Version>(?<version>[^<]+)</Version>", RegexOptions.None, TimeSpan.FromSeconds(5)).Groups["version"].Value;

        Page.ShouldContain($"Include=\"ChannelHub.Adapters\" Version=\"{version}\"");
        Page.ShouldContain($"Include=\"ChannelHub.Adapters.Conformance\" Version=\"{version}\"");
    }
}
