using System.Text;
using ChannelHub.Attachments;

namespace ChannelHub.Tests.Attachments;

public sealed class SafeTypeTests
{
    private const string Unknown = SafeType.Unknown;

    [Theory]
    [InlineData("FFD8FFE000104A464946", "image/jpeg")]
    [InlineData("89504E470D0A1A0A0000000D49484452", "image/png")]
    [InlineData("474946383961010001", "image/gif")]
    [InlineData("474946383761010001", "image/gif")]
    [InlineData("52494646240000005745425056503820", "image/webp")]
    [InlineData("52494646240000005741564566", "audio/wav")]
    [InlineData("5249464624000000415649204C", "video/x-msvideo")]
    [InlineData("49492A0008000000", "image/tiff")]
    [InlineData("424D3600000000000000360000", "image/bmp")]
    [InlineData("0000001866747970686569630000", "image/heic")]
    [InlineData("00000018667479706D6966310000", "image/heif")]
    [InlineData("0000001C66747970617669660000", "image/avif")]
    [InlineData("000000186674797069736F6D0000", "video/mp4")]
    [InlineData("00000018667479706D7034320000", "video/mp4")]
    [InlineData("000000146674797071742020", "video/quicktime")]
    [InlineData("0000001866747970336770340000", "video/3gpp")]
    [InlineData("00000018667479704D3441200000", "audio/mp4")]
    [InlineData("1A45DFA39F4286810142F7810142F2810442F381084282847765626D", "video/webm")]
    [InlineData("1A45DFA3A34286810142F7810142F2810442F381084282886D6174726F736B61", "video/x-matroska")]
    [InlineData("4F676753000200000000000000004F70757348656164", "audio/ogg")]
    [InlineData("4F67675300020000000000000000807468656F7261", "video/ogg")]
    [InlineData("49443304000000000000", "audio/mpeg")]
    [InlineData("FFFB9064000000", "audio/mpeg")]
    [InlineData("FFF15080000000", "audio/aac")]
    [InlineData("2321414D520A3C", "audio/amr")]
    [InlineData("664C614300000022", "audio/flac")]
    [InlineData("255044462D312E370A", "application/pdf")]
    [InlineData("504B03041400000008", "application/zip")]
    [InlineData("1F8B0800000000000003", "application/gzip")]
    [InlineData("377ABCAF271C0004", "application/x-7z-compressed")]
    [InlineData("526172211A0701", "application/vnd.rar")]
    [InlineData("7B5C727466315C616E7369", "application/rtf")]
    public void The_bytes_say_what_it_is_whatever_is_claimed(string hex, string type)
    {
        byte[] head = Convert.FromHexString(hex);
        SafeType.Judge(head, null, null).ShouldBe(new JudgedType(type, FileNature.Passive));
        SafeType.Judge(head, "text/html", "page.html").ContentType.ShouldBe(type);
        SafeType.Judge(head, "image/svg+xml", "x.svg").ContentType.ShouldBe(type);
    }

    [Theory]
    [InlineData("000000186674797069736F6D0000", "audio/mp4", "a.m4a", "audio/mp4")]
    [InlineData("1A45DFA39F4286810142F7810142F2810442F381084282847765626D", "audio/webm;codecs=opus", "voice", "audio/webm")]
    [InlineData("504B03041400000008", null, "offer.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")]
    [InlineData("504B03041400000008", "application/pdf", "Sheet.XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")]
    [InlineData("D0CF11E0A1B11AE10000", null, "old.doc", "application/msword")]
    [InlineData("D0CF11E0A1B11AE10000", "application/msword", "old", Unknown)]
    [InlineData("1F8B0800000000000003", null, "AnimatedSticker.tgs", "application/x-tgsticker")]
    public void A_container_is_told_by_claim_or_name(string hex, string? claimed, string? name, string type) =>
        SafeType.Judge(Convert.FromHexString(hex), claimed, name).ShouldBe(new JudgedType(type, FileNature.Passive));

    [Theory]
    [InlineData("text/plain", "a.txt", "text/plain")]
    [InlineData("text/plain; charset=utf-7", "a.txt", "text/plain")]
    [InlineData("TEXT/CSV", null, "text/csv")]
    [InlineData("text/x-log", null, "text/plain")]
    [InlineData("application/json", null, "application/json")]
    [InlineData("application/ld+json", null, "application/json")]
    [InlineData(null, "list.csv", "text/csv")]
    [InlineData(null, "card.vcf", "text/vcard")]
    [InlineData(null, null, Unknown)]
    [InlineData("image/png", "a.png", Unknown)]
    [InlineData("application/x-msdownload", null, Unknown)]
    [InlineData("text/plain\r\nX: y", "a.txt", "text/plain")]
    [InlineData("text/*", null, Unknown)]
    [InlineData("nonsense", null, Unknown)]
    public void Harmless_text_keeps_a_harmless_claim(string? claimed, string? name, string type) =>
        SafeType.Judge("Sizes: S, M; price > 3 and < 5\n"u8, claimed, name).ShouldBe(new JudgedType(type, FileNature.Passive));

    public static TheoryData<string, string, string?, string?> Active => new()
    {
        { "an SVG named as a picture", "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>", "image/png", "cat.png" },
        { "an SVG behind a prolog", "<?xml version=\"1.0\"?><svg onload=alert(1)>", "image/jpeg", "cat.jpg" },
        { "an SVG by its claim", "just text", "image/svg+xml", "cat" },
        { "HTML as text", "<html><script>alert(1)</script>", "text/plain", "read.txt" },
        { "HTML behind a BOM", "\uFEFF<!DOCTYPE html><p onclick=alert(1)>", "text/plain", "read.txt" },
        { "HTML behind blanks", "\n\n  \t <sCrIpT>alert(1)</ScRiPt>", "text/plain", "read.txt" },
        { "HTML after a line of text", "Dear shop,\n<iframe src=javascript:alert(1)>", "text/plain", "read.txt" },
        { "HTML as CSV", "a,b\n\"<img src=x onerror=alert(1)>\",2", "text/csv", "a.csv" },
        { "HTML as JSON", "{\"a\":\"<script>alert(1)</script>\"}", "application/json", "a.json" },
        { "HTML by its name", "hello", "text/plain", "page.html" },
        { "HTML by its claim", "hello", "text/html; charset=utf-8", "page" },
        { "XHTML", "hello", "application/xhtml+xml", null },
        { "a script by its claim", "alert(1)", "text/javascript", "x.txt" },
        { "UTF-7", "+ADw-script+AD4-alert(1)+ADw-/script+AD4-", "text/plain", "a.txt" },
        { "HTML before a PDF", "<html><script>alert(1)</script>%PDF-1.4", "application/pdf", "a.pdf" },
        { "a comment before markup", "<!-- x -->hello", "text/plain", null },
        { "XSL", "<xsl:stylesheet/>", "text/xsl", "a.xsl" },
        { "PHP that a careless server would run", "<?php system($_GET[1]);", "text/plain", "a.pht" },
        { "a saved page", "From: <Saved by Blink>", "multipart/related", "a.mht" },
        { "a mail", "Subject: hi", "message/rfc822", "a.eml" },
        { "an SVG with a dot behind", "text", "image/png", "x.svg." },
        { "an SVG with a blank behind", "text", "image/png", "x.svg " },
        { "a hidden second extension", "text", "text/plain", "x.txt\0.html" },
    };

    [Theory]
    [MemberData(nameof(Active))]
    public void What_a_browser_might_run_loses_its_type(string what, string content, string? claimed, string? name)
    {
        SafeType.Judge(Encoding.UTF8.GetBytes(content), claimed, name).ShouldBe(new JudgedType(Unknown, FileNature.Active), what);
        if (!content.StartsWith('+'))
            SafeType.Judge(Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(content)).ToArray(), claimed, name).ContentType.ShouldBe(Unknown, what + " in UTF-16");
    }

    [Theory]
    [InlineData("GIF89a/*\0\0*/=1;alert(document.domain)", "text/javascript", "image/gif")]
    [InlineData("GIF89a<script>alert(1)</script>", "text/html", "image/gif")]
    [InlineData("%PDF-1.4\n<html><script>alert(1)</script>", "text/html", "application/pdf")]
    [InlineData("ID3\u0003<html><script>alert(1)</script>", "text/html", "audio/mpeg")]
    public void A_polyglot_is_what_it_begins_with(string content, string claimed, string type) =>
        SafeType.Judge(Encoding.Latin1.GetBytes(content), claimed, "x.html").ContentType.ShouldBe(type);

    [Theory]
    [InlineData("4D5A90000300000004000000FFFF0000", null)]
    [InlineData("7F454C46020101000000", "photo.jpg")]
    [InlineData("CFFAEDFE07000001", null)]
    [InlineData("CAFEBABE00000034", null)]
    [InlineData("4C0000000114020000000000", "invoice.pdf")]
    [InlineData("23212F62696E2F7368", "readme.txt")]
    [InlineData("FFD8FFE000104A464946", "photo.jpg.exe")]
    [InlineData("68656C6C6F", "run.bat")]
    [InlineData("68656C6C6F", "RUN.Js")]
    [InlineData("68656C6C6F", "invoice.pdf.scr")]
    [InlineData("68656C6C6F", "invoice.exe.")]
    [InlineData("68656C6C6F", "invoice\u202Efdp.exe")]
    [InlineData("504B03041400000008", "tool.jar")]
    [InlineData("D0CF11E0A1B11AE10000", "setup.msi")]
    public void What_an_operating_system_would_run_is_known_by_bytes_or_name(string hex, string? name) =>
        SafeType.Judge(Convert.FromHexString(hex), "image/png", name).ShouldBe(new JudgedType(Unknown, FileNature.Program));

    [Theory]
    [InlineData("MZ is what I call my dog")]
    [InlineData("#!AMR is a format")]
    [InlineData("BM of the year")]
    [InlineData("FWS or CWS?")]
    public void Words_that_look_like_signatures_are_words(string text) =>
        SafeType.Judge(Encoding.UTF8.GetBytes(text), "text/plain", null).ShouldBe(new JudgedType("text/plain", FileNature.Passive));

    [Fact]
    public void Binary_that_claims_to_be_text_is_not() =>
        SafeType.Judge([0x41, 0x00, 0x42], "text/plain", "a.txt").ShouldBe(new JudgedType(Unknown, FileNature.Passive));

    [Fact]
    public void Nothing_is_known_of_nothing() => SafeType.Judge([], null, null).ShouldBe(new JudgedType(Unknown, FileNature.Passive));

    [Fact]
    public void Every_beginning_of_every_length_is_judged()
    {
        var random = new Random(7);
        byte[] head = new byte[4096];
        for (int i = 0; i < 2000; i++)
        {
            int length = random.Next(0, i % 20 == 0 ? head.Length : 40);
            random.NextBytes(head.AsSpan(0, length));
            SafeType.Judge(head.AsSpan(0, length), "text/html", "a.html").ContentType.ShouldNotContain("html");
        }
    }
}
