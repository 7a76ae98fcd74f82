using ChannelHub.Mail.Reading;

namespace ChannelHub.Mail.Tests.Reading;

public sealed class SenderTrustTests
{
    private static readonly OwnServers Own = new(["mx.shop.example"], []);
    private const string Border = "Received: from out.mail.example (out.mail.example [192.0.2.9]) by mx.shop.example with ESMTPS\n";
    private const string From = "From: Ann <ann@mail.example>\n\nhi";

    [Theory]
    [InlineData("dmarc=pass header.from=mail.example", SenderTrust.Proven)]
    [InlineData("dmarc=pass (p=NONE) header.from=mail.example; spf=fail", SenderTrust.Proven)]
    [InlineData("dmarc=pass header.from=other.example", SenderTrust.Claimed)]
    [InlineData("dmarc=fail header.from=mail.example", SenderTrust.Refuted)]
    [InlineData("dmarc=pass header.from=mail.example; dmarc=fail", SenderTrust.Refuted)]
    [InlineData("dmarc=temperror", SenderTrust.Claimed)]
    [InlineData("dkim=pass header.d=mail.example", SenderTrust.Proven)]
    [InlineData("dkim=pass header.i=@news.mail.example", SenderTrust.Proven)]
    [InlineData("dkim=pass header.d=example", SenderTrust.Claimed)]
    [InlineData("dkim=pass header.d=evil.example", SenderTrust.Claimed)]
    [InlineData("dkim=pass header.d=xmail.example", SenderTrust.Claimed)]
    [InlineData("dkim=fail header.d=mail.example", SenderTrust.Claimed)]
    [InlineData("spf=pass smtp.mailfrom=bounce@mail.example", SenderTrust.Proven)]
    [InlineData("spf=pass smtp.mailfrom=evil.example", SenderTrust.Claimed)]
    [InlineData("dmarc=none; dkim=pass header.d=mail.example", SenderTrust.Proven)]
    [InlineData("none", SenderTrust.Claimed)]
    [InlineData("(dmarc=pass header.from=mail.example)", SenderTrust.Claimed)]
    [InlineData("x=\"; dmarc=pass header.from=mail.example\"", SenderTrust.Claimed)]
    [InlineData("dkim=none reason=\"dmarc=pass header.d=mail.example\"", SenderTrust.Claimed)]
    public void The_word_of_our_own_server_is_read_as_it_is_written(string results, SenderTrust trust) =>
        Judge("Authentication-Results: mx.shop.example; " + results + "\n" + Border + From).ShouldBe(trust);

    [Theory]
    [InlineData("Authentication-Results: evil.example; dmarc=pass header.from=mail.example\n" + Border)]
    [InlineData("Authentication-Results: mx.shop.example.evil.example; dmarc=pass\n" + Border)]
    [InlineData(Border + "Received: from x by evil.example\nAuthentication-Results: mx.shop.example; dmarc=pass header.from=mail.example\n")]
    [InlineData(Border + "Received: from mx.shop.example by mx.shop.example\nAuthentication-Results: mx.shop.example; dmarc=pass header.from=mail.example\n")]
    [InlineData("Received: from mx.shop.example (evil.example [192.0.2.66]) by mx.shop.example\nReceived: from a by b\nAuthentication-Results: mx.shop.example; dmarc=pass\n")]
    [InlineData("Received: from a by evil.example\nAuthentication-Results: mx.shop.example; dmarc=pass\n")]
    [InlineData("")]
    public void A_forged_word_is_no_word(string headers) => Judge(headers + From).ShouldBe(SenderTrust.Claimed);

    [Fact]
    public void A_forged_pass_below_a_true_fail_does_not_help() => Judge(
        "Authentication-Results: mx.shop.example; dmarc=fail header.from=mail.example\nAuthentication-Results: mx.shop.example;\n dmarc=pass header.from=mail.example\n" + Border + From)
        .ShouldBe(SenderTrust.Refuted);

    [Theory]
    [InlineData("From: ann@mail.example\nFrom: bob@other.example\n\nhi")]
    [InlineData("From: ann@mail.example, bob@other.example\n\nhi")]
    [InlineData("From: ann@mail.example bob@other.example\n\nhi")]
    [InlineData("From: <ann@mail.example><bob@other.example>\n\nhi")]
    [InlineData("From: a@b@mail.example\n\nhi")]
    [InlineData("Subject: nobody\n\nhi")]
    public void A_From_that_programs_read_differently_proves_nobody(string from) =>
        Judge("Authentication-Results: mx.shop.example; dmarc=pass\n" + Border + from).ShouldBe(SenderTrust.Claimed);

    [Fact]
    public void Nobody_is_believed_where_no_server_is_configured() => SenderVerdict.Of(
        Some.Mail("Authentication-Results: mx.shop.example; dmarc=pass header.from=mail.example\n" + Border + From), OwnServers.None).Trust.ShouldBe(SenderTrust.Claimed);

    [Fact]
    public void The_result_may_stand_below_the_border_and_below_inner_hops() => Judge(
        "Received: from in1.shop.example (in1.shop.example [10.0.0.1]) by store.shop.example\n" + Border
        + "Authentication-Results: mx.shop.example; dmarc=pass header.from=mail.example\n" + From).ShouldBe(SenderTrust.Proven);

    private static SenderTrust Judge(string mail) => SenderVerdict.Of(Some.Mail(mail), Own).Trust;
}
