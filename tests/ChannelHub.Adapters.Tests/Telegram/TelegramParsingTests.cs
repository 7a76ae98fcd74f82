using System.Text;
using System.Text.Json;
using ChannelHub.Telegram;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace ChannelHub.Adapters.Tests.Telegram;

public sealed class TelegramParsingTests(ITestOutputHelper output)
{
    private static readonly IReceiver Channel = (IReceiver)new TelegramChannelType().Open(
        new TelegramSettings { SecretToken = "s" }, new ChannelEnvironment(new HttpClient(), TimeProvider.System, NullLogger.Instance));

    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(100_000)]
    public void A_deep_body_is_read_or_unreadable(int depth)
    {
        Entry entry = Parse($$"""{"update_id":1,"x":{{new string('[', depth)}}{{new string(']', depth)}} }""");

        (entry is Entry.Unreadable).ShouldBe(depth > 63);
    }

    [Fact]
    public void Broken_UTF_8_becomes_a_replacement_character()
    {
        byte[] body = Encoding.UTF8.GetBytes(Text("a?b"));
        body[Array.IndexOf(body, (byte)'?')] = 0xFF;

        Entry entry = Parse(body);

        TextOf(entry).ShouldBe("a\ufffdb");
    }

    [Fact]
    public void A_byte_order_mark_is_quarantined()
    {
        byte[] body = [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Text("a"))];

        Parse(body).ShouldBeOfType<Entry.Unreadable>().Slice.ToArray().ShouldBe(body);
    }

    [Theory]
    [InlineData("naïve ☃ 📦 \u202e\u2028 日本語")]
    [InlineData("\"quoted\" \\ / \b\f\n\r\t")]
    [InlineData("")]
    public void Words_come_out_as_they_went_in_however_they_are_escaped(string words)
    {
        TextOf(Parse(Text(words, JsonSerializerOptions.Default))).ShouldBe(words);
        TextOf(Parse(Text(words, new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))).ShouldBe(words);
        TextOf(Parse(Text("?").Replace("?", string.Concat(words.Select(unit => $"\\u{(int)unit:X4}")), StringComparison.Ordinal))).ShouldBe(words);
    }

    [Fact]
    public void A_text_of_the_greatest_length_is_kept_whole()
    {
        string words = string.Concat(Enumerable.Repeat("\ud83d\udce6", 2048));

        TextOf(Parse(Text(words, JsonSerializerOptions.Default))).ShouldBe(words);
    }

    [Fact]
    public void A_name_is_cut_between_characters_and_never_inside_one()
    {
        string name = "x" + string.Concat(Enumerable.Repeat("\ud83d\udce6", 200));

        var message = (MessageReceived)((Entry.Understood)Parse(Text("a").Replace("Ada", name, StringComparison.Ordinal))).Event;

        message.Sender.DisplayName.ShouldBe(name[..255]);
    }

    [Fact]
    public void Files_of_a_JSON_test_suite_are_read_or_unreadable()
    {
        foreach ((string name, byte[] body) in Corpus())
        {
            // Alone, as an update's content, and as the words of a message.
            Entry alone = Parse(body);
            Entry content = Parse([.. "{\"update_id\":1,\"message\":"u8, .. body, .. "}"u8]);
            Entry words = Parse([.. Encoding.UTF8.GetBytes(Text("?").Replace("\"?\"}}", "", StringComparison.Ordinal)), .. body, .. "}}"u8]);
            if (name.StartsWith("n_", StringComparison.Ordinal))
                alone.ShouldBeOfType<Entry.Unreadable>(name);
            if (name.StartsWith("y_", StringComparison.Ordinal))
                content.ShouldBeOfType<Entry.Unreadable>(name).Reason.ShouldNotStartWith("not JSON");
            foreach (Entry entry in (Entry[])[alone, content, words])
                (entry is Entry.Unreadable || (entry is Entry.Understood { Event: var read } && read.Key.Length > 0)).ShouldBeTrue(name);
        }
    }

    private IEnumerable<(string Name, byte[] Body)> Corpus()
    {
        for (DirectoryInfo? above = new(AppContext.BaseDirectory); above is not null; above = above.Parent)
        {
            string folder = Path.Combine(above.FullName, "shared", "corpora", "json", "test_parsing");
            if (Directory.Exists(folder))
                return Directory.EnumerateFiles(folder, "*.json").Select(path => (Path.GetFileName(path), File.ReadAllBytes(path)));
        }
        output.WriteLine("Skipped: there is no folder ../shared/corpora/json/test_parsing beside the repository.");
        return [];
    }

    private static string Text(string words, JsonSerializerOptions? options = null) => $$$"""
        {"update_id":1,"message":{"message_id":1,"from":{"id":7,"is_bot":false,"first_name":"Ada"},"chat":{"id":7,"type":"private"},"date":1790000000,"text":{{{JsonSerializer.Serialize(words, options)}}}}}
        """;

    private static string TextOf(Entry entry) =>
        ((MessageReceived)entry.ShouldBeOfType<Entry.Understood>().Event).Parts.ShouldHaveSingleItem().ShouldBeOfType<TextPart>().Text;

    private static Entry Parse(string body) => Parse(Encoding.UTF8.GetBytes(body));

    private static Entry Parse(byte[] body) => Channel.Parse(AuthenticInput.Pulled(body, DateTimeOffset.UnixEpoch)).Entries.ShouldHaveSingleItem();
}
