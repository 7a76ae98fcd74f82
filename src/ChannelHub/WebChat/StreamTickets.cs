using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using ChannelHub.Options;

namespace ChannelHub.WebChat;

/// <summary>
/// One-use tickets to open a stream where no header can be sent: an address is written to logs, and a token does not belong there. Kept in memory, since they
/// live a minute.
/// </summary>
internal sealed class StreamTickets(VisitorSessions sessions, HubOptions options, TimeProvider clock)
{
    private const int TicketBytes = 24;
    private const int Most = 100_000;

    private readonly ConcurrentDictionary<string, Ticket> tickets = [];

    /// <summary>A ticket for a visitor; null when far too many are out.</summary>
    public string? Issue(Visitor visitor)
    {
        DateTimeOffset now = clock.GetUtcNow();
        if (tickets.Count >= Most)
            Forget(now);
        if (tickets.Count >= Most)
            return null;
        string ticket = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TicketBytes));
        tickets[ticket] = new Ticket(visitor.Channel.Id, visitor.Session.TokenHash, now.AddSeconds(options.Webchat.TicketSeconds));
        return ticket;
    }

    /// <summary>The visitor a ticket was issued to; only once.</summary>
    public Visitor? Redeem(ChatCall call, string ticket) =>
        tickets.TryRemove(ticket, out Ticket? issued) && issued.ChannelId == call.Channel.Id && issued.Expires > clock.GetUtcNow()
            ? sessions.FindByHash(call.Channel, issued.TokenHash)
            : null;

    /// <summary>Forgets tickets that nobody used.</summary>
    public void Forget(DateTimeOffset now)
    {
        foreach ((string ticket, Ticket issued) in tickets)
        {
            if (issued.Expires <= now)
                tickets.TryRemove(ticket, out _);
        }
    }

    private sealed record Ticket(long ChannelId, string TokenHash, DateTimeOffset Expires);
}
