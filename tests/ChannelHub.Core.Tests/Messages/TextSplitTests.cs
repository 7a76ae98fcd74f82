using System.Globalization;
using ChannelHub.Adapters;
using ChannelHub.Core.Messages;
using FsCheck;
using FsCheck.Fluent;

namespace ChannelHub.Core.Tests.Messages;

public sealed class TextSplitTests
{
    private const string Family = "👩\u200D👩\u200D👧";

    private static readonly string[] Pieces =
    [
        "a", "Zażółć", "word", " ", "  ", "\n", "\n\n", "\r\n", "\r\n\r\n", "\t", "\u00A0", "\u2029", "👍🏽", Family, "🇵🇱", "e\u0301", "한국어", "นี้", "\u0301", " \u0308", "…",
        "a\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030A\u030B\u030C\u030D\u030E\u030F", "https://example.com/a/very/long/address/that/has/no/space",
    ];

    private static readonly Gen<(string Text, int Max, TextUnit Unit)> Cases =
        from length in Gen.Choose(0, 60)
        from pieces in Gen.Elements(Pieces).ArrayOf(length)
        from max in Gen.Choose(4, 80)
        from unit in Gen.Elements(TextUnit.Utf16, TextUnit.Utf8)
        select (string.Concat(pieces), max, unit);

    [Fact]
    public void Nothing_is_lost_but_white_space_and_nothing_is_over_the_limit() =>
        Property.Holds(10_000, Cases, given =>
        {
            IReadOnlyList<Range> ranges = TextSplit.Split(given.Text, given.Max, given.Unit);
            int end = 0;
            foreach (Range range in ranges)
            {
                (int offset, int length) = range.GetOffsetAndLength(given.Text.Length);
                given.Text[end..offset].ShouldAllBeSpace();
                end = offset + length;
                TextSplit.Length(given.Text[range], given.Unit).ShouldBeLessThanOrEqualTo(given.Max);
                if (ranges.Count > 1)
                    given.Text[range].Trim(' ', '\n', '\r', '\t').ShouldNotBeEmpty();
            }
            given.Text[end..].ShouldAllBeSpace();
        });

    [Fact]
    public void No_cut_goes_through_a_character_that_fits() =>
        Property.Holds(10_000, Cases, given =>
        {
            int[] starts = StringInfo.ParseCombiningCharacters(given.Text);
            HashSet<int> between = [.. starts, given.Text.Length];
            for (int index = 0; index < starts.Length; index++)
            {
                int end = index + 1 < starts.Length ? starts[index + 1] : given.Text.Length;
                if (TextSplit.Length(given.Text.AsSpan(starts[index]..end), given.Unit) > given.Max)
                    between.UnionWith(Enumerable.Range(starts[index], end - starts[index]));
            }
            foreach (Range range in TextSplit.Split(given.Text, given.Max, given.Unit))
            {
                (int offset, int length) = range.GetOffsetAndLength(given.Text.Length);
                between.ShouldContain(offset);
                between.ShouldContain(offset + length);
            }
        });

    [Theory]
    [InlineData("one two three", 13, "one two three")]
    [InlineData("  kept as it is  ", 100, "  kept as it is  ")]
    [InlineData("one two three", 8, "one two|three")]
    [InlineData("one two\nthree", 12, "one two|three")]
    [InlineData("one two\nthree four", 14, "one two|three four")]
    [InlineData("first paragraph\n\nsecond line\nthird", 30, "first paragraph|second line\nthird")]
    [InlineData("a\n\nbbbb bbbb bbbb", 12, "a\n\nbbbb bbbb|bbbb")]
    [InlineData("aaaaaaaaaa", 4, "aaaa|aaaa|aa")]
    [InlineData("ab aaaaaaaaaa", 8, "ab|aaaaaaaa|aa")]
    [InlineData("abcd    efgh", 4, "abcd|efgh")]
    [InlineData("      x", 4, "x")]
    [InlineData("ab\u00A0cd ef", 6, "ab\u00A0cd|ef")]
    public void A_text_is_cut_where_a_reader_would_pause(string text, int max, string expected) =>
        string.Join('|', TextSplit.Split(text, max, TextUnit.Utf16).Select(range => text[range])).ShouldBe(expected);

    [Theory]
    [InlineData(TextUnit.Utf16, 2)]
    [InlineData(TextUnit.Utf8, 4)]
    public void The_limit_counts_in_the_provider_s_unit(TextUnit unit, int pieces)
    {
        string text = string.Concat(Enumerable.Repeat("ж", 20));
        TextSplit.Split(text, 10, unit).Count.ShouldBe(pieces);
    }

    [Fact]
    public void A_single_character_longer_than_the_limit_is_cut_between_code_points()
    {
        string text = Family + Family;
        IReadOnlyList<Range> pieces = TextSplit.Split(text, 3, TextUnit.Utf16);
        string.Concat(pieces.Select(range => text[range])).ShouldBe(text);
        pieces.Select(range => text[range].Length).Max().ShouldBeLessThanOrEqualTo(3);
        pieces.Any(range => char.IsLowSurrogate(text[range.Start])).ShouldBeFalse();
    }
}

file static class Expect
{
    public static void ShouldAllBeSpace(this string gap) => string.IsNullOrWhiteSpace(gap).ShouldBeTrue($"'{gap}' was dropped");
}
