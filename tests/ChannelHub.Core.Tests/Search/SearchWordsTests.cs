using ChannelHub.Core.Search;
using Shouldly;
using Xunit;

namespace ChannelHub.Core.Tests.Search;

public sealed class SearchWordsTests
{
    [Theory]
    [InlineData("Zażółć GĘŚLĄ jaźń", "zazolc gesla jazn")]
    [InlineData("Łódź", "lodz")]
    [InlineData("Straße STRASSE", "strasse")]
    [InlineData("İstanbul ISPARTA ılık", "istanbul isparta ilik")]
    [InlineData("e\u0301te\u0301 été", "ete")]
    [InlineData("Ёлка и йод", "елка и иод")]
    [InlineData("Ὀδυσσεύς", "οδυσσευσ")]
    [InlineData("Ａｂｃ１２", "abc12")]
    [InlineData("٤٢", "42")]
    [InlineData("你好吗 ok", "你 好 吗 ok")]
    [InlineData("abc中x", "abc 中 x")]
    [InlineData("नमस्ते", "नमस्ते")]
    [InlineData("anna.nowak+shop@example.com", "anna nowak shop example com")]
    [InlineData("don't stop-it", "don t stop it")]
    [InlineData("NEAR(a b) AND \"x\" * : -y", "near a b and x y")]
    [InlineData("\0\uD800 ... !?", "")]
    [InlineData("🙂 yes👍no", "yes no")]
    [InlineData("soft\u00ADhyphen", "softhyphen")]
    public void Words_are_told_apart_and_lose_case_and_accents(string text, string words) => Words(text).ShouldBe(words.Split(' ', StringSplitOptions.RemoveEmptyEntries), ignoreOrder: true);

    [Theory]
    [InlineData("+48600100200", "48600100200")]
    [InlineData("+48600100200", "600100200")]
    [InlineData("+48600100200", "600 100 200")]
    [InlineData("+48600100200", "600-100")]
    [InlineData("+48600100200", "100200")]
    [InlineData("call +48 600-100-200 today", "600100200")]
    [InlineData("call +48 600-100-200 today", "600 100 200")]
    [InlineData("call +48 600-100-200 today", "48 (600) 100.200")]
    [InlineData("call +48 600-100-200 today", "600")]
    [InlineData("anna@example.org", "Anna@Example.ORG")]
    [InlineData("anna@example.org", "example.o")]
    [InlineData("anna", "ann")]
    [InlineData("Żółw ninja", "zolw nin")]
    [InlineData("12 boxes, 30 each", "12 30")]
    public void A_text_is_found_by(string text, string query) => Finds(query, text).ShouldBeTrue();

    [Theory]
    [InlineData("anna nowak", "ann nowak")]
    [InlineData("anna", "nna")]
    [InlineData("anna", "anna b")]
    [InlineData("+48600100200", "600 999")]
    public void A_text_is_not_found_by(string text, string query) => Finds(query, text).ShouldBeFalse();

    [Theory]
    [InlineData("")]
    [InlineData(" \t?!\"*:()-")]
    [InlineData("\0\uDC00")]
    [InlineData("1 2 3 4 5 6 7 8 9 a b c d e f g h")]
    public void A_query_without_words_or_with_too_many_is_refused(string text) => SearchQuery.TryParse(text, out _, out string? _).ShouldBeFalse();

    [Fact]
    public void A_query_has_an_end() => SearchQuery.TryParse(new string('a', 10_000), out _, out string? _).ShouldBeFalse();

    [Fact]
    public void A_long_word_is_compared_by_its_beginning()
    {
        Words(new string('a', 1_000)).ShouldHaveSingleItem().Length.ShouldBe(SearchWords.LongestWord);
        Finds(new string('x', 60), new string('x', 70)).ShouldBeTrue();
    }

    [Fact]
    public void A_text_of_any_length_has_a_bounded_number_of_words() =>
        Words(string.Join(' ', Enumerable.Range(0, 100_000).Select(i => "w" + i))).Length.ShouldBeInRange(SearchWords.MostWords, SearchWords.MostWords + 20);

    [Fact]
    public void Of_a_message_what_is_said_counts_and_not_what_the_hub_calls_it() => MessageText.In("""
        [{"index":0,"type":"text","text":"Good day","html":"<b>Good</b> day"},
         {"index":1,"type":"image","attachment":{"id":"att_1","file_name":"bill.png","content_type":"image/png","state":"ready","url":"/v1/x"},"caption":"the bill"},
         {"index":2,"type":"contact","name":"Ada","phones":["+48600100200"],"emails":[]}]
        """).ShouldBe(["Good day", "bill.png", "the bill", "Ada", "+48600100200"]);

    private static string[] Words(string text) => [.. SearchWords.Of([text])];

    private static bool Finds(string query, string text)
    {
        SearchQuery.TryParse(query, out SearchQuery? parsed, out string? problem).ShouldBeTrue(problem);
        return parsed!.Matches($" {string.Join(' ', Words(text))} ");
    }
}
