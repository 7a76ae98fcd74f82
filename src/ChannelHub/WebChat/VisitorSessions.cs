using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ChannelHub.Adapters;
using ChannelHub.Channels;
using ChannelHub.Hooks;
using ChannelHub.Options;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.WebChat;

namespace ChannelHub.WebChat;

/// <summary>
/// Visitors' sessions. A token is 256 random bits, of which the hub keeps the SHA-256. Every resume gives a new one; the old one lives on for a minute, because
/// a browser has several tabs.
/// </summary>
public sealed class VisitorSessions(Database database, InputParser parser, IntakeBuilder intakes, HubOptions options)
{
    private const int TokenBytes = 32;
    private const int TokenLength = 43;
    private static readonly TimeSpan TouchEvery = TimeSpan.FromHours(1);

    private WebChatOptions Limits => options.Webchat;

    private long Now => database.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>The visitor whose token this is; null if it is nobody's or has ended.</summary>
    public Visitor? Find(LiveChannel channel, string? token) => Hash(token) is { } hash ? FindByHash(channel, hash) : null;

    /// <summary>As <see cref="Find"/>, by what is kept of the token.</summary>
    public Visitor? FindByHash(LiveChannel channel, string tokenHash) =>
        database.Read(session => VisitorSessionStore.FindLive(session, channel.Id, tokenHash, Now)) is { } row ? new Visitor(channel, row) : null;

    /// <summary>Whether the visitor has any token left.</summary>
    public bool IsLive(Visitor visitor) => database.Read(session => VisitorSessionStore.IsLive(session, visitor.Channel.Id, visitor.Value, Now));

    /// <summary>Begins or resumes a session.</summary>
    /// <param name="channel">The chat.</param>
    /// <param name="resume">The visitor's last token; one that is not good makes a new visitor.</param>
    /// <param name="customer">Whom the shop says the visitor is.</param>
    /// <param name="page">Where the chat is open.</param>
    public async Task<SessionStart> StartAsync(LiveChannel channel, string? resume, SignedCustomer? customer, string? page)
    {
        string fresh = Visitor.NewValue();
        string token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
        Opened opened = await database.WriteAsync(session => Open(session, channel.Id, Hash(resume), fresh, Hash(token)!, customer, page));
        if (opened.Row is null)
            return new SessionStart.TokenOfAnother();
        var visitor = new Visitor(channel, opened.Row);
        if (customer is not null)
            await IngestAsync(visitor, InputOf(visitor, customer));
        return new SessionStart.Begun(visitor, token, opened.Ended);
    }

    /// <summary>Prolongs a session that is in use.</summary>
    public async Task TouchAsync(Visitor visitor)
    {
        VisitorSessionRow row = visitor.Session;
        long now = Now;
        if (row.ReplacedAt is null && now - row.LastUsedAt >= TouchEvery.TotalMilliseconds)
            await database.WriteAsync(session => VisitorSessionStore.Touch(session, row.TokenHash, now, ExpiryOf(row.BornAt, row.Subject, now)));
    }

    /// <summary>Ends every token of a visitor.</summary>
    public Task EndAsync(Visitor visitor) => database.WriteAsync(session => VisitorSessionStore.End(session, visitor.Channel.Id, visitor.Value));

    /// <summary>Commits what a visitor said or proved like any channel's input, and says what became of it.</summary>
    public async Task<EntryOutcomeKind> IngestAsync(Visitor visitor, VisitorInput input)
    {
        LiveChannel channel = visitor.Channel;
        AuthenticInput authentic = AuthenticInput.Pulled(input.ToJson(), database.Clock.GetUtcNow());
        Received received = parser.Parse(channel, (IReceiver)channel.Account!, authentic);
        return (await database.IngestAsync(intakes.Build(channel, authentic, received.Entries))).Entries[0].Kind;
    }

    private Opened Open(WriteSession session, long channelId, string? resumeHash, string fresh, string tokenHash, SignedCustomer? customer, string? page)
    {
        long now = Now;
        VisitorSessionRow? known = resumeHash is null ? null : VisitorSessionStore.FindLive(session, channelId, resumeHash, now);
        // Somebody else sits at this browser now. Nothing of the one before may be seen by them, nor joined to them.
        string? ended = known?.Subject is { } signedIn && customer is not null && signedIn != customer.Subject ? known.Visitor : null;
        if (ended is not null)
            known = null;
        string visitor = known?.Visitor ?? fresh;
        if (customer is not null && !VisitorSessionStore.UseToken(session, channelId, customer.TokenId, visitor, customer.Expires.AddMinutes(5).ToUnixTimeMilliseconds()))
            return new Opened(Row: null, Ended: null);
        if (ended is not null)
            VisitorSessionStore.End(session, channelId, ended);
        long born = known?.BornAt ?? now;
        string? subject = customer?.Subject ?? known?.Subject;
        var row = new VisitorSessionRow(tokenHash, channelId, visitor, subject, page ?? known?.Page, born, now, ExpiryOf(born, subject, now));
        VisitorSessionStore.Insert(session, row, now + (Limits.PreviousTokenSeconds * 1000L));
        return new Opened(row, ended);
    }

    private long ExpiryOf(long born, string? subject, long now)
    {
        long idle = now + (long)TimeSpan.FromDays(subject is null ? Limits.AnonymousIdleDays : Limits.IdentifiedIdleDays).TotalMilliseconds;
        return Math.Min(idle, born + (long)TimeSpan.FromDays(Limits.LifetimeDays).TotalMilliseconds);
    }

    private static VisitorSignedIn InputOf(Visitor visitor, SignedCustomer customer) => new()
    {
        Visitor = visitor.Value,
        TokenId = customer.TokenId,
        Subject = customer.Subject,
        Name = customer.Name,
        Locale = customer.Locale,
        Email = customer.Email,
        EmailVerified = customer.EmailVerified,
        Phone = customer.Phone,
        PhoneVerified = customer.PhoneVerified,
    };

    private static string? Hash(string? token) =>
        token is { Length: TokenLength } ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token))) : null;

    private sealed record Opened(VisitorSessionRow? Row, string? Ended);
}

/// <summary>What beginning a session came to.</summary>
public abstract record SessionStart
{
    private SessionStart() { }

    /// <summary>It began.</summary>
    /// <param name="Visitor">Whose it is.</param>
    /// <param name="Token">The new token; shown once.</param>
    /// <param name="Ended">Key value of another visitor of this browser whose session ended.</param>
    public sealed record Begun(Visitor Visitor, string Token, string? Ended) : SessionStart;

    /// <summary>The signed token was used by another visitor before.</summary>
    public sealed record TokenOfAnother : SessionStart;
}
