using System.Net;
using ChannelHub.Security;

namespace ChannelHub.Tests.Security;

public sealed class NetworkRangeTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "10.255.255.255", "11.0.0.0")]
    [InlineData("10.1.2.3/8", "10.0.0.0", "9.255.255.255")]
    [InlineData("10.1.2.3", "10.1.2.3", "10.1.2.4")]
    [InlineData("0.0.0.0/0", "8.8.8.8", "2000::1")]
    [InlineData("192.168.1.128/25", "192.168.1.128", "192.168.1.127")]
    [InlineData("fd00::/8", "fdff::1", "fe00::1")]
    [InlineData("2001:db8:1:8000::/49", "2001:db8:1:8000::1", "2001:db8:1:7fff::1")]
    [InlineData("::1", "::1", "127.0.0.1")]
    [InlineData("10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:11.0.0.0")]
    [InlineData("::ffff:10.0.0.0/104", "10.1.2.3", "11.0.0.0")]
    public void A_range_holds_its_addresses_and_no_others(string range, string inside, string outside)
    {
        NetworkRange parsed = NetworkRange.Parse(range);

        parsed.Contains(IPAddress.Parse(inside)).ShouldBeTrue();
        parsed.Contains(IPAddress.Parse(outside)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/ 8")]
    [InlineData("10.0/16")]
    [InlineData("0x0a000001")]
    [InlineData("167772161")]
    [InlineData("fd00::/129")]
    [InlineData("fe80::1%1")]
    [InlineData("::ffff:10.0.0.0/8")]
    [InlineData("inner.example")]
    public void What_is_not_a_range_is_refused(string text) => NetworkRange.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("10.1.0.0/16", "10.1.0.0/16", null)]
    [InlineData("10.1.0.0/16:443", "10.1.0.0/16", 443)]
    [InlineData("10.1.2.3:8080", "10.1.2.3/32", 8080)]
    [InlineData(" 10.1.2.3 ", "10.1.2.3/32", null)]
    [InlineData("fd00::/8", "fd00::/8", null)]
    [InlineData("fd00::/8:443", "fd00::/8", 443)]
    [InlineData("::1", "::1/128", null)]
    [InlineData("[::1]", "::1/128", null)]
    [InlineData("[::1]:443", "::1/128", 443)]
    [InlineData("[fd00::/8]:443", "fd00::/8", 443)]
    public void An_allowance_is_a_range_with_an_optional_port(string text, string range, int? port)
    {
        EgressAllowance allowance = EgressAllowance.Parse(text);

        (allowance.Range.ToString(), allowance.Port).ShouldBe((range, port));
    }

    [Theory]
    [InlineData("10.0.0.0/8:")]
    [InlineData("10.0.0.0/8:0")]
    [InlineData("10.0.0.0/8:65536")]
    [InlineData("10.0.0.0/8:http")]
    [InlineData("[::1")]
    [InlineData("[::1]443")]
    [InlineData("[::1]:")]
    [InlineData("inner.example:443")]
    [InlineData("*")]
    public void What_is_not_an_allowance_is_refused(string text) => EgressAllowance.TryParse(text, out _).ShouldBeFalse();
}
