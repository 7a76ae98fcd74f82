using System.Text;
using ChannelHub.Adapters;

namespace ChannelHub.Core.Tests.Text;

public sealed class CleanTextTests
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    [Theory]
    [InlineData("")]
    [InlineData("Where is my order?")]
    [InlineData("Где мой заказ? 📦👩‍👩‍👧")]
    [InlineData("line\r\n\ttab \uFFFD \uFEFF \u202E")]
    public void Sound_text_comes_back_as_the_same_instance(string text) => CleanText.Clean(text).ShouldBeSameAs(text);

    // An attribute is stored as UTF-8 and cannot hold half a surrogate pair, so the cases stand in the code.
    public static TheoryData<string, string> Broken => new()
    {
        { "\0", "\uFFFD" },
        { "a\0b\0", "a\uFFFDb\uFFFD" },
        { "\uD83D", "\uFFFD" },
        { "\uDE00x", "\uFFFDx" },
        { "\uDE00\uD83D", "\uFFFD\uFFFD" },
        { "\uD83D\uD83D\uDE00", "\uFFFD\uD83D\uDE00" },
        { "\uD83D\uDE00\0\uD83D\uDE00", "\uD83D\uDE00\uFFFD\uD83D\uDE00" },
        { "\0\uD83D\uDE00\uD83D", "\uFFFD\uD83D\uDE00\uFFFD" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Nul_and_lone_surrogates_are_replaced_one_for_one(string text, string expected) => CleanText.Clean(text).ShouldBe(expected);

    [Fact]
    public void Any_text_is_storable_once_cleaned_and_keeps_its_length()
    {
        var random = new Random(20260701);
        char[] alphabet = ['a', 'ß', '\0', '\uD83D', '\uDE00', '\uDBFF', '\uDFFF', '\u0301', '\uFFFD'];
        for (int round = 0; round < 5_000; round++)
        {
            string text = new(random.GetItems(alphabet, random.Next(40)));
            string clean = CleanText.Clean(text);
            clean.Length.ShouldBe(text.Length);
            clean.ShouldNotContain('\0');
            Should.NotThrow(() => StrictUtf8.GetBytes(clean));
            CleanText.Clean(clean).ShouldBeSameAs(clean);
        }
    }

    [Theory]
    [InlineData("abc", 3, "abc")]
    [InlineData("abc", 2, "ab")]
    [InlineData("abc", 0, "")]
    [InlineData("a\uD83D\uDE00b", 2, "a")]
    [InlineData("a\uD83D\uDE00b", 3, "a\uD83D\uDE00")]
    [InlineData("\uD83D\uDE00", 1, "")]
    public void A_cut_never_goes_through_a_surrogate_pair(string text, int max, string expected) => CleanText.Truncate(text, max).ShouldBe(expected);
}
