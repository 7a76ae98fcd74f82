using ChannelHub.Adapters;
using ChannelHub.Core.Messages;

namespace ChannelHub.Core.Tests.Messages;

public sealed class SmsTextTests
{
    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("a", 160, 1)]
    [InlineData("a", 161, 2)]
    [InlineData("a", 306, 2)]
    [InlineData("a", 307, 3)]
    [InlineData("€", 80, 1)]
    [InlineData("€", 81, 2)]
    [InlineData("€", 152, 2)]
    [InlineData("€", 153, 3)]
    [InlineData("ç", 70, 1)]
    [InlineData("ç", 71, 2)]
    [InlineData("ж", 134, 2)]
    [InlineData("ж", 135, 3)]
    [InlineData("📦", 35, 1)]
    [InlineData("📦", 36, 2)]
    [InlineData("📦", 66, 2)]
    [InlineData("📦", 67, 3)]
    public void Segments_are_those_that_networks_count(string letter, int times, int segments) =>
        SmsText.Count(string.Concat(Enumerable.Repeat(letter, times))).ShouldBe(segments);

    [Fact]
    public void One_letter_outside_the_alphabet_makes_all_of_them_count_double()
    {
        SmsText.Count(new string('a', 160)).ShouldBe(1);
        SmsText.Count(new string('a', 159) + "’").ShouldBe(3);
    }

    [Fact]
    public void A_text_is_split_by_segments_and_never_through_a_character()
    {
        const string family = "👩\u200D👩\u200D👧";
        string text = string.Join(' ', Enumerable.Range(0, 400).Select(number => number % 50 == 49 ? family : $"word{number}"));

        string[] pieces = [.. TextSplit.Split(text, 2, TextUnit.SmsSegments).Select(range => text[range])];

        pieces.ShouldAllBe(piece => SmsText.Count(piece) <= 2);
        string.Join(' ', pieces).ShouldBe(text);
        // A piece without the family takes twice as much.
        pieces.Max(piece => piece.Length).ShouldBeGreaterThan(134);
    }

    [Fact]
    public void A_text_that_fits_its_segments_is_one_piece() =>
        TextSplit.Split(new string('a', 1530), 10, TextUnit.SmsSegments).ShouldHaveSingleItem();
}
