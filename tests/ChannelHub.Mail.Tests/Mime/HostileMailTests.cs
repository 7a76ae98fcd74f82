using System.Text;
using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Reading;
using ChannelHub.Mail.Tests.Corpora;
using Xunit.Abstractions;

namespace ChannelHub.Mail.Tests.Mime;

public sealed class HostileMailTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(50)]
    [InlineData(500)]
    [InlineData(3_000)]
    [InlineData(10_000)]
    public void Depth_is_a_counted_limit(int levels)
    {
        StringBuilder multiparts = new("Subject: deep\r\n");
        for (int i = 0; i < levels; i++)
            multiparts.Append("Content-Type: multipart/mixed; boundary=b").Append(i).Append("\r\n\r\n--b").Append(i).Append("\r\n");
        MimeMessage nested = Read(multiparts + "\r\nthe end");
        Depth(nested).ShouldBeLessThanOrEqualTo(MailLimits.Default.Depth + 1);
        nested.Defects.HasFlag(MailDefects.TooDeep).ShouldBe(levels > MailLimits.Default.Depth);

        MimeMessage messages = Read(string.Concat(Enumerable.Repeat("Content-Type: message/rfc822\r\n\r\n", levels)) + "Subject: core\r\n\r\nx");
        messages.Defects.HasFlag(MailDefects.TooDeep).ShouldBe(levels > MailLimits.Default.Depth);
    }

    [Fact]
    public void A_message_in_base64_in_a_message_in_base64_ends_somewhere()
    {
        string inner = "Subject: core\r\n\r\nx";
        for (int i = 0; i < 25; i++)
            inner = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + Convert.ToBase64String(Encoding.ASCII.GetBytes(inner), Base64FormattingOptions.InsertLineBreaks);
        Touch.Everything(MailContent.Of(Read(inner)));
    }

    [Fact]
    public void A_million_parts_cost_no_more_than_the_first_thousand()
    {
        MimeMessage mail = Read("Content-Type: multipart/mixed; boundary=b\r\n\r\n" + string.Concat(Enumerable.Repeat("--b\r\n\r\nx\r\n", 1_000_000)));
        mail.Root.Children.Count.ShouldBe(MailLimits.Default.Parts - 1);
        mail.Defects.HasFlag(MailDefects.TooManyParts).ShouldBeTrue();
    }

    [Fact]
    public void A_hundred_thousand_headers_are_cut_at_the_limit()
    {
        MimeMessage mail = Read(string.Concat(Enumerable.Range(0, 100_000).Select(i => $"X-{i}: y\r\n")) + "\r\nbody");
        mail.Headers.Count.ShouldBe(MailLimits.Default.Headers);
        mail.Root.Text().ShouldBe("body");
        mail.Defects.HasFlag(MailDefects.TooManyHeaders).ShouldBeTrue();
    }

    [Fact]
    public void A_header_of_fifty_megabytes_is_cut()
    {
        MimeMessage mail = Read("Subject: " + new string('a', 50_000_000) + "\r\nFrom: a@x.example\r\n\r\nbody");
        mail.Subject.Length.ShouldBeLessThanOrEqualTo(MailLimits.Default.HeaderBytes);
        mail.From.Count.ShouldBe(1);
        mail.Defects.HasFlag(MailDefects.HeaderTooLong).ShouldBeTrue();
    }

    [Fact]
    public void Memory_stays_in_proportion_to_the_mail()
    {
        foreach (string mail in Bombs(200_000))
        {
            byte[] raw = Encoding.Latin1.GetBytes(mail);
            MimeParser.Parse(raw); // code is made ready
            long before = GC.GetAllocatedBytesForCurrentThread();
            MimeParser.Parse(raw);
            long spent = GC.GetAllocatedBytesForCurrentThread() - before;
            output.WriteLine($"{raw.Length,8} bytes, {spent,8} spent: {mail[..Math.Min(60, mail.Length)].ReplaceLineEndings(" ")}");
            spent.ShouldBeLessThan((8L * raw.Length) + 4_000_000);
        }
    }

    [Fact]
    public void Work_doubles_when_the_mail_doubles()
    {
        // What is spent on memory stands for work: everything quadratic here would copy or list quadratically.
        foreach ((string small, string large) in Bombs(60_000).Zip(Bombs(120_000)))
        {
            long once = Spent(small);
            long twice = Spent(large);
            output.WriteLine($"{once,9} → {twice,9}: {small[..Math.Min(60, small.Length)].ReplaceLineEndings(" ")}");
            twice.ShouldBeLessThan((long)(once * 2.6) + 600_000);
        }
    }

    [Fact]
    public void A_mail_cut_at_every_byte_is_read()
    {
        byte[] mail = Some.Compose(Some.Outgoing() with
        {
            Subject = "Grüße aus Zürich — mit einem langen Betreff, der gefaltet wird",
            Html = "<p>Hello <img src=\"cid:p@x\"></p>",
            Files = [new OutgoingFile("ä.pdf", "application/pdf", new byte[300]), new OutgoingFile("p.png", "image/png", new byte[50]) { ContentId = "p@x" }],
        });
        for (int length = 0; length < mail.Length; length++)
            Touch.Everything(MailContent.Of(MimeParser.Parse(mail.AsMemory(0, length))));
    }

    [Fact]
    public void Random_bytes_are_read()
    {
        Random random = new(7);
        for (int i = 0; i < 3_000; i++)
        {
            byte[] raw = new byte[random.Next(1_500)];
            random.NextBytes(raw);
            Touch.Everything(MailContent.Of(MimeParser.Parse(raw)));
        }
    }

    [Fact]
    public void Random_pieces_of_mail_are_read()
    {
        Random random = new(11);
        for (int i = 0; i < 4_000; i++)
            Touch.Everything(MailContent.Of(MimeParser.Parse(Mutations.Pieces(random))));
    }

    [Fact]
    public void Mutated_mails_of_the_corpus_are_read()
    {
        Random random = new(13);
        int read = 0;
        foreach (string file in Corpus.Mails(output.WriteLine))
        {
            byte[] raw = File.ReadAllBytes(file);
            if (raw.Length is 0 or > 60_000)
                continue;
            for (int round = 0; round < 6; round++)
            {
                Touch.Everything(MailContent.Of(MimeParser.Parse(Mutations.Of(raw, random))));
                read++;
            }
        }
        output.WriteLine($"{read} mutations read");
    }

    /// <summary>Mails that make careless readers go over the same bytes again and again.</summary>
    private static IEnumerable<string> Bombs(int size)
    {
        string Fill(string piece) => string.Concat(Enumerable.Repeat(piece, size / piece.Length));
        yield return "Subject: " + Fill("=?utf-8?Q?") + "\r\n\r\n";
        yield return "Subject: " + Fill("=?utf-8?Q?a") + "?=\r\n\r\n";
        yield return "Subject: " + Fill("=?utf-8?Q?=41?= ") + "\r\n\r\n";
        yield return "Subject: x\r\n" + Fill(" \r\n") + "\r\n";
        yield return "From: " + Fill("(") + "\r\n\r\n";
        yield return "From: " + Fill("\"") + "\r\n\r\n";
        yield return "From: " + Fill("<") + "\r\n\r\n";
        yield return "From: " + Fill("a@a@") + "\r\n\r\n";
        yield return "From: " + Fill("a@x.example ") + "\r\n\r\n";
        yield return "From: " + Fill("a ") + "\r\n\r\n";
        yield return "From: " + Fill("a:") + "\r\n\r\n";
        yield return "From: " + Fill("[") + "\r\n\r\n";
        yield return "References: " + Fill("<a@b> ") + "\r\n\r\n";
        yield return "References: " + Fill("<") + "\r\n\r\n";
        yield return "Date: " + Fill("1 ") + "\r\n\r\n";
        yield return "Content-Type: text/plain; " + Fill("a=b; ") + "\r\n\r\n";
        yield return "Content-Type: text/plain; " + Fill("name*1*=b; ") + "\r\n\r\n";
        yield return "Content-Type: text/plain; " + string.Concat(Enumerable.Range(0, size / 14).Select(i => $"name*{i}*=b; ")) + "\r\n\r\n";
        yield return "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + Fill("--b-\r\n");
        yield return "Content-Type: multipart/mixed\r\n\r\n" + Fill("--\r\n");
        yield return Fill("Content-Type: multipart/mixed\r\n\r\n");
        yield return "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + Fill("--b\r\nContent-Type: multipart/mixed\r\n\r\n");
        yield return "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + Fill("--b\r\n--b--\r\n");
        yield return "Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + Fill("= \t");
        yield return "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n" + Fill("A=");
        yield return "Content-Type: text/plain; format=flowed\r\n\r\n" + Fill("> \r\n");
        yield return "Content-Type: text/plain\r\n\r\n" + Fill("On 1 ");
        yield return "Content-Type: text/plain\r\n\r\n" + Fill("On 1\n");
        yield return "Content-Type: text/plain\r\n\r\n" + Fill(">\nx\n");
        yield return "Content-Type: text/html\r\n\r\n" + Fill("<b>");
        yield return "Content-Type: text/html\r\n\r\n" + Fill("<div>");
        yield return "Content-Type: text/html\r\n\r\n" + Fill("<!--");
        yield return "Content-Type: text/html\r\n\r\n" + Fill("<a href=");
        yield return "Content-Type: text/html\r\n\r\n" + Fill("<table><tr><td>");
        yield return "Content-Type: text/html\r\n\r\n" + Fill("</p>");
        yield return "Content-Type: text/html\r\n\r\n" + string.Concat(Enumerable.Range(0, size / 40).Select(i => $"<font color={i}>")) + Fill("<p>x");
    }

    private static long Spent(string mail)
    {
        byte[] raw = Encoding.Latin1.GetBytes(mail);
        Touch.Everything(MailContent.Of(MimeParser.Parse(raw)));
        long before = GC.GetAllocatedBytesForCurrentThread();
        MailContent content = MailContent.Of(MimeParser.Parse(raw));
        Touch.Everything(content);
        ReplyText.Of(content);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static MimeMessage Read(string mail)
    {
        MimeMessage message = MimeParser.Parse(Encoding.Latin1.GetBytes(mail));
        Touch.Everything(MailContent.Of(message));
        return message;
    }

    private static int Depth(MimeMessage message)
    {
        int deepest = 0;
        foreach (MimePart part in message.Root.Walk())
        {
            int depth = 0;
            for (MimePart? up = part; up is not null; up = up.Parent)
                depth++;
            deepest = Math.Max(deepest, depth);
        }
        return deepest;
    }
}
