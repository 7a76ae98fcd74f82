using System.Text;
using ChannelHub.Mail.Mime;
using ChannelHub.Mail.Reading;

namespace ChannelHub.Mail.Tests.Mime;

public sealed class ComposeTests
{
    private static readonly string[] Texts =
    [
        "", "x", "Hello Ann", "Zażółć gęślą jaźń", "日本語のテスト 😀", "From here\n.\n..\n-- \nsig", new string('a', 5_000), "a\r\nb\rc\nd", "trailing \nspaces\t\n",
        "--=_not a boundary", "שלום עולם", "=?utf-8?Q?not=20encoded?=", "tab\there", string.Join('\n', Enumerable.Repeat("Привет мир", 500)),
    ];

    [Fact]
    public void What_is_composed_is_read_back()
    {
        Random random = new(5);
        for (int i = 0; i < 400; i++)
        {
            OutgoingMail mail = Random(random, i);
            byte[] bytes = Some.Compose(mail);
            ShouldBeWireSafe(bytes);
            MailContent read = MailContent.Of(MimeParser.Parse(bytes));
            read.Message.Defects.ShouldBe(MailDefects.None);
            read.Message.Subject.ShouldBe(string.Join(' ', mail.Subject.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
            read.Message.From[0].Canonical.ShouldBe(mail.From.Canonical);
            read.Message.From[0].DisplayName.ShouldBe(mail.From.DisplayName);
            read.Message.To.Select(a => a.Canonical).ShouldBe(mail.To.Select(a => a.Canonical));
            read.Message.MessageId.ShouldBe(mail.MessageId);
            read.Message.References.ShouldBe(mail.References);
            read.Message.Date.ShouldBe(mail.Date);
            read.Text.Trim('\n').ShouldBe(mail.Text!.ReplaceLineEndings("\n").Trim('\n'));
            read.Html?.Trim('\n').ShouldBe(mail.Html?.Trim('\n'));
            read.Attachments.Select(a => a.FileName).ShouldBe(mail.Files.Select(f => f.FileName), ignoreOrder: true);
            foreach (OutgoingFile file in mail.Files)
                read.Attachments.First(a => a.FileName == file.FileName).Content().ToArray().ShouldBe(file.Content.ToArray());
        }
    }

    [Fact]
    public void The_same_mail_is_the_same_bytes() => Some.Compose(Some.Outgoing()).ShouldBe(Some.Compose(Some.Outgoing()));

    public static TheoryData<string> Injections =>
        ["\r", "\n", "\r\n", "\r\nBcc: evil@x.example", "\u0085", "\0", "\u001b", "\u2028"];

    [Theory]
    [MemberData(nameof(Injections))]
    public void Nothing_can_begin_a_header_of_its_own(string evil)
    {
        OutgoingMail mail = Some.Outgoing();
        OutgoingMail[] attempts =
        [
            mail with { Subject = "a" + evil + "b" },
            mail with { From = mail.From with { DisplayName = "a" + evil + "b" } },
            mail with { From = mail.From with { Local = "a" + evil + "b" } },
            mail with { To = [mail.To[0] with { Domain = "x" + evil + ".example" }] },
            mail with { Cc = [mail.To[0] with { Local = "\"a" + evil + "\"" }] },
            mail with { ReplyTo = mail.To[0] with { DisplayName = evil } },
            mail with { MessageId = "a" + evil + "@x.example" },
            mail with { InReplyTo = "a" + evil + "@x.example" },
            mail with { Files = [new OutgoingFile("a" + evil + ".txt", "text/plain", new byte[1])] },
            mail with { Files = [new OutgoingFile("a.png", "image/png", new byte[1]) { ContentId = "a" + evil }], Html = "x" },
            mail with { Headers = [new("X-Note", "a" + evil + "b")] },
            mail with { Headers = [new("X" + evil, "b")] },
            mail with { AutoSubmitted = "auto-replied" + evil },
        ];
        foreach (OutgoingMail attempt in attempts)
            MailComposer.Compose(attempt).ShouldBeOfType<ComposeResult.Refused>();
        // What comes from strangers is left out, and a media type is made harmless.
        string plain = Encoding.UTF8.GetString(Some.Compose(mail with { References = ["a" + evil + "@x.example"], Files = [new OutgoingFile("a", "text/x" + evil + "y", new byte[1])] }));
        plain.ShouldNotContain("References");
        ShouldBeWireSafe(Encoding.UTF8.GetBytes(plain));
        plain.Split("\r\n").ShouldNotContain(l => l.StartsWith("Bcc", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("=?utf-8?Q?a=0D=0ABcc:_evil@x.example?=")]
    [InlineData("%0d%0aBcc: x")]
    public void Text_that_only_looks_like_an_injection_stays_text(string text)
    {
        if (text.Contains('\n'))
            return;
        MimeMessage mail = MimeParser.Parse(Some.Compose(Some.Outgoing() with { Subject = text }));
        mail.Headers.Has("Bcc").ShouldBeFalse();
        mail.Subject.ShouldBe(text);
    }

    [Fact]
    public void Foreign_domains_go_out_in_A_labels_and_foreign_local_parts_need_SMTPUTF8()
    {
        OutgoingMail mail = Some.Outgoing() with { To = [new MailAddress(null, "info", "bücher.example")] };
        ComposeResult.Composed composed = MailComposer.Compose(mail).ShouldBeOfType<ComposeResult.Composed>();
        composed.NeedsUtf8.ShouldBeFalse();
        Encoding.ASCII.GetString(composed.Bytes.Span).ShouldContain("To: info@xn--bcher-kva.example");
        MailComposer.Compose(mail with { To = [new MailAddress(null, "пётр", "почта.рф")] }).ShouldBeOfType<ComposeResult.Composed>().NeedsUtf8.ShouldBeTrue();
    }

    [Fact]
    public void Automatic_and_bulk_mail_says_so()
    {
        MimeMessage mail = MimeParser.Parse(Some.Compose(Some.Outgoing() with
        {
            AutoSubmitted = "auto-replied",
            ListUnsubscribe = [new Uri("https://shop.example/u/abc"), new Uri("mailto:leave@shop.example")],
        }));
        MailAutomation.Of(mail).MayBeAnswered.ShouldBeFalse();
        mail.Headers.Value("List-Unsubscribe").ShouldBe("<https://shop.example/u/abc>, <mailto:leave@shop.example>");
        mail.Headers.Value("List-Unsubscribe-Post").ShouldBe("List-Unsubscribe=One-Click");
    }

    [Fact]
    public void A_long_chain_keeps_its_first_and_its_last_ids()
    {
        MimeMessage mail = MimeParser.Parse(Some.Compose(Some.Outgoing() with { References = [.. Enumerable.Range(0, 500).Select(i => $"{i}@x.example")] }));
        mail.References.Count.ShouldBe(21);
        mail.References[0].ShouldBe("0@x.example");
        mail.References[^1].ShouldBe("499@x.example");
    }

    private static OutgoingMail Random(Random random, int i)
    {
        string Text() => Texts[random.Next(Texts.Length)];
        string Line() => string.Join(' ', Text().Replace('\t', ' ').Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) is { Length: > 0 } line ? line[..Math.Min(line.Length, 400)].TrimEnd('\uD83D') : "x";
        string[] names = ["a.txt", "Zażółć.pdf", "日本語の長いファイル名がここにあります、とても長い.docx", "we\"ird\\name.bin", "sp ace.txt", new string('n', 200) + ".zip"];
        return Some.Outgoing() with
        {
            MessageId = $"hub.{i}@mail.shop.example",
            Subject = Line(),
            From = new MailAddress(Line(), "help", "shop.example"),
            To = [.. Enumerable.Range(0, random.Next(1, 6)).Select(n => new MailAddress(n % 2 == 0 ? Line() : null, n % 3 == 0 ? "odd local" : "ann" + n, "mail.example"))],
            Text = Text(),
            Html = random.Next(2) == 0 ? "<p>" + Text().ReplaceLineEndings("\n").Replace("<", "&lt;", StringComparison.Ordinal) + "</p>" : null,
            References = [.. Enumerable.Range(0, random.Next(15)).Select(n => $"{n}@ref.example")],
            Files = [.. names.Where(_ => random.Next(3) == 0).Select(n => new OutgoingFile(n, "application/octet-stream", Bytes(random)))],
        };
    }

    private static byte[] Bytes(Random random)
    {
        byte[] bytes = new byte[random.Next(3_000)];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Lines of at most 998 bytes, CR and LF only as a pair, nothing but ASCII.</summary>
    private static void ShouldBeWireSafe(byte[] bytes)
    {
        int line = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '\r')
                (i + 1 < bytes.Length && bytes[i + 1] == '\n').ShouldBeTrue("a lone carriage return");
            if (bytes[i] == '\n')
                (i > 0 && bytes[i - 1] == '\r').ShouldBeTrue("a lone line feed");
            line = bytes[i] == '\n' ? 0 : line + 1;
            line.ShouldBeLessThanOrEqualTo(999);
            bytes[i].ShouldBeLessThan((byte)128);
        }
        bytes[^1].ShouldBe((byte)'\n');
    }
}
