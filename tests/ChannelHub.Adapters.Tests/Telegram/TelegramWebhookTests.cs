using System.Net;
using System.Text;
using ChannelHub.Adapters.Conformance.Telegram;
using ChannelHub.Telegram;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace ChannelHub.Adapters.Tests.Telegram;

public sealed class TelegramWebhookTests : IAsyncLifetime
{
    private static readonly Uri Hook = new("https://hub.example/hooks/chn_1");

    private TelegramBot bot = null!;

    public async Task InitializeAsync() => bot = await TelegramBot.StartAsync();

    public async Task DisposeAsync() => await bot.DisposeAsync();

    [Theory]
    [InlineData("secret_1", true)]
    [InlineData("secret_", false)]
    [InlineData("secret_11", false)]
    [InlineData("Secret_1", false)]
    [InlineData("secret_1,secret_1", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Only_the_whole_secret_opens_the_hook(string? header, bool authentic) => Verify("secret_1", header).ShouldBe(authentic);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_a_secret_of_its_own_a_hook_stays_shut(string? secret)
    {
        Verify(secret, null).ShouldBeFalse();
        Verify(secret, "").ShouldBeFalse();
        Verify(secret, "anything").ShouldBeFalse();
    }

    [Fact]
    public async Task Registering_asks_for_all_that_the_channel_reads()
    {
        ProbeResult result = await bot.Open<IWebhookRegistrar>().RegisterWebhookAsync(Hook, CancellationToken.None);

        result.Ok.ShouldBeTrue(result.Detail);
        bot.Api.Webhook!.Url.ShouldBe(Hook);
        bot.Api.Webhook.SecretToken.ShouldBe("secret_1");
        bot.Api.Webhook.MaxConnections.ShouldBe(40);
        bot.Api.Webhook.AllowedUpdates.ShouldBe(["message", "edited_message", "callback_query", "my_chat_member", "message_reaction"]);
        bot.Api.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_hook_that_could_not_tell_forged_updates_is_not_registered()
    {
        var channel = (IWebhookRegistrar)bot.Open(change: settings => settings with { SecretToken = null });

        (await channel.RegisterWebhookAsync(Hook, CancellationToken.None)).Ok.ShouldBeFalse();
        bot.Api.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_refused_registration_says_why()
    {
        bot.Api.Script("setWebhook", BotApiAnswer.Error(400, "Bad Request: bad webhook: HTTPS url must be provided for webhook"));

        ProbeResult result = await bot.Open<IWebhookRegistrar>().RegisterWebhookAsync(new Uri("http://hub.example/x"), CancellationToken.None);

        result.Ok.ShouldBeFalse();
        result.Detail.ShouldContain("HTTPS");
    }

    [Fact]
    public async Task A_probe_names_the_bot_and_what_is_amiss()
    {
        (await bot.Open().ProbeAsync(CancellationToken.None)).Detail.ShouldBe("@shop_test_bot; no webhook is registered, 0 updates wait: register it");

        var channel = bot.Open<IWebhookRegistrar>();
        await channel.RegisterWebhookAsync(Hook, CancellationToken.None);
        bot.Api.AddText(700100200, 1, "Hello");
        (await channel.ProbeAsync(CancellationToken.None)).Detail.ShouldBe("@shop_test_bot; webhook at hub.example, 1 updates wait");
    }

    [Fact]
    public async Task A_probe_notices_that_another_program_took_the_webhook()
    {
        var channel = bot.Open<IWebhookRegistrar>();
        await channel.RegisterWebhookAsync(Hook, CancellationToken.None);
        await bot.Open<IWebhookRegistrar>().RegisterWebhookAsync(new Uri("https://staging.example/hooks/chn_2"), CancellationToken.None);

        ProbeResult result = await channel.ProbeAsync(CancellationToken.None);

        result.Detail.ShouldContain("another program has taken the webhook for staging.example");
        result.Detail.ShouldNotContain("chn_2");
    }

    [Fact]
    public async Task A_probe_shows_the_last_error_and_what_was_not_asked_for()
    {
        bot.Api.Script("getWebhookInfo", BotApiAnswer.Raw(200, """
            {"ok":true,"result":{"url":"https://hub.example/hooks/chn_1","pending_update_count":7,"allowed_updates":["message","callback_query"],
            "last_error_date":1790000000,"last_error_message":"Wrong response from the webhook: 403 Forbidden"}}
            """));

        (await bot.Open().ProbeAsync(CancellationToken.None)).Detail.ShouldBe("@shop_test_bot; webhook at hub.example, 7 updates wait; "
            + "not asked for: edited_message, my_chat_member, message_reaction, register again; "
            + "last error 2026-09-21 14:13:20Z: Wrong response from the webhook: 403 Forbidden");
    }

    [Fact]
    public async Task A_probe_of_a_polling_bot_notices_a_webhook_in_the_way()
    {
        await bot.Open<IWebhookRegistrar>().RegisterWebhookAsync(Hook, CancellationToken.None);

        ProbeResult result = await bot.Open(TelegramMode.Polling).ProbeAsync(CancellationToken.None);

        result.Ok.ShouldBeTrue();
        result.Detail.ShouldContain("a webhook is registered at hub.example");
    }

    [Fact]
    public async Task A_pushed_press_is_answered_in_the_acknowledgement()
    {
        await using WebApplication hub = await HubAsync();
        await bot.Open<IWebhookRegistrar>().RegisterWebhookAsync(new Uri(hub.Urls.First() + "/hooks/chn_1"), CancellationToken.None);
        bot.Api.AddText(700100200, 41, "Hello");
        bot.Api.AddPress(700100200, 40, "44\"44", "yes");

        IReadOnlyList<int> statuses = await bot.Api.DeliverAsync();

        statuses.ShouldBe([200, 200]);
        (bot.Api.Calls[^1].Method, bot.Api.Calls[^1]["callback_query_id"]).ShouldBe(("answerCallbackQuery", "44\"44"));
        bot.Api.Violations.ShouldBeEmpty();
    }

    private bool Verify(string? secret, string? header)
    {
        var receiver = (IWebhookReceiver)bot.Open(change: settings => settings with { SecretToken = secret });
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (header is not null)
            headers["X-Telegram-Bot-Api-Secret-Token"] = header;
        return receiver.Verify(new WebhookRequest { Method = "POST", Url = Hook, Headers = headers, Body = Encoding.UTF8.GetBytes("{}"), ReceivedAt = default });
    }

    // As much of a hub as Telegram sees of it.
    private async Task<WebApplication> HubAsync()
    {
        var receiver = bot.Open<IWebhookReceiver>();
        ChannelInfo info = new TelegramChannelType().Info;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication hub = builder.Build();
        hub.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            var request = new WebhookRequest { Method = "POST", Url = Hook, Headers = headers, Body = body.ToArray(), ReceivedAt = DateTimeOffset.UnixEpoch };
            var input = AuthenticInput.From(receiver, request, info, new Dictionary<string, string>());
            HookReply reply = input is null ? HookReply.Text("forged", status: 403) : receiver.Parse(input).Reply ?? info.Acknowledgement;
            context.Response.StatusCode = reply.Status;
            context.Response.ContentType = reply.ContentType;
            await context.Response.Body.WriteAsync(reply.Body);
        });
        await hub.StartAsync();
        return hub;
    }
}
