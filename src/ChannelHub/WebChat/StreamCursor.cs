using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using ChannelHub.Security;

namespace ChannelHub.WebChat;

/// <summary>
/// Positions of the hub's log as visitors see them: one encrypted block. In the open they would tell anybody how much the shop is written to, and could be
/// made up.
/// </summary>
public sealed class StreamCursor(MasterKey master) : IDisposable
{
    private const int Block = 16;

    private readonly Aes cipher = CipherOf(master);

    /// <summary>22 characters of base64url.</summary>
    public string Encode(long channelId, long position)
    {
        Span<byte> plain = stackalloc byte[Block];
        BinaryPrimitives.WriteInt64BigEndian(plain, channelId);
        BinaryPrimitives.WriteInt64BigEndian(plain[8..], position);
        Span<byte> block = stackalloc byte[Block];
        lock (cipher)
            cipher.EncryptEcb(plain, block, PaddingMode.None);
        return Base64Url.EncodeToString(block);
    }

    /// <summary>The position; null if the cursor was not made for this channel.</summary>
    public long? Decode(long channelId, string cursor)
    {
        Span<byte> block = stackalloc byte[Block];
        if (cursor.Length > 2 * Block || !Base64Url.IsValid(cursor) || !Base64Url.TryDecodeFromChars(cursor, block, out int length) || length != Block)
            return null;
        Span<byte> plain = stackalloc byte[Block];
        lock (cipher)
            cipher.DecryptEcb(block, plain, PaddingMode.None);
        return BinaryPrimitives.ReadInt64BigEndian(plain) == channelId ? BinaryPrimitives.ReadInt64BigEndian(plain[8..]) : null;
    }

    public void Dispose() => cipher.Dispose();

    private static Aes CipherOf(MasterKey master)
    {
        Aes aes = Aes.Create();
        aes.Key = master.Derive(KeyPurposes.StreamCursors);
        return aes;
    }
}
