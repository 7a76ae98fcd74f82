using System.Security.Cryptography;
using System.Text;

namespace ChannelHub.Security;

/// <summary>
/// The one key outside the database. Nothing is encrypted or signed with it directly: every purpose has a key of its own derived from it, so
/// that what one purpose gives away is of no use to another.
/// </summary>
public sealed class MasterKey
{
    private const int Length = 32;

    private readonly byte[] key;

    private MasterKey(byte[] key)
    {
        this.key = key;
        Id = Convert.ToHexStringLower(Derive("key id").AsSpan(0, 4));
    }

    /// <summary>Names the key beside what it encrypted, so that after a rotation the right one is found. Tells nothing about the key.</summary>
    public string Id { get; }

    /// <summary>Whether the text is base64 of 32 bytes.</summary>
    public static bool IsWellFormed(string text) => Decode(text) is not null;

    /// <summary>Reads a key as the operator gives it; null when it is not base64 of 32 bytes.</summary>
    public static MasterKey? Parse(string text) => Decode(text) is { } bytes ? new MasterKey(bytes) : null;

    /// <summary>Makes a new random key and its text.</summary>
    public static (MasterKey Key, string Text) Generate()
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(Length);
        return (new MasterKey(bytes), Convert.ToBase64String(bytes));
    }

    /// <summary>The 32-byte key of a purpose (HKDF-SHA256); see <see cref="KeyPurposes"/>.</summary>
    public byte[] Derive(string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, Length, salt: null, info: Encoding.UTF8.GetBytes("channelhub/v1/" + purpose));

    /// <summary>Says only which key it is.</summary>
    public override string ToString() => $"{nameof(MasterKey)} {Id}";

    private static byte[]? Decode(string text)
    {
        byte[] bytes = new byte[Length + 3];
        return Convert.TryFromBase64String(text.Trim(), bytes, out int length) && length == Length ? bytes[..Length] : null;
    }
}

/// <summary>What keys are derived for. A name is never used for a second thing and never changed.</summary>
public static class KeyPurposes
{
    /// <summary>Secrets of channels at rest.</summary>
    public const string Secrets = "secrets";

    /// <summary>Signed links to attachments.</summary>
    public const string Links = "links";

    /// <summary>One-time codes that prove an address.</summary>
    public const string Codes = "codes";

    /// <summary>Opaque cursors of lists.</summary>
    public const string Cursors = "cursors";

    /// <summary>What a channel signs and wants to know again; one key a channel.</summary>
    public const string Channels = "channels";

    /// <summary>Positions in the live streams of web chat visitors.</summary>
    public const string StreamCursors = "stream cursors";

    /// <summary>Tickets that open a visitor's live stream once.</summary>
    public const string StreamTickets = "stream tickets";
}
