using ChannelHub.Adapters.Conformance;
using ChannelHub.Email;
using ChannelHub.Mail.Mime;
using Shouldly;
using Xunit;

namespace ChannelHub.Adapters.Tests.Email;

public sealed class EmailSendingTests : IAsyncLifetime
{
    private readonly SendingMailbox mailbox = new();

    private FakeSmtp Server => mailbox.Server;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => mailbox.DisposeAsync().AsTask();

    [Fact]
    public async Task A_text_leaves_under_a_signed_id_that_is_the_same_on_every_attempt()
    {
        var sent = (await mailbox.SendAsync(new TextPart("Dzień dobry\n.kropka"))).ShouldBeOfType<SendResult.Sent>();
        (await mailbox.SendAsync(new TextPart("Dzień dobry\n.kropka"))).ShouldBe(sent);

        MimeMessage mail = mailbox.Taken;
        mail.MessageId.ShouldBe(sent.Id.Value);
        sent.Id.Value.ShouldStartWith("msg_0000000000001.0.");
        mail.From[0].Address.ShouldBe("help@shop.example");
        mail.From[0].DisplayName.ShouldBe("Shop");
        mail.ReplyTo[0].Address.ShouldStartWith("help+msg_0000000000001.0.");
        mail.Subject.ShouldBe("Shop");
        mail.Root.Text().TrimEnd().ShouldBe("Dzień dobry\n.kropka");
        Server.Mails[0].To.ShouldHaveSingleItem().ShouldContain("Ada@customer.example", Case.Insensitive);
    }

    [Fact]
    public async Task An_answer_stands_below_what_it_answers()
    {
        var received = (MessageReceived)mailbox.Read("""
            From: ada@customer.example
            Subject: Where is it?
            Message-ID: <a2@customer.example>
            References: <a0@customer.example> <a1@customer.example>

            Well?
            """);
        await mailbox.SendAsync(new TextPart("Here."), change: message => message with { Address = received.Sender.Address });

        MimeMessage mail = mailbox.Taken;
        mail.Subject.ShouldBe("Re: Where is it?");
        mail.InReplyTo.ShouldBe(["a2@customer.example"]);
        mail.References.ShouldBe(["a0@customer.example", "a1@customer.example", "a2@customer.example"]);
    }

    [Fact]
    public async Task An_answer_to_what_was_sent_is_known_by_its_id_and_by_its_address()
    {
        await mailbox.SendAsync(new TextPart("Here."));
        MimeMessage mail = mailbox.Taken;
        string[] headers =
        [
            $"In-Reply-To: <{mail.MessageId}>", $"References: <x@y> <{mail.MessageId!.ToUpperInvariant()}>",
            $"To: <{mail.ReplyTo[0].Address}>", $"Delivered-To: {mail.ReplyTo[0].Address}",
        ];
        foreach (string header in headers)
            Answer(header).ThreadOf.ShouldBe(new ExternalId("msg_0000000000001.0"), header);
        Answer($"In-Reply-To: <msg_0000000000002.0.{mail.MessageId.Split('.')[2]}@shop.example>").ThreadOf.ShouldBeNull();

        MessageReceived Answer(string header) =>
            (MessageReceived)mailbox.Read($"From: b@else.example\n{header}\nMessage-ID: <b1@else.example>\n\nYes\n");
    }

    [Fact]
    public async Task A_file_leaves_with_its_caption_in_one_mail()
    {
        OutboundMessage picture = SampleMessages.Picture(SendingMailbox.Ada);
        (await mailbox.Open().SendAsync(picture, CancellationToken.None)).ShouldBeOfType<SendResult.Sent>();
        var content = ChannelHub.Mail.Reading.MailContent.Of(mailbox.Taken);
        content.Attachments.ShouldHaveSingleItem().FileName.ShouldBe("parcel.png");
        content.Text.TrimEnd().ShouldBe(((MediaPart)picture.Part).Caption);
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
        Server.Answer = line => line.StartsWith(at, StringComparison.Ordinal) && line.Length > 0 ? answer : null;
        SendResult told = await mailbox.SendAsync(new TextPart("Hello"));
        told.ShouldBeOfType(result);
        (told is SendResult.Rejected rejected ? rejected.Fault : ((SendResult.Deferred)told).Fault).Kind.ShouldBe(kind);
    }

    [Fact]
    public async Task A_connection_lost_after_the_last_line_leaves_it_unconfirmed_and_its_echo_settles_it()
    {
        Server.Answer = line => line == "." ? "" : null;
        (await mailbox.SendAsync(new TextPart("Hello"))).ShouldBeOfType<SendResult.Unconfirmed>();
        var settled = mailbox.Read(Server.Mails[0].Data).ShouldBeOfType<DeliveryReported>();
        settled.State.ShouldBe(DeliveryState.Sent);
        settled.Id.Value.ShouldBe("msg_0000000000001.0");
    }

    [Fact]
    public async Task A_cancelled_send_stops()
    {
        using var stop = new CancellationTokenSource();
        Server.Answer = line =>
        {
            if (line.StartsWith("EHLO", StringComparison.Ordinal))
                stop.Cancel();
            return line.Length == 0 ? "220 mx" : "250 fine";
        };
        await Should.ThrowAsync<OperationCanceledException>(() => mailbox.Open().SendAsync(SampleMessages.Text(SendingMailbox.Ada), stop.Token).AsTask());
    }

    [Fact]
    public async Task Nothing_secret_goes_over_an_open_connection_to_another_machine()
    {
        mailbox.Settings = mailbox.Settings with { Smtp = new EmailSmtp { Host = "mx.shop.example", Security = MailSecurity.None } };
        mailbox.Environment = mailbox.Environment with { Dial = (_, _, stop) => Loopback.DialAsync("127.0.0.1", Server.Port, stop) };
        SendResult told = await mailbox.Open().SendAsync(SampleMessages.Text(SendingMailbox.Ada), CancellationToken.None);
        told.ShouldBeOfType<SendResult.Deferred>().Fault.Kind.ShouldBe(FaultKind.NotAuthorized);
        Server.Commands.ShouldNotContain(line => line.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_probe_logs_in()
    {
        (await mailbox.Open().ProbeAsync(CancellationToken.None)).Ok.ShouldBeTrue();
        Server.Answer = line => line.StartsWith("AUTH", StringComparison.Ordinal) ? "535 5.7.8 wrong" : null;
        (await mailbox.Open().ProbeAsync(CancellationToken.None)).Fault!.Kind.ShouldBe(FaultKind.NotAuthorized);
    }
}
