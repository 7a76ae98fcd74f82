using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ChannelHub.Security;

/// <summary>
/// An address range as operators write it: <c>10.1.0.0/16</c>, <c>fd00::/8</c>, or one bare address. An IPv4 address written inside IPv6
/// (<c>::ffff:10.1.2.3</c>) is the IPv4 address, on both sides.
/// </summary>
public sealed record NetworkRange
{
    private readonly IPNetwork network;

    private NetworkRange(IPNetwork network) => this.network = network;

    /// <summary>Whether the address lies in the range.</summary>
    public bool Contains(IPAddress address) => network.Contains(Plain(address));

    /// <summary>Reads a range that is known to be good.</summary>
    public static NetworkRange Parse(string text) => TryParse(text, out NetworkRange range) ? range : throw new FormatException($"'{text}' is not an address range");

    /// <summary>Reads a range. The bits behind the prefix need not be zero: <c>10.1.2.3/8</c> is <c>10.0.0.0/8</c>.</summary>
    public static bool TryParse(string text, out NetworkRange range)
    {
        range = null!;
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string host = (slash < 0 ? text : text[..slash]).Trim();
        // Forms such as 10.1 or 0x0a000001 mean something else to every reader.
        if (!IPAddress.TryParse(host, out IPAddress? address) || (address.AddressFamily == AddressFamily.InterNetwork && host.Count(c => c == '.') != 3))
            return false;
        int bits = address.GetAddressBytes().Length * 8;
        int length = bits;
        if (slash >= 0 && !int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out length))
            return false;
        if (length > bits || (bits == 128 && address.ScopeId != 0))
            return false;
        if (address.IsIPv4MappedToIPv6)
        {
            if (length < 96)
                return false;
            (address, length) = (address.MapToIPv4(), length - 96);
        }
        range = new NetworkRange(new IPNetwork(Masked(address, length), length));
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => network.ToString();

    /// <summary>The address without its IPv6 clothes, if it is an IPv4 address.</summary>
    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static IPAddress Masked(IPAddress address, int length)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] &= (byte)(0xFF << (8 - Math.Clamp(length - (i * 8), 0, 8)));
        return new IPAddress(bytes);
    }
}
