using System.Globalization;
using System.Runtime.InteropServices;
using ChannelHub.Adapters;

namespace ChannelHub.Vk;

/// <summary>
/// A message as VK knows it: <c>555001:77</c> outside, the dialogue and the message's number in it. The message's own id is 0 in places, so
/// it does not serve.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct VkMessageId(long Peer, long Number)
{
    /// <summary>The kind of key by which VK users are known; their ids are the same for every community.</summary>
    public const string Kind = "vk";

    // From here on a dialogue is a group chat; below zero it is with another community.
    private const long FirstChat = 2_000_000_000;

    public ExternalId External => new(string.Create(CultureInfo.InvariantCulture, $"{Peer}:{Number}"));

    public static bool IsUser(long peer) => peer is > 0 and < FirstChat;

    public static Sender SenderOf(long user) => new(new Key(Kind, user.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The user that a key speaks of; null if it is none.</summary>
    public static long? UserOf(Key key, string? address) =>
        long.TryParse(address ?? key.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long user) && IsUser(user) ? user : null;

    /// <summary>Null for what is no message of a dialogue, such as a press (<c>c:…</c>).</summary>
    public static VkMessageId? From(ExternalId? id)
    {
        string[] halves = id?.Value?.Split(':') ?? [];
        return halves.Length == 2
            && long.TryParse(halves[0], NumberStyles.None, CultureInfo.InvariantCulture, out long peer)
            && long.TryParse(halves[1], NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? new(peer, number) : null;
    }
}
