using ChannelHub.Mail.Mime;

namespace ChannelHub.Mail.Tests.Mime;

public sealed class AddressTests
{
    [Theory]
    [InlineData("ann@x.example", "ann@x.example")]
    [InlineData("Ann <ann@x.example>", "Ann|ann@x.example")]
    [InlineData("\"Ann, B.\" <ann@x.example>, bob@y.example (Bob)", "Ann, B.|ann@x.example;Bob|bob@y.example")]
    [InlineData("=?utf-8?Q?M=C3=BCller?= <m@x.example>", "Müller|m@x.example")]
    [InlineData("=?utf-8?Q?M=C3=BCller,_J?= <m@x.example>", "Müller, J|m@x.example")]
    [InlineData("\"=?utf-8?Q?M=C3=BCller?=\" <m@x.example>", "Müller|m@x.example")]
    [InlineData("Team: a@x.example, B <b@x.example>; c@x.example", "a@x.example;B|b@x.example;c@x.example")]
    [InlineData("undisclosed-recipients:;", "")]
    [InlineData("<@a.example,@b.example:user@c.example>", "user@c.example")]
    [InlineData("john . doe @ x . example", "john.doe@x.example")]
    [InlineData("\"a@b\"@x.example", "\"a@b\"@x.example")]
    [InlineData("<ann@x.example", "ann@x.example")]
    [InlineData("Ann ann@x.example", "Ann|ann@x.example")]
    [InlineData("user@[192.0.2.1]", "user@[192.0.2.1]")]
    [InlineData("пётр@почта.рф", "пётр@почта.рф")]
    [InlineData("(c(nested)) ann@x.example", "c(nested)|ann@x.example")]
    [InlineData("MAILER-DAEMON", "MAILER-DAEMON")]
    [InlineData("<>", "")]
    public void Lists_are_taken_apart(string header, string wanted)
    {
        IEnumerable<string> seen = AddressList.Parse(header).Select(a => a.DisplayName is { } n ? n + "|" + a.Address : a.Address);
        string.Join(';', seen).ShouldBe(wanted);
    }

    [Theory]
    [InlineData("good@a.example <evil@b.example>", "evil@b.example", false)]
    [InlineData("\"good@a.example\" <evil@b.example>", "evil@b.example", false)]
    [InlineData("a@b@c.example", "", true)]
    [InlineData("a@x.example b@y.example", "a@x.example;b@y.example", true)]
    [InlineData("<a@x.example><b@y.example>", "b@y.example", true)]
    [InlineData("=?utf-8?Q?evil@x.example?=", "", true)]
    [InlineData("=?utf-8?Q?a=40x.example=3E=2C_?= <b@y.example>", "b@y.example", false)]
    [InlineData("a@x.example\0b", "a@x.example", true)]
    [InlineData("a@x.exa\rmple", "a@x.exa", true)]
    [InlineData("a@-x.example", "", true)]
    [InlineData("a@x..example", "", true)]
    [InlineData("a\u202Eb@x.example", "", true)]
    [InlineData("a@x\u2028.example", "", true)]
    [InlineData("\"a\r\nRCPT TO:<x@y>\"@z.example", "\"a RCPT TO:<x@y>\"@z.example", false)]
    public void Hostile_headers_name_nobody_or_the_address_that_is_judged(string header, string wanted, bool damaged)
    {
        AddressList list = AddressList.Parse(header);
        string.Join(';', list.Select(a => a.Address)).ShouldBe(wanted);
        list.IsDamaged.ShouldBe(damaged);
    }

    [Fact]
    public void Spellings_of_one_mailbox_share_a_canonical_form_and_different_mailboxes_do_not()
    {
        MailAddress.Parse("Ann@X.Example.")!.Canonical.ShouldBe("ann@x.example");
        MailAddress.Parse("a@bücher.example")!.Canonical.ShouldBe(MailAddress.Parse("A@XN--BCHER-KVA.example")!.Canonical);
        string[] apart = ["a@x.example", "a+b@x.example", "a.b@x.example", "ab@x.example", "\"a b\"@x.example", "a@xx.example", "а@x.example"];
        apart.Select(a => MailAddress.Parse(a)!.Canonical).Distinct().Count().ShouldBe(apart.Length);
    }

    [Fact]
    public void A_flood_of_addresses_is_cut()
    {
        AddressList list = AddressList.Parse(string.Concat(Enumerable.Repeat("a@x.example,", 5_000)));
        list.Count.ShouldBe(AddressList.Most);
        list.IsDamaged.ShouldBeTrue();
    }
}
