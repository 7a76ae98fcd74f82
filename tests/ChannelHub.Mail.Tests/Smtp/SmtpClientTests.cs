using System.Buffers;
using System.Text;
using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Smtp;

namespace ChannelHub.Mail.Tests.Smtp;

public sealed class SmtpClientTests
{
    private const string Hello = "250-mx.example\n250-SIZE 1000\n250-8BITMIME\n250-DSN\n250-AUTH PLAIN LOGIN XOAUTH2\n250 ENHANCEDSTATUSCODES\n";
    private static readonly MailAddress Shop = new(null, "help", "shop.example");
    private static readonly MailAddress Ann = new(null, "ann", "mail.example");
    private static readonly byte[] Message = Encoding.ASCII.GetBytes("Subject: x\r\n\r\nhello\r\n.\r\nbye\r\n");
    private static CancellationToken Never => CancellationToken.None;

    [Fact]
    public Task A_message_is_sent_with_what_the_server_offers_and_dots_doubled() => With(async server =>
    {
        (await server.Line()).ShouldBe("MAIL FROM:<help@shop.example> SIZE=29 RET=HDRS ENVID=m1");
        await server.Say("250 2.1.0 fine\n");
        (await server.Line()).ShouldBe("RCPT TO:<ann@mail.example> NOTIFY=FAILURE,DELAY");
        await server.Say("250 2.1.5 fine\n");
        (await server.Line()).ShouldBe("DATA");
        await server.Say("354 go\n");
        (await Body(server)).ShouldBe(["Subject: x", "", "hello", "..", "bye"]);
        await server.Say("250 2.0.0 queued as 1\n");
    }, async client =>
    {
        SmtpOutcome outcome = await client.SendAsync(new SmtpEnvelope(Shop, [Ann]) { EnvelopeId = "m1" }, Message, Never);
        outcome.ShouldBeOfType<SmtpOutcome.Accepted>().Reply.Enhanced.ShouldBe("2.0.0");
    });

    [Theory]
    [InlineData("550 5.1.1 no such user", true, SmtpMeaning.UnknownRecipient)]
    [InlineData("550 no such user", true, SmtpMeaning.UnknownRecipient)]
    [InlineData("550 5.7.1 spam", true, SmtpMeaning.Refused)]
    [InlineData("552 5.3.4 too big", true, SmtpMeaning.TooLarge)]
    [InlineData("450 4.2.0 greylisted", false, SmtpMeaning.Later)]
    [InlineData("421 4.7.0 daily limit exceeded", false, SmtpMeaning.TooMuch)]
    [InlineData("550 5.4.5 daily limit", true, SmtpMeaning.TooMuch)]
    [InlineData("530 5.7.57 not authenticated", true, SmtpMeaning.NotAuthorized)]
    public Task A_refused_recipient_is_rejected_or_deferred_with_its_code(string answer, bool permanent, SmtpMeaning meaning) => With(async server =>
    {
        await server.Line();
        await server.Say("250 fine\n");
        await server.Line();
        await server.Say(answer + "\n");
        (await server.Line()).ShouldBe("RSET");
        server.HangUp();
    }, async client =>
    {
        SmtpOutcome outcome = await client.SendAsync(new SmtpEnvelope(Shop, [Ann]), Message, Never);
        SmtpReply reply = permanent ? outcome.ShouldBeOfType<SmtpOutcome.Rejected>().Reply : outcome.ShouldBeOfType<SmtpOutcome.Deferred>().Reply;
        reply.Meaning.ShouldBe(meaning);
        reply.Code.ToString().ShouldBe(answer[..3]);
    });

    [Fact]
    public Task A_connection_lost_after_the_final_dot_leaves_the_message_unconfirmed() => With(async server =>
    {
        await ToData(server);
        await Body(server);
        server.HangUp();
    }, async client => (await client.SendAsync(new SmtpEnvelope(Shop, [Ann]), Message, Never)).ShouldBeOfType<SmtpOutcome.Unconfirmed>());

    [Fact]
    public Task Cancelling_after_the_final_dot_leaves_the_message_unconfirmed()
    {
        CancellationTokenSource stop = new();
        return With(async server =>
        {
            await ToData(server);
            await Body(server);
            await stop.CancelAsync();
        }, async client => (await client.SendAsync(new SmtpEnvelope(Shop, [Ann]), Message, stop.Token)).ShouldBeOfType<SmtpOutcome.Unconfirmed>());
    }

    [Fact]
    public Task A_connection_lost_before_the_final_dot_means_that_nobody_has_it() => With(async server =>
    {
        await server.Line();
        await server.Say("250 fine\n");
        await server.Line();
        server.HangUp();
    }, async client => (await client.SendAsync(new SmtpEnvelope(Shop, [Ann]), Message, Never)).ShouldBeOfType<SmtpOutcome.Deferred>().Reply.Code.ShouldBe(0));

    [Theory]
    [InlineData("452 4.3.1 full", typeof(SmtpOutcome.Deferred))]
    [InlineData("554 5.6.0 no", typeof(SmtpOutcome.Rejected))]
    public Task The_answer_to_the_body_counts(string answer, Type outcome) => With(async server =>
    {
        await ToData(server);
        await Body(server);
        await server.Say(answer + "\n");
    }, async client => (await client.SendAsync(new SmtpEnvelope(Shop, [Ann]), Message, Never)).ShouldBeOfType(outcome));

    [Fact]
    public Task What_the_server_cannot_take_is_not_offered_to_it() => With(
        _ => Task.CompletedTask,
        async client =>
        {
            SmtpOutcome large = await client.SendAsync(new SmtpEnvelope(Shop, [Ann]), new byte[1_001], Never);
            large.ShouldBeOfType<SmtpOutcome.Rejected>().Reply.Meaning.ShouldBe(SmtpMeaning.TooLarge);
            SmtpOutcome foreign = await client.SendAsync(new SmtpEnvelope(Shop, [new MailAddress(null, "пётр", "почта.рф")]), Message, Never);
            foreign.ShouldBeOfType<SmtpOutcome.Rejected>().Reply.Enhanced.ShouldBe("5.6.7");
        });

    [Theory]
    [InlineData("a\r\nRCPT TO:<evil@x.example>", "x.example")]
    [InlineData("a", "x.example>\r\nDATA")]
    [InlineData("a>", "x.example")]
    [InlineData("a", "x.example> NOTIFY=NEVER")]
    [InlineData("a\0", "x.example")]
    [InlineData("", "x.example")]
    [InlineData("a", "")]
    public Task A_hostile_address_sends_nothing_but_itself(string local, string domain) => With(
        async server =>
        {
            string line = await server.Line();
            if (line.Length == 0)
                return; // refused before a word was said
            await server.Say("250 fine\n");
            (await server.Line()).ShouldBe("RCPT TO:<\"a>\"@x.example> NOTIFY=FAILURE,DELAY");
            server.HangUp();
        },
        async client =>
        {
            SmtpOutcome outcome = await client.SendAsync(new SmtpEnvelope(Shop, [new MailAddress(null, local, domain)]), Message, Never);
            outcome.ShouldNotBeOfType<SmtpOutcome.Accepted>();
            await client.DisposeAsync();
        });

    [Theory]
    [InlineData("a\n.\nb", "a\r\n..\r\nb\r\n")]
    [InlineData("a\r.\rb", "a\r\n..\r\nb\r\n")]
    [InlineData("a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n")]
    [InlineData("a\n.\r\nMAIL FROM:<x>\r\n", "a\r\n..\r\nMAIL FROM:<x>\r\n")]
    [InlineData("\r\r\n.\r", "\r\n\r\n..\r\n")]
    [InlineData(".", "..\r\n")]
    [InlineData("", "")]
    public void No_lone_carriage_return_or_line_feed_leaves_however_the_pieces_are_cut(string message, string wire)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(message);
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            DotStuffing stuffing = new();
            ArrayBufferWriter<byte> target = new();
            stuffing.Write(bytes.AsSpan(0, cut), target);
            stuffing.Write(bytes.AsSpan(cut), target);
            stuffing.Finish(target);
            Encoding.ASCII.GetString(target.WrittenSpan).ShouldBe(wire);
        }
    }

    [Fact]
    public Task Logging_in_goes_by_PLAIN_LOGIN_or_XOAUTH2() => With(async server =>
    {
        (await server.Line()).ShouldBe("AUTH PLAIN AGFubgBzZWNyZXQ=");
        await server.Say("535 5.7.8 no\n");
        (await server.Line()).ShouldBe("AUTH XOAUTH2 dXNlcj1oZWxwQHNob3AuZXhhbXBsZQFhdXRoPUJlYXJlciB0b2sxMjMBAQ==");
        await server.Say("334 eyJzdGF0dXMiOiI0MDEifQ==\n");
        (await server.Line()).ShouldBe("");
        await server.Say("535 5.7.8 expired\n");
    }, async client =>
    {
        (await client.AuthenticateAsync(new MailCredentials.Password("ann", "secret"), Never)).Meaning.ShouldBe(SmtpMeaning.NotAuthorized);
        (await client.AuthenticateAsync(new MailCredentials.Token("help@shop.example", "tok123"), Never)).Meaning.ShouldBe(SmtpMeaning.NotAuthorized);
    });

    [Fact]
    public Task AUTH_LOGIN_is_spoken_where_there_is_no_PLAIN() => With(async server =>
    {
        (await server.Line()).ShouldBe("AUTH LOGIN");
        await server.Say("334 VXNlcm5hbWU6\n");
        (await server.Line()).ShouldBe("YW5u");
        await server.Say("334 UGFzc3dvcmQ6\n");
        (await server.Line()).ShouldBe("c2VjcmV0");
        await server.Say("235 2.7.0 in\n");
    }, async client => (await client.AuthenticateAsync(new MailCredentials.Password("ann", "secret"), Never)).IsPositive.ShouldBeTrue(),
        "250-mx\n250 AUTH LOGIN\n");

    [Fact]
    public Task Nothing_secret_leaves_before_TLS_and_nothing_slips_in() => Both.Sides(async server =>
    {
        await server.Say("220 hi\n");
        await server.Line();
        await server.Say("250-mx\n250-AUTH PLAIN\n250 STARTTLS\n");
        (await server.Line()).ShouldBe("STARTTLS");
        await server.SayRaw("220 go\r\n250 AUTH PLAIN\r\n"u8.ToArray());
    }, async stream =>
    {
        await using SmtpClient client = new(stream, isSecure: false);
        await client.GreetAsync(Never);
        (await client.AuthenticateAsync(new MailCredentials.Password("ann", "secret"), Never)).IsPositive.ShouldBeFalse();
        await Should.ThrowAsync<MailConnectionException>(() => client.StartTlsAsync((plain, _) => Task.FromResult(plain), Never));
    });

    [Fact]
    public Task After_STARTTLS_the_server_is_asked_anew() => Both.Sides(async server =>
    {
        await server.Say("220 hi\n");
        await server.Line();
        await server.Say("250-mx\n250-SIZE 5\n250 STARTTLS\n");
        await server.Line();
        await server.Say("220 go\n");
        (await server.Line()).ShouldStartWith("EHLO ");
        await server.Say("250-mx\n250 AUTH PLAIN\n");
        (await server.Line()).ShouldStartWith("AUTH PLAIN ");
        await server.Say("235 in\n");
    }, async stream =>
    {
        await using SmtpClient client = new(stream, isSecure: false);
        await client.GreetAsync(Never);
        (await client.StartTlsAsync((plain, _) => Task.FromResult(plain), Never)).IsPositive.ShouldBeTrue();
        client.Has("SIZE").ShouldBeFalse();
        (await client.AuthenticateAsync(new MailCredentials.Password("ann", "secret"), Never)).IsPositive.ShouldBeTrue();
    });

    [Theory]
    [InlineData("")]
    [InlineData("hello\n")]
    [InlineData("99 x\n")]
    [InlineData("999 x\n")]
    [InlineData("-20 x\n")]
    public Task A_server_that_speaks_something_else_loses_the_connection(string greeting) => Both.Sides(async server =>
    {
        await server.Say(greeting);
        server.HangUp();
    }, async stream =>
    {
        await using SmtpClient client = new(stream, isSecure: true);
        await Should.ThrowAsync<MailConnectionException>(() => client.GreetAsync(Never));
    });

    [Fact]
    public Task An_endless_reply_ends_the_connection() => Both.Sides(
        server => server.Say("220 hi\n" + string.Concat(Enumerable.Repeat("250-x\n", 1_000))),
        async stream =>
        {
            await using SmtpClient client = new(stream, isSecure: true);
            await Should.ThrowAsync<MailConnectionException>(() => client.GreetAsync(Never));
        });

    private static async Task ToData(Script server)
    {
        await server.Line();
        await server.Say("250 fine\n");
        await server.Line();
        await server.Say("250 fine\n");
        await server.Line();
        await server.Say("354 go\n");
    }

    private static async Task<List<string>> Body(Script server)
    {
        List<string> lines = [];
        for (string line = await server.Line(); line != "."; line = await server.Line())
            lines.Add(line);
        return lines;
    }

    private static Task With(Func<Script, Task> server, Func<SmtpClient, Task> use, string hello = Hello) => Both.Sides(async script =>
    {
        await script.Say("220 mx.example ESMTP\n");
        (await script.Line()).ShouldBe("EHLO hub.example");
        await script.Say(hello);
        await server(script);
    }, async stream =>
    {
        await using SmtpClient client = new(stream, isSecure: true, new SmtpOptions { HostName = "hub.example", Patience = TimeSpan.FromSeconds(20) });
        (await client.GreetAsync(Never)).IsPositive.ShouldBeTrue();
        await use(client);
    });
}
