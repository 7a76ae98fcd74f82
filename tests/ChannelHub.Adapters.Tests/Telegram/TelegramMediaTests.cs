using ChannelHub.Adapters.Conformance.Telegram;

namespace ChannelHub.Adapters.Tests.Telegram;

public sealed class TelegramMediaTests : IAsyncLifetime
{
    private TelegramBot bot = null!;

    public async Task InitializeAsync() => bot = await TelegramBot.StartAsync();

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Fact]
    public async Task A_file_is_fetched_by_its_id_alone()
    {
        byte[] bytes = new byte[200_000];
        new Random(17).NextBytes(bytes);
        bot.Api.AddFile("AgAC 1", bytes);

        var opened = (await OpenAsync("AgAC 1")).ShouldBeOfType<MediaResult.Opened>();

        await using Stream content = opened.Content;
        using var copy = new MemoryStream();
        await content.CopyToAsync(copy);
        copy.ToArray().ShouldBe(bytes);
        bot.Api.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_file_over_twenty_megabytes_never_comes()
    {
        bot.Api.AddFile("big", new byte[(20 * 1024 * 1024) + 1]);

        (await OpenAsync("big")).ShouldBe(new MediaResult.Gone("Bad Request: file is too big"));
    }

    [Theory]
    [InlineData("""{"ok":true,"result":{"file_id":"x","file_size":20971521,"file_path":"documents/x"}}""")]
    [InlineData("""{"ok":true,"result":{"file_id":"x","file_path":"/var/lib/telegram-bot-api/1:a/documents/file_1"}}""")]
    [InlineData("""{"ok":true,"result":{"file_id":"x","file_path":"../../secrets"}}""")]
    [InlineData("""{"ok":false,"error_code":400,"description":"Bad Request: invalid file_id"}""")]
    public async Task What_the_server_does_not_serve_never_comes(string answer)
    {
        bot.Api.Script("getFile", BotApiAnswer.Raw(answer.Contains("error_code", StringComparison.Ordinal) ? 400 : 200, answer));

        (await OpenAsync("x")).ShouldBeOfType<MediaResult.Gone>();
        bot.Api.Calls.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(400, """{"ok":false,"error_code":400,"description":"Bad Request: wrong file_id or the file is temporarily unavailable"}""")]
    [InlineData(401, """{"ok":false,"error_code":401,"description":"Unauthorized"}""")]
    [InlineData(200, """{"ok":true,"result":{"file_id":"x"}}""")]
    [InlineData(502, "<html>")]
    public async Task What_may_come_later_is_tried_again(int status, string answer)
    {
        bot.Api.Script("getFile", BotApiAnswer.Raw(status, answer));

        (await OpenAsync("x")).ShouldBeOfType<MediaResult.Later>();
    }

    [Fact]
    public async Task A_rate_limit_tells_how_long_to_wait()
    {
        bot.Api.Script("getFile", BotApiAnswer.Error(429, "Too Many Requests: retry after 9", retryAfter: 9));

        (await OpenAsync("x")).ShouldBe(new MediaResult.Later("Too Many Requests: retry after 9", TimeSpan.FromSeconds(9)));
    }

    [Fact]
    public async Task A_server_in_trouble_is_asked_again()
    {
        bot.Api.AddFile("x", [1]);
        bot.Api.Script("file", BotApiAnswer.Raw(500, "oops"), BotApiAnswer.Cut);

        (await OpenAsync("x")).ShouldBe(new MediaResult.Later("HTTP 500"));
        (await OpenAsync("x")).ShouldBeOfType<MediaResult.Later>();
    }

    private ValueTask<MediaResult> OpenAsync(string reference) => bot.Open<IMediaSource>().OpenMediaAsync(reference, CancellationToken.None);
}
