using System.Globalization;
using System.Net;

namespace ChannelHub.Security;

/// <summary>An inner range that the operator has opened for outgoing connections.</summary>
/// <param name="Range">The addresses.</param>
/// <param name="Port">The one port, or null for all.</param>
public sealed record EgressAllowance(NetworkRange Range, int? Port)
{
    /// <summary>Whether a connection there was opened by the operator.</summary>
    public bool Covers(IPAddress address, int port) => (Port is null || Port == port) && Range.Contains(address);

    /// <summary>Reads an entry that is known to be good.</summary>
    public static EgressAllowance Parse(string text) =>
        TryParse(text, out EgressAllowance allowance) ? allowance : throw new FormatException($"'{text}' is not CIDR[:port]");

    /// <summary>
    /// Reads <c>10.1.0.0/16</c>, <c>10.1.2.3:8080</c>, <c>10.1.0.0/16:443</c>, <c>fd00::/8</c>, <c>fd00::/8:443</c>, <c>[fd00::1]:443</c> or
    /// <c>[fd00::/8]:443</c>.
    /// </summary>
    public static bool TryParse(string text, out EgressAllowance allowance)
    {
        allowance = null!;
        (string range, string? port) = Split(text.Trim());
        int number = 0;
        if (port is not null && (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number) || number is < 1 or > 65535))
            return false;
        if (!NetworkRange.TryParse(range, out NetworkRange parsed))
            return false;
        allowance = new EgressAllowance(parsed, port is null ? null : number);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Port is null ? $"{Range}" : $"{Range}:{Port}";

    private static (string Range, string? Port) Split(string text)
    {
        if (text.StartsWith('['))
        {
            int end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0 || (end + 1 < text.Length && text[end + 1] != ':'))
                return ("", null);
            return (text[1..end], end + 1 == text.Length ? null : text[(end + 2)..]);
        }
        // Behind a slash a colon can only begin the port; without one, several colons are an IPv6 address.
        int colon = text.LastIndexOf(':');
        bool hasPort = colon >= 0 && (text.Contains('/', StringComparison.Ordinal)
            ? colon > text.IndexOf('/', StringComparison.Ordinal)
            : colon == text.IndexOf(':', StringComparison.Ordinal));
        return hasPort ? (text[..colon], text[(colon + 1)..]) : (text, null);
    }
}
