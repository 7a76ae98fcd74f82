using ChannelHub.Adapters.Conformance.Telegram;
using ChannelHub.Telegram;

namespace ChannelHub.Adapters.Tests.Telegram;

public sealed class TelegramErrorTests : IAsyncLifetime
{
    private TelegramBot bot = null!;

    public async Task InitializeAsync() => bot = await TelegramBot.StartAsync();

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Theory]
    [InlineData(400, "Bad Request: chat not found", FaultKind.UnknownRecipient)]
    [InlineData(400, "Bad Request: PEER_ID_INVALID", FaultKind.UnknownRecipient)]
    [InlineData(400, "Bad Request: USER NOT FOUND", FaultKind.UnknownRecipient)]
    [InlineData(400, "Bad Request: can't parse entities: byte offset 5", FaultKind.ContentRefused)]
    [InlineData(400, "Bad Request: message is too long", FaultKind.ContentRefused)]
    [InlineData(400, "Bad Request: message text is empty", FaultKind.ContentRefused)]
    [InlineData(400, "Bad Request: not enough rights to send text messages to the chat", FaultKind.ContentRefused)]
    [InlineData(400, "Bad Request: message to be replied not found", FaultKind.ContentRefused)]
    [InlineData(400, "Bad Request: wrong file identifier/HTTP URL specified", FaultKind.ContentRefused)]
    [InlineData(400, "Bad Request: failed to get HTTP URL content", FaultKind.ContentRefused)]
    [InlineData(400, "Bad Request: wrong type of the web page content", FaultKind.ContentRefused)]
    [InlineData(400, "Bad Request: CHAT_WRITE_FORBIDDEN", FaultKind.ContentRefused)]
    [InlineData(403, "Forbidden: bot was blocked by the user", FaultKind.OptedOut)]
    [InlineData(403, "Forbidden: user is deactivated", FaultKind.OptedOut)]
    [InlineData(403, "Forbidden: bot was kicked from the group chat", FaultKind.OptedOut)]
    [InlineData(403, "Forbidden: bot is not a member of the supergroup chat", FaultKind.OptedOut)]
    [InlineData(403, "Forbidden: bot can't initiate conversation with a user", FaultKind.WindowClosed)]
    [InlineData(403, "Forbidden: something new", FaultKind.ContentRefused)]
    [InlineData(413, "Request Entity Too Large", FaultKind.ContentRefused)]
    public async Task A_refusal_for_good_says_what_to_do(int code, string description, FaultKind kind)
    {
        bot.Api.Script("sendMessage", BotApiAnswer.Error(code, description));

        SendResult result = await bot.SendAsync(new TextPart("Hello"));

        Fault fault = result.ShouldBeOfType<SendResult.Rejected>().Fault;
        fault.ShouldBe(new Fault(kind, description));
    }

    [Theory]
    [InlineData(401, "Unauthorized")]
    [InlineData(404, "Not Found")]
    [InlineData(409, "Conflict: terminated by other getUpdates request")]
    public async Task A_bot_that_is_refused_stops_the_channel_and_keeps_the_message(int code, string description)
    {
        bot.Api.Script("sendMessage", BotApiAnswer.Error(code, description));

        var deferred = (await bot.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Deferred>();

        deferred.Fault.ShouldBe(new Fault(FaultKind.NotAuthorized, description) { WholeChannel = true });
    }

    [Fact]
    public async Task A_page_that_is_not_the_Bot_APIs_does_not_cost_the_message()
    {
        bot.Api.Script("sendMessage", BotApiAnswer.Raw(404, "<html>nginx</html>"));

        (await bot.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Deferred>().Fault.Kind.ShouldBe(FaultKind.NotAuthorized);
    }

    [Fact]
    public async Task A_group_upgrade_is_not_followed()
    {
        bot.Api.Script("sendMessage", BotApiAnswer.Error(400, "Bad Request: group chat was upgraded to a supergroup chat", migrateTo: -100123));

        (await bot.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Rejected>().Fault.Kind.ShouldBe(FaultKind.UnknownRecipient);
    }

    [Fact]
    public async Task Too_fast_waits_as_long_as_the_body_says_and_holds_up_nobody_else()
    {
        bot.Api.Script("sendMessage", BotApiAnswer.Error(429, "Too Many Requests: retry after 12", retryAfter: 12));

        var deferred = (await bot.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Deferred>();

        deferred.Fault.ShouldBe(new Fault(FaultKind.RateLimited, "Too Many Requests: retry after 12"));
        deferred.RetryAfter.ShouldBe(TimeSpan.FromSeconds(12));
    }

    [Theory]
    [InlineData("""{"ok":false,"error_code":429,"description":"Slow","parameters":{"retry_after":-3}}""", null)]
    [InlineData("""{"ok":false,"error_code":429,"description":"Slow","parameters":{"retry_after":"soon"}}""", null)]
    [InlineData("""{"ok":false,"error_code":429,"description":"Slow","parameters":{"retry_after":9007199254740993}}""", 86_400)]
    [InlineData("""{"ok":false,"error_code":429}""", null)]
    public async Task A_wait_that_makes_no_sense_does_no_harm(string body, int? seconds)
    {
        bot.Api.Script("sendMessage", BotApiAnswer.Raw(429, body));

        var deferred = (await bot.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Deferred>();

        deferred.Fault.Kind.ShouldBe(FaultKind.RateLimited);
        (deferred.RetryAfter?.TotalSeconds).ShouldBe(seconds);
    }

    [Fact]
    public async Task Trouble_at_Telegram_is_tried_again()
    {
        bot.Api.Script("sendMessage", BotApiAnswer.Error(500, "Internal Server Error"));

        (await bot.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Deferred>().Fault.Kind.ShouldBe(FaultKind.ProviderDown);
    }

    [Theory]
    [InlineData(502, """{"ok":false,"error_code":502,"description":"Bad Gateway"}""")]
    [InlineData(504, "<html>")]
    [InlineData(200, "<html>")]
    [InlineData(200, """{"ok":true}""")]
    [InlineData(200, """{"ok":true,"result":{"no":"id"}}""")]
    [InlineData(200, """{"ok":true,"result":{"message_id":"1001"}}""")]
    [InlineData(200, "{\"ok\":true,\"result\":{\"mess")]
    [InlineData(200, "[]")]
    [InlineData(200, "{\"\\ud800\":1,\"ok\":true}")]
    public async Task An_answer_that_proves_nothing_leaves_it_unconfirmed(int status, string body)
    {
        bot.Api.Script("sendMessage", BotApiAnswer.Raw(status, body));

        (await bot.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Unconfirmed>();
    }

    [Fact]
    public async Task A_cut_after_the_call_was_carried_out_leaves_it_unconfirmed()
    {
        bot.Api.Script("sendMessage", BotApiAnswer.Cut);

        (await bot.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Unconfirmed>();
    }

    [Fact]
    public async Task A_customer_who_blocked_the_bot_is_opted_out()
    {
        bot.Api.Refuse(700100200, BotApiAnswer.Error(403, "Forbidden: bot was blocked by the user"));

        (await bot.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Rejected>().Fault.Kind.ShouldBe(FaultKind.OptedOut);
    }

    [Fact]
    public async Task An_error_that_repeats_the_token_does_not_hand_it_on()
    {
        bot.Api.Script("sendMessage", BotApiAnswer.Error(400, $"Bad Request: POST /bot{bot.Api.Token}/sendMessage"));

        SendResult result = await bot.SendAsync(new TextPart("Hello"));

        result.ToString().ShouldNotContain(bot.Api.Token);
    }

    [Theory]
    [InlineData("not an address")]
    [InlineData("ftp://api.example")]
    [InlineData("https://api.example/?token=")]
    public async Task A_wrong_address_of_the_API_stops_the_channel_with_words(string address)
    {
        var sender = (IMessageSender)bot.Open(change: settings => settings with { ApiBaseUrl = address });

        SendResult result = await sender.SendAsync(Conformance.SampleMessages.Text(TelegramBot.Ada), CancellationToken.None);

        result.ShouldBeOfType<SendResult.Deferred>().Fault.ShouldBe(new Fault(FaultKind.NotAuthorized, "api_base_url is not an http address") { WholeChannel = true });
    }

    [Fact]
    public async Task A_channel_that_only_receives_says_what_it_lacks()
    {
        IChannel channel = bot.Open(change: settings => settings with { BotToken = null });

        (await ((IMessageSender)channel).SendAsync(Conformance.SampleMessages.Text(TelegramBot.Ada), CancellationToken.None))
            .ShouldBeOfType<SendResult.Deferred>().Fault.Detail.ShouldBe("bot_token is not set");
        (await ((IMediaSource)channel).OpenMediaAsync("x", CancellationToken.None)).ShouldBe(new MediaResult.Later("bot_token is not set"));
        (await channel.ProbeAsync(CancellationToken.None)).Ok.ShouldBeFalse();
        bot.Api.Calls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(null, null, TelegramMode.Webhook, "", "")]
    [InlineData("t", null, TelegramMode.Webhook, "", "complete")]
    [InlineData(null, "s", TelegramMode.Webhook, "complete", "")]
    [InlineData("t", "s", TelegramMode.Webhook, "complete", "complete")]
    [InlineData("", "", TelegramMode.Webhook, "", "")]
    [InlineData(null, "s", TelegramMode.Polling, "bot_token", "")]
    [InlineData("t", null, TelegramMode.Polling, "complete", "complete")]
    public void Each_half_of_the_settings_stands_alone(string? bot, string? secret, TelegramMode mode, string receiving, string sending)
    {
        SettingsHalves halves = new TelegramChannelType().Halves(new TelegramSettings { BotToken = bot, SecretToken = secret, Mode = mode });

        (Words(halves.Receiving), Words(halves.Sending)).ShouldBe((receiving, sending));

        static string Words(SettingsHalf half) => half.Complete ? "complete" : string.Join(',', half.Missing);
    }
}
