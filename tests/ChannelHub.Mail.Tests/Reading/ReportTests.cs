using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Reading;
using ChannelHub.Mail.Tests.Corpora;
using Xunit.Abstractions;

namespace ChannelHub.Mail.Tests.Reading;

public sealed class ReportTests(ITestOutputHelper output)
{
    private const string Dsn = """
        From: MAILER-DAEMON@mx.example
        Subject: Undelivered Mail
        Content-Type: multipart/report; report-type=delivery-status; boundary=r

        --r

        Sorry.
        --r
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example
        Original-Envelope-Id: m1

        Final-Recipient: rfc822; ann@mail.example
        Action: failed
        Status: 5.0.0
        Diagnostic-Code: smtp; 550 5.1.1 no such
         user here

        Final-Recipient: rfc822; bob@mail.example
        Action: delayed
        Status: 4.4.1

        --r
        Content-Type: text/rfc822-headers

        Message-ID: <hub.1@mail.shop.example>
        Subject: Your order
        --r--
        """;

    [Fact]
    public void A_standard_bounce_names_mail_recipients_and_reasons()
    {
        DeliveryReport report = MailReports.Delivery(Some.Mail(Dsn)).ShouldNotBeNull();
        report.IsStandard.ShouldBeTrue();
        report.OriginalMessageId.ShouldBe("hub.1@mail.shop.example");
        report.OriginalEnvelopeId.ShouldBe("m1");
        report.Recipients.Select(r => r.Action).ShouldBe([DeliveryAction.Failed, DeliveryAction.Delayed]);
        report.Recipients[0].ShouldBe(new DeliveryRecipient("ann@mail.example", DeliveryAction.Failed, "5.1.1", "550 5.1.1 no such user here"));
        report.Recipients[0].IsUnknownRecipient.ShouldBeTrue();
        report.Recipients[1].IsPermanent.ShouldBeFalse();
        MailAutomation.Of(Some.Mail(Dsn)).Kind.ShouldBe(AutomationKind.Report);
    }

    [Theory]
    [InlineData("X-Failed-Recipients: ann@mail.example\nFrom: Mail Delivery System <Mailer-Daemon@mx.example>\nSubject: Mail delivery failed: returning message to sender\n\nThis message was created automatically.\n\n  ann@mail.example\n    550 5.1.1 no such user", "5.1.1", DeliveryAction.Failed)]
    [InlineData("From: MAILER-DAEMON@mx.example\nSubject: failure notice\n\nHi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message.\n\n<ann@mail.example>:\n192.0.2.1 does not like recipient.\nRemote host said: 552 5.2.2 mailbox full\n\n--- Below this line is a copy of the message.\n\nMessage-ID: <hub.2@mail.shop.example>", "5.2.2", DeliveryAction.Failed)]
    [InlineData("From: mailer-daemon@corp.mail.ru\nSubject: Mail failure.\n\nСообщение не может быть доставлено:\nann@mail.example\nнет такого ящика 550", "5.1.1", DeliveryAction.Failed)]
    [InlineData("From: postmaster@mx.example\nSubject: Delivery delayed\n\nYour message could not be delivered for 4 hours to ann@mail.example. It will be retried. 451 4.4.1", "4.4.1", DeliveryAction.Delayed)]
    public void Bounces_in_prose_are_understood(string mail, string status, DeliveryAction action)
    {
        DeliveryReport report = MailReports.Delivery(Some.Mail(mail)).ShouldNotBeNull();
        report.IsStandard.ShouldBeFalse();
        DeliveryRecipient recipient = report.Recipients.ShouldHaveSingleItem();
        recipient.Address.ShouldBe("ann@mail.example");
        recipient.Status.ShouldBe(status);
        recipient.Action.ShouldBe(action);
        if (mail.Contains("hub.2", StringComparison.Ordinal))
            report.OriginalMessageId.ShouldBe("hub.2@mail.shop.example");
    }

    [Theory]
    [InlineData("From: Ann <ann@mail.example>\nSubject: Fwd: Undelivered Mail Returned to Sender\n\nI got this: delivery failed, 550 5.1.1. What now?")]
    [InlineData("From: postmaster@shop.example\nSubject: New price list\n\nHello, here it is.")]
    public void What_only_looks_like_a_bounce_stays_mail(string mail) => MailReports.Delivery(Some.Mail(mail)).ShouldBeNull();

    [Fact]
    public void Complaints_and_read_receipts_are_told_apart()
    {
        Complaint complaint = MailReports.Complaint(Some.Mail("""
            Content-Type: multipart/report; report-type=feedback-report; boundary=r

            --r
            Content-Type: message/feedback-report

            Feedback-Type: abuse
            Original-Rcpt-To: <ann@mail.example>

            --r
            Content-Type: message/rfc822

            Message-ID: <hub.3@mail.shop.example>

            x
            --r--
            """)).ShouldNotBeNull();
        complaint.FeedbackType.ShouldBe("abuse");
        complaint.OriginalMessageId.ShouldBe("hub.3@mail.shop.example");
        complaint.Recipients.ShouldBe(["ann@mail.example"]);

        ReadReport read = MailReports.Read(Some.Mail("""
            Content-Type: multipart/report; report-type=disposition-notification; boundary=r

            --r
            Content-Type: message/disposition-notification

            Final-Recipient: rfc822; ann@mail.example
            Original-Message-ID: <hub.4@mail.shop.example>
            Disposition: manual-action/MDN-sent-manually; displayed
            --r--
            """)).ShouldNotBeNull();
        read.ShouldBe(new ReadReport("hub.4@mail.shop.example", "ann@mail.example", "displayed"));
    }

    [Fact]
    public void Reports_of_the_corpus_are_recognised()
    {
        int delivery = 0, complaints = 0, reads = 0;
        foreach (string file in Corpus.Mails(output.WriteLine).Concat(Corpus.Files("mail-auth/arf", output.WriteLine).Where(f => f.EndsWith(".eml", StringComparison.Ordinal))))
        {
            MimeMessage mail = MimeParser.Parse(File.ReadAllBytes(file));
            delivery += MailReports.Delivery(mail) is null ? 0 : 1;
            reads += MailReports.Read(mail) is null ? 0 : 1;
            complaints += MailReports.Complaint(mail) is null ? 0 : 1;
            string folder = Path.GetFileName(Path.GetDirectoryName(file))!;
            if (folder == "arf")
                MailReports.Complaint(mail).ShouldNotBeNull(file);
            if (MailReports.Delivery(mail) is { } report)
                report.Recipients.ShouldNotBeEmpty(file);
            if (MailReports.Delivery(mail) is not null)
                MailAutomation.Of(mail).MayBeAnswered.ShouldBeFalse(file);
        }
        output.WriteLine($"{delivery} delivery reports, {complaints} complaints, {reads} read receipts");
    }

    [Theory]
    [InlineData("Auto-Submitted: no", AutomationKind.None, true)]
    [InlineData("Auto-Submitted: auto-replied (vacation)", AutomationKind.AutoReply, false)]
    [InlineData("Auto-Submitted: auto-generated", AutomationKind.AutoGenerated, false)]
    [InlineData("X-Autoreply: yes", AutomationKind.AutoReply, false)]
    [InlineData("Precedence: bulk", AutomationKind.Bulk, false)]
    [InlineData("Precedence: list", AutomationKind.MailingList, false)]
    [InlineData("List-Id: <x.example>", AutomationKind.MailingList, false)]
    [InlineData("List-Unsubscribe: <https://x.example>", AutomationKind.Bulk, false)]
    [InlineData("Return-Path: <>", AutomationKind.AutoGenerated, false)]
    [InlineData("X-Auto-Response-Suppress: All", AutomationKind.None, false)]
    [InlineData("X-Loop: us", AutomationKind.None, false)]
    [InlineData("Subject: Automatische Antwort: x", AutomationKind.AutoReply, false)]
    [InlineData("Subject: question", AutomationKind.None, true)]
    public void Machines_are_recognised_and_not_answered(string header, AutomationKind kind, bool mayBeAnswered)
    {
        MailAutomation found = MailAutomation.Of(Some.Mail("From: ann@mail.example\n" + header + "\n\nhi"));
        found.Kind.ShouldBe(kind);
        found.MayBeAnswered.ShouldBe(mayBeAnswered);
    }

    [Fact]
    public void A_mail_that_went_in_circles_is_not_answered() =>
        MailAutomation.Of(Some.Mail(string.Concat(Enumerable.Repeat("Received: from a by b\n", 51)) + "From: ann@mail.example\n\nhi")).MayBeAnswered.ShouldBeFalse();
}
