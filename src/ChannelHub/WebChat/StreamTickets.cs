using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using ChannelHub.Channels;
using ChannelHub.Options;
using ChannelHub.Security;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.WebChat;

namespace ChannelHub.WebChat;

/// <summary>
/// One-use tickets to open a stream where no header can be sent: an address is written to logs, and a token does not belong there. A ticket says itself whose it
/// is and until when, signed, so that any node takes it; that it was used stands in the store.
/// </summary>
internal sealed class StreamTickets(VisitorSessions sessions, Database database, MasterKey master, HubOptions options)
{
    private const int Signed = 2 * sizeof(long) + SHA256.HashSizeInBytes;
    private const int Whole = Signed + SHA256.HashSizeInBytes;

    private readonly byte[] key = master.Derive(KeyPurposes.StreamTickets);

    /// <summary>A ticket for a visitor, and when it ends.</summary>
    public (string Ticket, DateTimeOffset Expires) Issue(Visitor visitor)
    {
        DateTimeOffset expires = database.Clock.GetUtcNow().AddSeconds(options.Webchat.TicketSeconds);
        Span<byte> ticket = stackalloc byte[Whole];
        RandomNumberGenerator.Fill(ticket[..sizeof(long)]);
        BinaryPrimitives.WriteInt64BigEndian(ticket[sizeof(long)..], expires.ToUnixTimeMilliseconds());
        Convert.FromHexString(visitor.Session.TokenHash).CopyTo(ticket[(2 * sizeof(long))..]);
        Sign(visitor.Channel, ticket[..Signed], ticket[Signed..]);
        return (Base64Url.EncodeToString(ticket), expires);
    }

    /// <summary>The visitor a ticket was issued to; only once.</summary>
    public async Task<Visitor?> RedeemAsync(LiveChannel channel, string ticket)
    {
        if (Read(channel, ticket) is not (var name, var expires, var tokenHash) || sessions.FindByHash(channel, tokenHash) is not { } visitor)
            return null;
        return await database.WriteAsync(session => VisitorSessionStore.UseTicket(session, channel.Id, name, visitor.Value, expires)) ? visitor : null;
    }

    private (string Name, long Expires, string TokenHash)? Read(LiveChannel channel, string ticket)
    {
        Span<byte> bytes = stackalloc byte[Whole];
        if (ticket.Length > 2 * Whole || !Base64Url.IsValid(ticket) || !Base64Url.TryDecodeFromChars(ticket, bytes, out int length) || length != Whole)
            return null;
        Span<byte> signature = stackalloc byte[SHA256.HashSizeInBytes];
        Sign(channel, bytes[..Signed], signature);
        long expires = BinaryPrimitives.ReadInt64BigEndian(bytes[sizeof(long)..]);
        return CryptographicOperations.FixedTimeEquals(signature, bytes[Signed..]) && expires > database.Clock.GetUtcNow().ToUnixTimeMilliseconds()
            ? ("ticket:" + Convert.ToHexStringLower(signature), expires, Convert.ToHexStringLower(bytes[(2 * sizeof(long))..Signed]))
            : null;
    }

    private void Sign(LiveChannel channel, ReadOnlySpan<byte> content, Span<byte> signature)
    {
        Span<byte> all = stackalloc byte[sizeof(long) + Signed];
        BinaryPrimitives.WriteInt64BigEndian(all, channel.Id);
        content.CopyTo(all[sizeof(long)..]);
        HMACSHA256.HashData(key, all, signature);
    }
}
