using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace ChannelHub.Access;

/// <summary>The SHA-256 of a key as a value, so that looking a key up allocates nothing.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ApiKeyHash(ulong A, ulong B, ulong C, ulong D)
{
    private const int LongestKey = 256;

    /// <summary>Of a key as it was presented; ASCII, not longer than keys are.</summary>
    public static ApiKeyHash Of(ReadOnlySpan<char> key)
    {
        Span<byte> text = stackalloc byte[LongestKey];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..Encoding.ASCII.GetBytes(key, text)], hash);
        return Read(hash);
    }

    /// <summary>As it stands in the store: lower-case hex.</summary>
    public static ApiKeyHash Parse(string hex) => Read(Convert.FromHexString(hex));

    /// <inheritdoc/>
    public override int GetHashCode() => (int)A; // any 32 of 256 random bits

    private static ApiKeyHash Read(ReadOnlySpan<byte> hash) => new(
        BinaryPrimitives.ReadUInt64BigEndian(hash), BinaryPrimitives.ReadUInt64BigEndian(hash[8..]),
        BinaryPrimitives.ReadUInt64BigEndian(hash[16..]), BinaryPrimitives.ReadUInt64BigEndian(hash[24..]));
}
