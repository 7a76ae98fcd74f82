using ChannelHub.Attachments;

namespace ChannelHub.Tests.Attachments;

public sealed class TypePolicyTests
{
    private static readonly JudgedType Video = new("video/mp4", FileNature.Passive);
    private static readonly JudgedType Program = new(SafeType.Unknown, FileNature.Program);

    [Fact]
    public void A_list_names_types_families_and_programs()
    {
        TypePolicy.Refuses(Video, "video/*").ShouldBeTrue();
        TypePolicy.Refuses(Video, "application/zip", "VIDEO/MP4").ShouldBeTrue();
        TypePolicy.Refuses(Video, "video/webm", "audio/*", "program").ShouldBeFalse();
        TypePolicy.Refuses(Program, "program").ShouldBeTrue();
        TypePolicy.Refuses(Program, "video/*").ShouldBeFalse();
        TypePolicy.Refuses(Video).ShouldBeFalse();
    }

    [Theory]
    [InlineData("program", true)]
    [InlineData("video/*", true)]
    [InlineData("application/zip", true)]
    [InlineData("application/octet-stream", true)]
    [InlineData("Image/PNG", true)]
    [InlineData("programs", false)]
    [InlineData("*/*", false)]
    [InlineData(".exe", false)]
    [InlineData("", false)]
    [InlineData("text/plain; charset=utf-8", false)]
    public void An_entry_that_would_never_match_is_refused_at_the_start(string entry, bool good) => TypePolicy.IsEntry(entry).ShouldBe(good);
}
