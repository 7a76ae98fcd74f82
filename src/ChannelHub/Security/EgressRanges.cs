using System.Net;
using System.Net.Sockets;

namespace ChannelHub.Security;

/// <summary>
/// The addresses that nobody but the operator may send the hub to. The table is explicit because <see cref="IPAddress"/> knows only a few of
/// them: to it neither <c>0.0.0.0</c> nor <c>64:ff9b::7f00:1</c> is loopback, and both arrive there.
/// </summary>
internal static class EgressRanges
{
    private static readonly (NetworkRange Range, string Reason)[] V4 =
    [
        Row("0.0.0.0/8", "this network"),
        Row("10.0.0.0/8", "private"),
        Row("100.64.0.0/10", "carrier-grade NAT"),
        Row("127.0.0.0/8", "loopback"),
        Row("169.254.0.0/16", "link-local, metadata services among it"),
        Row("172.16.0.0/12", "private"),
        Row("192.0.0.0/24", "protocol assignments"),
        Row("192.0.2.0/24", "documentation"),
        Row("192.88.99.0/24", "6to4 relay"),
        Row("192.168.0.0/16", "private"),
        Row("198.18.0.0/15", "benchmarking"),
        Row("198.51.100.0/24", "documentation"),
        Row("203.0.113.0/24", "documentation"),
        Row("224.0.0.0/4", "multicast"),
        Row("240.0.0.0/4", "reserved and broadcast"),
    ];

    private static readonly (NetworkRange Range, string Reason)[] V6 =
    [
        Row("::/128", "unspecified"),
        Row("::1/128", "loopback"),
        Row("::/96", "IPv4-compatible"),
        Row("64:ff9b::/96", "NAT64"),
        Row("64:ff9b:1::/48", "local NAT64"),
        Row("100::/64", "discard"),
        Row("2001::/23", "protocol assignments, Teredo among them"),
        Row("2001:db8::/32", "documentation"),
        Row("2002::/16", "6to4"),
        Row("3fff::/20", "documentation"),
        Row("fc00::/7", "private"),
        Row("fe80::/10", "link-local"),
        Row("fec0::/10", "site-local"),
        Row("ff00::/8", "multicast"),
    ];

    private static readonly NetworkRange GlobalV6 = NetworkRange.Parse("2000::/3");
    private static readonly NetworkRange Nat64 = NetworkRange.Parse("64:ff9b::/96");

    /// <summary>Why the address is refused, or null when it is a public unicast address. IPv4 inside IPv6 is judged as IPv4.</summary>
    public static string? Refusal(IPAddress address)
    {
        address = NetworkRange.Plain(address);
        bool isV4 = address.AddressFamily == AddressFamily.InterNetwork;
        foreach ((NetworkRange range, string reason) in isV4 ? V4 : V6)
        {
            if (range.Contains(address))
                return reason;
        }
        return isV4 || GlobalV6.Contains(address) ? null : "not global unicast";
    }

    /// <summary>The IPv4 address behind a NAT64 address, or null when it is none.</summary>
    public static IPAddress? BehindNat64(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 && Nat64.Contains(address) ? new IPAddress(address.GetAddressBytes()[12..]) : null;

    private static (NetworkRange Range, string Reason) Row(string range, string reason) => (NetworkRange.Parse(range), reason);
}
