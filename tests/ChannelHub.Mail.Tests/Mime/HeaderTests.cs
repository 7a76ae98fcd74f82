using ChannelHub.Mail.Mime;

namespace ChannelHub.Mail.Tests.Mime;

public sealed class HeaderTests
{
    [Theory]
    [InlineData("=?utf-8?q?a=20b?=", "a b")]
    [InlineData("=?iso-8859-1?Q?a?= b", "a b")]
    [InlineData("=?iso-8859-1?Q?a?=  =?iso-8859-1?Q?b?=", "ab")]
    [InlineData("=?utf-8?B?8J+Y?= =?utf-8?B?gA==?=", "😀")]
    [InlineData("=?utf-8*en?Q?caf=C3=A9?=", "café")]
    [InlineData("=?UTF-8?Q?with space?=", "with space")]
    [InlineData("=?utf-8?B?R3LDvMOfZQ?=", "Grüße")]
    [InlineData("=?utf-8?X?abc?=", "=?utf-8?X?abc?=")]
    [InlineData("=?utf-8?Q?no end", "=?utf-8?Q?no end")]
    [InlineData("=??Q?x?=", "=??Q?x?=")]
    [InlineData("x=?utf-8?Q?=41?=y", "xAy")]
    [InlineData("=?x-unknown?Q?=C3=A9?=", "é")]
    [InlineData("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?= =?iso-2022-jp?B?GyRCOGwbKEI=?=", "日本語")]
    [InlineData("=?utf-8?Q?a=0D=0ABcc:=20x?=", "a Bcc: x")]
    public void Encoded_words_are_decoded_and_others_left(string header, string text) => EncodedWords.Decode(header).ShouldBe(text);

    [Theory]
    [InlineData("attachment; filename=\"a b.txt\"", "a b.txt")]
    [InlineData("attachment; filename=a b.txt", "a b.txt")]
    [InlineData("attachment; filename*=utf-8''%e2%82%ac%20rates", "€ rates")]
    [InlineData("attachment; filename*0=\"long \"; filename*1=\"name\"", "long name")]
    [InlineData("attachment; filename*1*=%AC; filename*0*=utf-8''%E2%82", "€")]
    [InlineData("attachment; filename*0*=utf-8''a%20; filename*1=b%20c", "a b%20c")]
    [InlineData("attachment; filename=\"=?utf-8?Q?=E2=82=AC?=\"", "€")]
    [InlineData("attachment; filename=\"a\\\"b\"", "a\"b")]
    [InlineData("attachment; filename=\"unclosed", "unclosed")]
    [InlineData("attachment; filename=plain.txt; filename*=utf-8''%E2%82%AC", "€")]
    [InlineData("attachment; filename*999999999=b; filename*0=a", "ab")]
    [InlineData("attachment; filename*99999999999999999999=b; filename*0=a", "a")]
    [InlineData("attachment; x=\"; filename=evil\"; filename=good", "good")]
    public void Parameters_are_read_in_every_form(string header, string name) =>
        ContentHeader.Parse(System.Text.Encoding.UTF8.GetBytes(header))["filename"].ShouldBe(name);

    [Theory]
    [InlineData("Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T15:55:06Z")]
    [InlineData("21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06Z")]
    [InlineData("Thu, 13 Feb 1969 23:32 -0330", "1969-02-14T03:02:00Z")]
    [InlineData("Fri, 21 Nov 1997 09(comment): 55 : 06 -0600", null)]
    [InlineData("Thu Aug 29 12:34:56 2002", "2002-08-29T12:34:56Z")]
    [InlineData("Mon, 1 Jun 2026 10:00:00 EST", "2026-06-01T15:00:00Z")]
    [InlineData("Mon, 1 Jun 2026 10:00:00 +0000 (UTC)", "2026-06-01T10:00:00Z")]
    [InlineData("Mon, 1 Jun 2026 10:00:00 +9900", "2026-06-01T10:00:00Z")]
    [InlineData("2026-06-01T10:00:00+02:00", "2026-06-01T08:00:00Z")]
    [InlineData("Mon, 31 Feb 2026 10:00:00 +0000", null)]
    [InlineData("Mon, 1 Jun 99999 10:00:00 +0000", null)]
    [InlineData("tomorrow", null)]
    [InlineData("", null)]
    public void Dates_of_all_ages_are_read(string header, string? utc)
    {
        if (header.Contains("comment", StringComparison.Ordinal))
            MailDate.Parse(header).ShouldNotBeNull(); // some day of it is read; the time was torn apart
        else
            MailDate.Parse(header)?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'").ShouldBe(utc);
    }

    [Fact]
    public void Ids_are_found_in_whatever_dress()
    {
        MessageIds.All("<a@b> <c@d>\t<a@b> (x) <e @ f>").ShouldBe(["a@b", "c@d", "e@f"]);
        MessageIds.All("a@b c@d").ShouldBe(["a@b", "c@d"]);
        MessageIds.First("<unclosed@x").ShouldBe("unclosed@x");
        MessageIds.First("nothing").ShouldBeNull();
        MessageIds.All(string.Concat(Enumerable.Range(0, 50_000).Select(i => $"<{i}@x> "))).Count.ShouldBe(MessageIds.Most);
    }

    [Theory]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("..\\..\\x.exe", "x.exe")]
    [InlineData("a\u202Egpj.exe", "agpj.exe")]
    [InlineData("a\r\nb\0c.txt", "abc.txt")]
    [InlineData("con.txt", "_con.txt")]
    [InlineData("COM1", "_COM1")]
    [InlineData("  . ", "file")]
    [InlineData("a<b>|\"c?.txt", "a_b___c_.txt")]
    [InlineData(null, "file")]
    public void File_names_are_made_harmless(string? name, string safe) => FileNames.Safe(name).ShouldBe(safe);

    [Fact]
    public void A_long_file_name_keeps_its_extension() => FileNames.Safe(new string('a', 4_000) + ".pdf").ShouldEndWith(".pdf");
}
