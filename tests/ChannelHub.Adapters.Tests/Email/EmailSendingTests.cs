using System.Text;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Email;
using ChannelHub.Mail.Mime;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace ChannelHub.Adapters.Tests.Email;

public sealed class EmailSendingTests : IAsyncLifetime
{
    private static readonly Key Ada = new(KeyKinds.Email, "Ada@Customer.example");

    private readonly HttpClient http = new();
    private readonly FakeSmtp server = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        http.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_text_leaves_under_a_signed_id_that_is_the_same_on_every_attempt()
    {
        var sent = (await SendAsync(new TextPart("Dzień dobry\n.kropka"))).ShouldBeOfType<SendResult.Sent>();
        (await SendAsync(new TextPart("Dzień dobry\n.kropka"))).ShouldBe(sent);

        MimeMessage mail = Taken();
        mail.MessageId.ShouldBe(sent.Id.Value);
        sent.Id.Value.ShouldStartWith("msg_0000000000001.0.");
        mail.From[0].Address.ShouldBe("help@shop.example");
        mail.From[0].DisplayName.ShouldBe("Shop");
        mail.ReplyTo[0].Address.ShouldStartWith("help+msg_0000000000001.0.");
        mail.Subject.ShouldBe("Shop");
        mail.Root.Text().TrimEnd().ShouldBe("Dzień dobry\n.kropka");
        server.Mails[0].To.ShouldHaveSingleItem().ShouldContain("Ada@customer.example", Case.Insensitive);
    }

    [Fact]
    public async Task An_answer_stands_below_what_it_answers()
    {
        var received = (MessageReceived)Parse("""
            From: ada@customer.example
            Subject: Where is it?
            Message-ID: <a2@customer.example>
            References: <a0@customer.example> <a1@customer.example>

            Well?
            """);
        await SendAsync(new TextPart("Here."), change: message => message with { Address = received.Sender.Address });

        MimeMessage mail = Taken();
        mail.Subject.ShouldBe("Re: Where is it?");
        mail.InReplyTo.ShouldBe(["a2@customer.example"]);
        mail.References.ShouldBe(["a0@customer.example", "a1@customer.example", "a2@customer.example"]);
    }

    [Fact]
    public async Task An_answer_to_what_was_sent_is_known_by_its_id_and_by_its_address()
    {
        await SendAsync(new TextPart("Here."));
        MimeMessage mail = Taken();
        string[] headers =
        [
            $"In-Reply-To: <{mail.MessageId}>", $"References: <x@y> <{mail.MessageId!.ToUpperInvariant()}>",
            $"To: <{mail.ReplyTo[0].Address}>", $"Delivered-To: {mail.ReplyTo[0].Address}",
        ];
        foreach (string header in headers)
            Answer(header).ThreadOf.ShouldBe(new ExternalId("msg_0000000000001.0"), header);
        Answer($"In-Reply-To: <msg_0000000000002.0.{mail.MessageId.Split('.')[2]}@shop.example>").ThreadOf.ShouldBeNull();

        MessageReceived Answer(string header) =>
            (MessageReceived)Parse($"From: b@else.example\n{header}\nMessage-ID: <b1@else.example>\n\nYes\n");
    }

    [Fact]
    public async Task A_file_leaves_with_its_caption_in_one_mail()
    {
        OutboundMessage picture = SampleMessages.Picture(Ada);
        (await Channel().SendAsync(picture, CancellationToken.None)).ShouldBeOfType<SendResult.Sent>();
        var content = ChannelHub.Mail.Reading.MailContent.Of(Taken());
        content.Attachments.ShouldHaveSingleItem().FileName.ShouldBe("parcel.png");
        content.Text.TrimEnd().ShouldBe(((MediaPart)picture.Part).Caption);
    }

    [Fact]
    public async Task What_a_program_writes_says_so_and_can_be_unsubscribed_from()
    {
        await SendAsync(new TextPart("Offer"), change: message => message with { AuthorKind = "bot" });
        MimeMessage mail = Taken();
        mail.Headers.Value("Auto-Submitted").ShouldBe("auto-generated");
        mail.Headers.Value("List-Unsubscribe").ShouldNotBeNull().ShouldStartWith("<mailto:help+msg_0000000000001.0.");
    }

    [Theory]
    [InlineData("RCPT", "550 5.1.1 no such user", typeof(SendResult.Rejected), FaultKind.UnknownRecipient)]
    [InlineData("RCPT", "450 4.2.0 greylisted", typeof(SendResult.Deferred), FaultKind.ProviderDown)]
    [InlineData("MAIL", "421 4.3.2 closing", typeof(SendResult.Deferred), FaultKind.ProviderDown)]
    [InlineData("AUTH", "535 5.7.8 wrong password", typeof(SendResult.Deferred), FaultKind.NotAuthorized)]
    [InlineData("AUTH", "454 4.7.0 later", typeof(SendResult.Deferred), FaultKind.ProviderDown)]
    [InlineData(".", "554 5.7.1 spam", typeof(SendResult.Rejected), FaultKind.ContentRefused)]
    [InlineData(".", "552 5.3.4 too large", typeof(SendResult.Rejected), FaultKind.ContentRefused)]
    [InlineData(".", "550 5.4.5 daily limit", typeof(SendResult.Deferred), FaultKind.RateLimited)]
    [InlineData("EHLO", "", typeof(SendResult.Deferred), FaultKind.ProviderDown)]
    [InlineData("DATA", "", typeof(SendResult.Deferred), FaultKind.ProviderDown)]
    public async Task What_the_server_says_becomes_a_fault(string at, string answer, Type result, FaultKind kind)
    {
        server.Answer = line => line.StartsWith(at, StringComparison.Ordinal) && line.Length > 0 ? answer : null;
        SendResult told = await SendAsync(new TextPart("Hello"));
        told.ShouldBeOfType(result);
        (told is SendResult.Rejected rejected ? rejected.Fault : ((SendResult.Deferred)told).Fault).Kind.ShouldBe(kind);
    }

    [Fact]
    public async Task A_connection_lost_after_the_last_line_leaves_it_unconfirmed_and_its_echo_settles_it()
    {
        server.Answer = line => line == "." ? "" : null;
        (await SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Unconfirmed>();
        var settled = Parse(server.Mails[0].Data).ShouldBeOfType<DeliveryReported>();
        settled.State.ShouldBe(DeliveryState.Sent);
        settled.Id.Value.ShouldBe("msg_0000000000001.0");
    }

    [Fact]
    public async Task A_cancelled_send_stops()
    {
        using var stop = new CancellationTokenSource();
        server.Answer = line =>
        {
            if (line.StartsWith("EHLO", StringComparison.Ordinal))
                stop.Cancel();
            return line.Length == 0 ? "220 mx" : "250 fine";
        };
        await Should.ThrowAsync<OperationCanceledException>(() => Channel().SendAsync(SampleMessages.Text(Ada), stop.Token).AsTask());
    }

    [Fact]
    public async Task Nothing_secret_goes_over_an_open_connection_to_another_machine()
    {
        var channel = (IMessageSender)new EmailChannelType().Open(Settings() with { Smtp = new EmailSmtp { Host = "mx.shop.example", Security = MailSecurity.None } },
            Environment() with { Dial = (_, _, stop) => Loopback.DialAsync("127.0.0.1", server.Port, stop) });
        SendResult told = await channel.SendAsync(SampleMessages.Text(Ada), CancellationToken.None);
        told.ShouldBeOfType<SendResult.Deferred>().Fault.Kind.ShouldBe(FaultKind.NotAuthorized);
        server.Commands.ShouldNotContain(line => line.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_probe_logs_in()
    {
        (await Channel().ProbeAsync(CancellationToken.None)).Ok.ShouldBeTrue();
        server.Answer = line => line.StartsWith("AUTH", StringComparison.Ordinal) ? "535 5.7.8 wrong" : null;
        (await Channel().ProbeAsync(CancellationToken.None)).Fault!.Kind.ShouldBe(FaultKind.NotAuthorized);
    }

    private EmailSettings Settings() => new()
    {
        Address = "help@shop.example",
        DisplayName = "Shop",
        Password = "password",
        InboundToken = "t",
        Smtp = new EmailSmtp { Host = "127.0.0.1", Port = server.Port, Security = MailSecurity.None },
    };

    private ChannelEnvironment Environment() => new(http, TimeProvider.System, NullLogger.Instance) { SigningKey = "a key"u8.ToArray(), Dial = Loopback.DialAsync };

    private IMessageSender Channel() => (IMessageSender)new EmailChannelType().Open(Settings(), Environment());

    private ValueTask<SendResult> SendAsync(Part part, Func<OutboundMessage, OutboundMessage>? change = null)
    {
        OutboundMessage message = SampleMessages.Of(Ada, null, part);
        return Channel().SendAsync(change?.Invoke(message) ?? message, CancellationToken.None);
    }

    private MimeMessage Taken() => MimeParser.Parse(Encoding.UTF8.GetBytes(server.Mails[0].Data));

    private ChannelEvent Parse(string mail)
    {
        var recording = new Recording { Name = "mail", Headers = new Dictionary<string, string> { ["Authorization"] = "Bearer t" }, Body = Encoding.UTF8.GetBytes(mail) };
        Received received = recording.ReceiveBy(new EmailChannelType(), Channel(), DateTimeOffset.UnixEpoch)!;
        return received.Entries.ShouldHaveSingleItem().ShouldBeOfType<Entry.Understood>().Event;
    }
}
