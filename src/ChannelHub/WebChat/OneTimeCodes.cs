using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ChannelHub.Adapters;
using ChannelHub.Security;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.WebChat;

namespace ChannelHub.WebChat;

/// <summary>
/// One-time codes. A code is an HMAC of its claim's id under the master key and stands nowhere: the stored message shows dots, and the code is put in their
/// place on the way to the provider. So it is in no thread, event, log or backup, and a unit that is tried again after a restart still carries it.
/// </summary>
public sealed class OneTimeCodes(Database database, MasterKey master)
{
    private const string Mask = "••••••";
    private const int Digits = 6;
    private const int LongestTitle = 40;

    private readonly byte[] key = master.Derive(KeyPurposes.Codes);

    /// <summary>What the message that carries a code says to everybody but its recipient.</summary>
    /// <param name="title">What stands above the chat; chosen by the shop.</param>
    /// <param name="minutes">How long the code is good.</param>
    public static string Text(string? title, int minutes)
    {
        string chat = string.IsNullOrWhiteSpace(title) ? "the chat" : $"the chat \"{CleanText.Truncate(title.Trim(), LongestTitle)}\"";
        return string.Create(CultureInfo.InvariantCulture,
            $"{Mask} is your code for {chat}, good for {minutes} minutes. If you did not ask for it, ignore it and tell it to nobody.");
    }

    /// <summary>Whether a visitor typed the code of a claim. Takes as long for a wrong one as for the right one.</summary>
    public bool IsRight(long claimId, string? typed) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(typed ?? ""), Encoding.ASCII.GetBytes(Of(claimId)));

    /// <summary>A part as its recipient gets it; null if it would be a code that is good no longer.</summary>
    internal Part? Reveal(long messageId, string? authorKind, Part part)
    {
        if (authorKind != "system" || part is not TextPart { Text: var text } || !text.StartsWith(Mask, StringComparison.Ordinal)
            || database.Read(session => VisitorCodeStore.OfMessage(session, messageId)) is not { } code)
            return part;
        bool good = code.EndedAt is null && code.ExpiresAt > database.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        return good ? new TextPart(Of(code.Id) + text[Mask.Length..]) : null;
    }

    private string Of(long claimId)
    {
        Span<byte> id = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(id, claimId);
        ulong number = BinaryPrimitives.ReadUInt64BigEndian(HMACSHA256.HashData(key, id));
        return (number % 1_000_000).ToString(CultureInfo.InvariantCulture).PadLeft(Digits, '0');
    }
}
