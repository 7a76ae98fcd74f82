using System.Text;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Adapters.Tests.Contract;

public sealed class ProviderJsonTests
{
    [Theory]
    [InlineData("""{"a":"\ud800"}""", "\uFFFD")]
    [InlineData("""{"a":"\udc00\ud83d"}""", "\uFFFD\uFFFD")]
    [InlineData("""{"a":"\ud83d\ud83d\udc4b"}""", "\uFFFD\U0001F44B")]
    [InlineData("""{"a":"\uD83D\uDC4B"}""", "\U0001F44B")]
    [InlineData("""{"a":"x\u0000y"}""", "x\uFFFDy")]
    [InlineData("""{"a":"\\ud800"}""", "\\ud800")]
    [InlineData("""{"a":"\\\ud800"}""", "\\\uFFFD")]
    [InlineData("""{"a":"\"\u0000"}""", "\"\uFFFD")]
    [InlineData("""{"\ud800":1,"a":"b"}""", "b")]
    [InlineData("""{"a":"first","a":"last"}""", "last")]
    [InlineData("\uFEFF{\"a\":\"b\"}", "b")]
    public void What_no_database_takes_reads_as_the_replacement_character(string json, string expected) =>
        Read(Encoding.UTF8.GetBytes(json)).ShouldBe(expected);

    [Fact]
    public void Broken_UTF_8_reads_as_the_replacement_character() =>
        Read([.. "{\"a\":\"x"u8, 0xC3, .. "y\"}"u8]).ShouldBe("x\uFFFDy");

    [Fact]
    public void The_bytes_that_were_handed_in_stay_as_they_are()
    {
        byte[] body = """{"a":"\u0000"}"""u8.ToArray();
        byte[] copy = [.. body];
        Read(body);
        body.ShouldBe(copy);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"a\":\"\\u00")]
    [InlineData("\\")]
    [InlineData("{\"a\":\"\u0000\"}")]
    [InlineData("NaN")]
    [InlineData("{} {}")]
    public void What_is_no_JSON_is_null(string text) => ProviderJson.TryParse(Encoding.UTF8.GetBytes(text)).ShouldBeNull();

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    [InlineData(100_000, false)]
    public void Depth_is_limited(int depth, bool read) =>
        (ProviderJson.TryParse(Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth))) is not null).ShouldBe(read);

    private static string? Read(byte[] body)
    {
        using JsonDocument document = ProviderJson.TryParse(body).ShouldNotBeNull();
        return document.RootElement.GetProperty("a").GetString();
    }
}
