using System.Net;
using System.Text;
using ChannelHub.Adapters.Conformance.Telegram;
using ChannelHub.Adapters.Tests.Email;
using ChannelHub.Mail.Mime;
using ChannelHub.Tests.Publishing;
using ChannelHub.Tests.WebChat;

namespace ChannelHub.Tests.Acceptance;

/// <summary>Where Ada writes and is written to: the chat on the shop's page, Telegram and her mailbox.</summary>
internal sealed class OneThreadPlaces : IAsyncDisposable
{
    public const string Mailbox = "ada@customer.example";
    public const long TelegramUser = 700_100_200;

    private const string Token = "token-of-the-mail-server";
    private const string Secret = "secret-of-the-bot";

    private readonly HubOverHttp hub;
    private readonly FakeSmtp smtp = new();
    private ChatBrowser? browser;
    private LiveStream? live;

    private OneThreadPlaces(HubOverHttp hub, FakeBotApi bot) => (this.hub, Bot) = (hub, bot);

    public FakeBotApi Bot { get; }

    /// <summary>The channels by their types.</summary>
    public Dictionary<string, string> Channels { get; } = [];

    public ChatBrowser Browser => browser!;

    /// <summary>What the page hears.</summary>
    public LiveStream Live => live!;

    public static async Task<OneThreadPlaces> OpenAsync(HubOverHttp hub)
    {
        var places = new OneThreadPlaces(hub, await FakeBotApi.StartAsync());
        places.Channels["webchat"] = await hub.AddChatAsync(Jwt.Settings);
        places.Channels["telegram"] = await hub.AddChannelAsync("telegram", new { bot_token = places.Bot.Token, secret_token = Secret, api_base_url = places.Bot.Url });
        places.Channels["email"] = await hub.AddChannelAsync("email", new
        {
            address = "help@shop.example", password = "p", inbound_token = Token, trusted_authserv_ids = new[] { "mx.shop.example" },
            smtp = new { host = "127.0.0.1", port = places.smtp.Port, security = "none" },
        });
        return places;
    }

    /// <summary>Writes in the chat; for the first time as somebody whose mailbox and number the shop has signed.</summary>
    public async Task ChatAsync(string text, string? signedIn = null)
    {
        if (signedIn is not null)
        {
            string chat = Channels["webchat"];
            browser = await ChatBrowser.OpenAsync(hub, chat, Jwt.For(chat, "customer-17", DateTimeOffset.UtcNow, new()
            {
                ["name"] = "Ada", ["email"] = Mailbox, ["email_verified"] = true, ["phone"] = signedIn, ["phone_verified"] = true,
            }));
            live = await browser.ListenAsync(browser.Cursor, (string)(await browser.PostAsync("tickets", new { })).Body!["ticket"]!);
        }
        await Browser.SayAsync(text);
    }

    public Task TelegramAsync(long message, string content, int writtenAgo) => PostAsync(TelegramLoad.Request(hub.Anonymous.BaseAddress!, Channels["telegram"], Secret,
        $$$"""{"update_id":{{{9000 + message}}},"message":{"message_id":{{{message}}},"from":{"id":{{{TelegramUser}}},"is_bot":false,"first_name":"Ada"},"chat":{"id":{{{TelegramUser}}},"first_name":"Ada","type":"private"},"date":{{{DateTimeOffset.UtcNow.AddSeconds(-writtenAgo).ToUnixTimeSeconds()}}},{{{content}}}}}"""));

    public Task MailAsync(string id, string text, int writtenAgo, string? answers = null) => PushAsync($"""
        Authentication-Results: mx.shop.example; dmarc=pass header.from=customer.example
        Received: from mail.customer.example (mail.customer.example [192.0.2.7]) by mx.shop.example; {DateTimeOffset.UtcNow.AddSeconds(-writtenAgo):r}
        From: Ada <{Mailbox}>
        To: help@shop.example
        Subject: Parcel
        Message-ID: <{id}@customer.example>
        {(answers is null ? "X-Mailer: pen" : $"In-Reply-To: <{answers}>")}

        {text}
        """);

    /// <summary>The mail that came to her, once so many have.</summary>
    public async Task<MimeMessage> LetterAsync(int number)
    {
        await Wait.UntilAsync(() => smtp.Mails.Count >= number);
        return MimeParser.Parse(Encoding.UTF8.GetBytes(smtp.Mails[number - 1].Data));
    }

    /// <summary>Her provider reports that a mail is in her mailbox.</summary>
    public Task MailArrivedAsync(MimeMessage letter) => PushAsync($"""
        From: postmaster@customer.example
        Subject: Delivered
        Message-ID: <report@customer.example>
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary=b

        --b
        Content-Type: text/plain

        yes
        --b
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mail.customer.example

        Final-Recipient: rfc822; {Mailbox}
        Action: delivered
        Status: 2.0.0

        --b
        Content-Type: text/rfc822-headers

        Message-ID: <{letter.MessageId}>

        --b--
        """);

    public async ValueTask DisposeAsync()
    {
        live?.Dispose();
        await smtp.DisposeAsync();
        Bot.Violations.ShouldBeEmpty();
        await Bot.DisposeAsync();
    }

    private Task PushAsync(string mail) => PostAsync(new HttpRequestMessage(HttpMethod.Post, "/hooks/" + Channels["email"])
    {
        Content = new StringContent(mail, Encoding.UTF8, "message/rfc822"), Headers = { { "Authorization", "Bearer " + Token } },
    });

    private async Task PostAsync(HttpRequestMessage request)
    {
        using HttpRequestMessage posted = request;
        using HttpResponseMessage answer = await hub.Anonymous.SendAsync(posted);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
