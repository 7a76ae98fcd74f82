using System.Text;
using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Reading;
using ChannelHub.Mail.Tests.Corpora;

namespace ChannelHub.Mail.Tests.Mime;

public sealed class MimeParserTests
{
    [Fact]
    public void A_mail_of_text_html_and_a_file_is_taken_apart()
    {
        MailContent mail = Some.Content("""
            From: Ann <ann@mail.example>
            Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=
            Content-Type: multipart/mixed; boundary=a

            --a
            Content-Type: multipart/alternative; boundary=b

            --b
            Content-Type: text/plain

            words
            --b
            Content-Type: text/html

            <b>words</b>
            --b--
            --a
            Content-Type: application/pdf; name="x.pdf"
            Content-Transfer-Encoding: base64

            aGVsbG8=
            --a--
            """);

        mail.Message.Subject.ShouldBe("Grüße");
        mail.Text.ShouldBe("words");
        mail.Html.ShouldBe("<b>words</b>");
        MailAttachment file = mail.Attachments.ShouldHaveSingleItem();
        file.FileName.ShouldBe("x.pdf");
        Encoding.ASCII.GetString(file.Content().Span).ShouldBe("hello");
        mail.Message.Defects.ShouldBe(MailDefects.None);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r\n")]
    [InlineData("\0\0\0")]
    [InlineData(":")]
    [InlineData("Subject")]
    [InlineData("Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n--\r\n")]
    [InlineData("Content-Type: multipart/mixed; boundary=\"\r\n\r\n--x")]
    [InlineData("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n====")]
    [InlineData("Content-Type: ;;;==;\"\r\n\r\nx")]
    [InlineData("From: \r\nTo: ,,;;:<>@\"\r\nDate: x\r\nReferences: <<<>>>\r\n\r\n")]
    public void Nothing_makes_it_throw(string mail) => Touch.Everything(MailContent.Of(Some.Raw(mail)));

    [Fact]
    public void Lines_that_end_in_a_bare_carriage_return_are_lines_when_no_other_exist()
    {
        MimeMessage mail = Some.Raw("Subject: a\rFrom: x@y.example\r\rbody\rmore");
        mail.Subject.ShouldBe("a");
        mail.Root.Text().ShouldBe("body\nmore");
        mail.Defects.ShouldBe(MailDefects.BareCarriageReturns);
    }

    [Fact]
    public void A_bare_carriage_return_among_proper_lines_begins_no_header()
    {
        MimeMessage mail = Some.Raw("Subject: a\rBcc: evil@x.example\r\nFrom: x@y.example\r\n\r\nbody");
        mail.Headers.Has("Bcc").ShouldBeFalse();
        mail.Subject.ShouldBe("a Bcc: evil@x.example");
    }

    [Fact]
    public void Of_two_From_fields_the_first_counts_everywhere()
    {
        MimeMessage mail = Some.Mail("From: a@x.example\nFrom: b@y.example\n\nhi");
        mail.From.ShouldHaveSingleItem().Address.ShouldBe("a@x.example");
        mail.Headers.All("From").Count().ShouldBe(2);
    }

    [Fact]
    public void A_missing_end_and_a_missing_boundary_parameter_are_survived()
    {
        Some.Content("Content-Type: multipart/mixed; boundary=a\n\n--a\n\nfirst\n--a\n\nsecond").Text.ShouldBe("first\nsecond");
        Some.Content("Content-Type: multipart/mixed\n\n--xyz\nContent-Type: text/plain\n\nfirst\n--xyz--\n").Text.ShouldBe("first");
        Some.Content("Content-Type: multipart/mixed; boundary=a\n\nno parts at all").Text.ShouldBe("no parts at all");
    }

    [Fact]
    public void An_outer_boundary_ends_what_was_left_open_inside()
    {
        MimeMessage mail = Some.Mail("""
            Content-Type: multipart/mixed; boundary=out

            --out
            Content-Type: multipart/alternative; boundary=in

            --in

            lost end
            --out

            after
            --out--
            """);
        mail.Root.Children.Count.ShouldBe(2);
        mail.Root.Children[1].Text().ShouldBe("after");
        mail.Defects.HasFlag(MailDefects.NotClosed).ShouldBeTrue();
    }

    [Fact]
    public void A_boundary_that_begins_like_another_is_another()
    {
        MimeMessage mail = Some.Mail("""
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: multipart/mixed; boundary=b1

            --b1

            one
            --b1--
            --b

            two
            --b--
            """);
        mail.Root.Children.Select(c => c.Children.Count).ShouldBe([1, 0]);
        mail.Root.Children[0].Children[0].Text().ShouldBe("one");
    }

    [Fact]
    public void An_attached_message_is_read_and_its_bytes_are_kept()
    {
        MimeMessage mail = Some.Mail("""
            Content-Type: multipart/mixed; boundary=a

            --a
            Content-Type: message/rfc822

            Subject: inner
            Content-Type: multipart/mixed; boundary=i

            --i

            deep
            --i--
            after the end
            --a--
            """);
        MimePart part = mail.Root.Children.ShouldHaveSingleItem();
        part.Message!.Subject.ShouldBe("inner");
        part.Message.Root.Children.ShouldHaveSingleItem().Text().ShouldBe("deep");
        Encoding.ASCII.GetString(part.Body.Span).ShouldEndWith("--i--\r\nafter the end");
        MailContent.Of(mail).Attachments.ShouldHaveSingleItem().SafeName.ShouldBe("inner.eml");
    }

    [Fact]
    public void An_attached_message_in_base64_is_read_all_the_same()
    {
        string inner = Convert.ToBase64String("Subject: inner\r\n\r\nhello"u8);
        MimeMessage mail = Some.Mail($"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{inner}\n");
        mail.Root.Message!.Subject.ShouldBe("inner");
        mail.Root.Message.Root.Text().ShouldBe("hello");
    }

    [Fact]
    public void A_header_that_lost_its_indent_stays_one_header()
    {
        MimeMessage mail = Some.Mail("Subject: one\ntwo three\nFrom: a@b.example\n\nbody");
        mail.Subject.ShouldBe("one two three");
        mail.From.Count.ShouldBe(1);
        mail.Root.Text().ShouldBe("body");
    }

    [Fact]
    public void A_body_without_the_empty_line_before_it_is_not_taken_for_headers()
    {
        MimeMessage mail = Some.Mail("Subject: one\nHello there,\nhow are you?\n");
        mail.Subject.ShouldBe("one");
        mail.Root.Text().ShouldBe("Hello there,\nhow are you?\n");
        mail.Defects.HasFlag(MailDefects.NoHeaderEnd).ShouldBeTrue();
    }

    [Fact]
    public void Protected_and_packed_mail_is_named_as_such()
    {
        Some.Content("Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n\nx").Protection.ShouldBe(MailProtection.SmimeSealed);
        Some.Content("Content-Type: multipart/encrypted; boundary=a; protocol=\"application/pgp-encrypted\"\n\n--a\n\nx\n--a--").Protection
            .ShouldBe(MailProtection.PgpEncrypted);
        Some.Content("Content-Type: multipart/signed; boundary=a; protocol=\"application/pgp-signature\"\n\n--a\n\nx\n--a--").Protection
            .ShouldBe(MailProtection.PgpSigned);
        Some.Content("Subject: x\n\n-----BEGIN PGP MESSAGE-----\n\nabc").Protection.ShouldBe(MailProtection.PgpEncrypted);
        Some.Content("Content-Type: application/ms-tnef; name=winmail.dat\n\nx").HasTnef.ShouldBeTrue();
        Some.Content("Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR").Calendar.ShouldNotBeNull();
    }

    [Fact]
    public void A_picture_that_the_html_shows_is_inline_and_another_is_not()
    {
        MailContent mail = Some.Content("""
            Content-Type: multipart/related; boundary=a

            --a
            Content-Type: text/html

            <img src="cid:one@x">
            --a
            Content-Type: image/png
            Content-ID: <one@x>

            1
            --a
            Content-Type: image/png
            Content-ID: <two@x>

            2
            --a--
            """);
        mail.Attachments.Select(a => a.IsInline).ShouldBe([true, false]);
    }

    [Fact]
    public void Flowed_lines_are_joined()
    {
        Some.Content("Content-Type: text/plain; format=flowed\n\nA long \nline\n> quo \n> ted\n-- \nme").Text.ShouldBe("A long line\n> quo ted\n-- \nme");
        Some.Content("Content-Type: text/plain; format=flowed; delsp=yes\n\n\u65e5 \n\u672c").Text.ShouldBe("\u65e5\u672c");
    }
}
