using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ChannelHub.Vk;

/// <summary>
/// The number by which VK drops a second copy of a send, made from the hub's own key so that it is the same on every attempt. Its upper half
/// marks it as ours, so that the echo of a send is known before the send is answered. It fits a double, in which some readers keep it.
/// </summary>
internal static class VkRandomId
{
    private const long Mark = 0x0C4AB; // 20 bits above the 32 that tell sends apart
    private const int TellingBits = 32;

    public static long Of(string key) => (Mark << TellingBits) | BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    public static bool IsOurs(long randomId) => randomId >> TellingBits == Mark;
}
