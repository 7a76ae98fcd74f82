using ChannelHub.Adapters;
using ChannelHub.Channels;
using ChannelHub.Core.Conversations;
using ChannelHub.Core.Keys;
using ChannelHub.Core.Messages;
using ChannelHub.Messages.Sending;
using ChannelHub.Options;
using ChannelHub.Outbox;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Outbox;
using ChannelHub.Storage.WebChat;

namespace ChannelHub.WebChat;

/// <summary>
/// Proves claimed addresses: sends a code there and judges what the visitor types. Whatever stands in the way (nobody reaches the address, it is blocked, too
/// many codes went there) looks to the visitor like a code that is on its way and never right.
/// </summary>
internal sealed class VisitorCodes(Database database, ChannelDirectory channels, Targets targets, Lanes lanes, OneTimeCodes codes, HubOptions options)
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private long Now => database.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Sends a code to an address that a visitor claims; answers the claim's id.</summary>
    public async Task<long> StartAsync(Visitor visitor, string kind, string value)
    {
        long id = database.Ids.Next();
        if (KeyNormalizer.Normalise(new Key(kind, value), visitor.Channel.DefaultCountry).Key is not { } key || (kind == KeyKinds.Phone && key.Value[0] != '+'))
            return id;
        OutgoingMessage? message = database.Read(session => Prepare(session, visitor, key, value));
        string mailbox = MailboxOf(key);
        await database.WriteAsync(session =>
        {
            bool sent = message is not null
                && VisitorCodeStore.SentSince(session, mailbox, session.Now - (long)Window.TotalMilliseconds) < options.Codes.SentPerAddress
                && OutgoingMessages.Queue(session, message);
            VisitorCodeStore.Insert(session, new VisitorCodeRow(id, visitor.Channel.Id, visitor.Value, key.Kind, key.Value, mailbox,
                sent ? IdentityStore.FindByKey(session, key)?.Id : null, sent ? message!.Id : null, Tries: 0,
                session.Now + (options.Codes.Minutes * 60_000L)));
            if (sent)
                session.AfterCommit(() => lanes.Ring(message!.ChannelId));
        });
        return id;
    }

    /// <summary>Whether what the visitor typed proves their claim. If so, the address is theirs and all that follows from it is done.</summary>
    public async Task<bool> ConfirmAsync(Visitor visitor, long claimId, string? typed)
    {
        bool right = codes.IsRight(claimId, typed);
        return await database.WriteAsync(session =>
        {
            if (VisitorCodeStore.Find(session, claimId) is not { MessageId: not null, EndedAt: null } code
                || code.Visitor != visitor.Value || code.ChannelId != visitor.Channel.Id || code.ExpiresAt <= session.Now || code.Tries >= options.Codes.Tries
                || VisitorCodeStore.TriesSince(session, code.Mailbox, session.Now - (long)Window.TotalMilliseconds) >= options.Codes.TriesPerAddress)
                return false;
            VisitorCodeStore.CountTry(session, claimId);
            return right && VisitorCodeStore.Confirm(session, visitor.Key, code);
        });
    }

    /// <summary>The message that carries the code; null if nothing reaches the address.</summary>
    private OutgoingMessage? Prepare(Session session, Visitor visitor, Key key, string typed)
    {
        if (IdentityStore.FindByKey(session, visitor.Key)?.BlockedAt is not null)
            return null;
        // A number may be another name of an account that is reached by its own id.
        IdentityRow? known = IdentityStore.FindByKey(session, key);
        List<ReachRow> reaches = known is null ? [] : CustomerStore.Reaches(session, [known.Id]);
        var text = new TextPart(OneTimeCodes.Text((visitor.Channel.Account as WebChatChannel)?.Settings.Title, options.Codes.Minutes));
        // The way on which they have been in touch before, else the oldest channel.
        LiveChannel? channel = channels.All.Where(c => !c.Paused && Targets.Addresses(c, known?.Key ?? key) && Targets.CanSend(c) && FitsWhole(text, c.Limits))
            .Where(c => known is null || targets.Obstacle(known, c.Id, reaches.Find(r => r.ChannelId == c.Id)) == TargetObstacle.None)
            .OrderByDescending(c => reaches.Exists(r => r.ChannelId == c.Id)).FirstOrDefault();
        return channel is null ? null : new OutgoingMessage
        {
            Id = database.Ids.Next(),
            ChannelId = channel.Id,
            To = known is null ? new Recipient.ByKey(key, key.Value == typed ? null : typed) : new Recipient.Known(known.Id),
            Units = 1,
            Content = PartsJson.Render([text], _ => throw new InvalidOperationException("a text has no file")),
            AuthorKind = "system",
        };
    }

    private static bool FitsWhole(TextPart text, ChannelLimits limits) => SendPlan.Build([text], limits) is SendPlan.Ready { Units: [{ Part: TextPart }] };

    // Mail to any plus-tag of a mailbox arrives in that mailbox.
    private static string MailboxOf(Key key)
    {
        int plus = key.Value.IndexOf('+', StringComparison.Ordinal);
        int at = key.Value.LastIndexOf('@');
        return key.Kind == KeyKinds.Email && plus > 0 && plus < at ? key.Value[..plus] + key.Value[at..] : key.Value;
    }
}
