using System.Net;
using System.Net.Sockets;
using ChannelHub.Channels;

namespace ChannelHub.WebChat;

/// <summary>A call on a chat that has passed the gate.</summary>
/// <param name="Channel">The chat.</param>
/// <param name="Settings">Its settings.</param>
/// <param name="Address">Who calls, for limits: an IPv4 address, or the /64 of an IPv6 one, of which a host may use any.</param>
/// <param name="Network">The /24 or /56 around it.</param>
public sealed record ChatCall(LiveChannel Channel, WebChatSettings Settings, string Address, string Network)
{
    private const int V4NetworkBits = 24;
    private const int V6HostBits = 64;
    private const int V6NetworkBits = 56;

    /// <summary>The visitor; set where the endpoint asks for one.</summary>
    public Visitor Visitor { get; init; } = null!;

    /// <summary>The call of this request.</summary>
    public static ChatCall Of(HttpContext context) => context.Features.Get<ChatCall>() ?? throw new InvalidOperationException("the endpoint is not behind the gate");

    /// <summary>Makes the call of a request on a channel.</summary>
    public static ChatCall Create(LiveChannel channel, WebChatSettings settings, IPAddress? remote)
    {
        IPAddress address = remote ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? new ChatCall(channel, settings, Prefix(address, V6HostBits), Prefix(address, V6NetworkBits))
            : new ChatCall(channel, settings, address.ToString(), Prefix(address, V4NetworkBits));
    }

    private static string Prefix(IPAddress address, int bits)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int i = bits / 8; i < bytes.Length; i++)
            bytes[i] = 0;
        return $"{new IPAddress(bytes)}/{bits}";
    }
}
