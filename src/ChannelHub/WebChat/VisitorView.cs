using ChannelHub.Api;
using ChannelHub.Core.Customers;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Messages;
using ChannelHub.Messages;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;

namespace ChannelHub.WebChat;

/// <summary>
/// What a visitor may see: the messages on identities reachable from theirs over evidence that is proven or confirmed on both sides, except those that
/// participants wrote. Made anew at each read, since facts are revoked at any time.
/// </summary>
public sealed record VisitorView
{
    private static readonly IReadOnlySet<long> Nothing = new HashSet<long>();

    private VisitorView(Visitor visitor, IdentityRow? identity, IReadOnlySet<long> identities) =>
        (Visitor, Identity, Identities) = (visitor, identity, identities);

    /// <summary>Whose view it is.</summary>
    public Visitor Visitor { get; }

    /// <summary>The visitor's own identity; null before their first words.</summary>
    public IdentityRow? Identity { get; }

    /// <summary>The identities whose threads they see.</summary>
    public IReadOnlySet<long> Identities { get; }

    /// <summary>What the visitor may see now.</summary>
    public static VisitorView Of(Session session, Visitor visitor)
    {
        IdentityRow? identity = IdentityStore.FindByKey(session, visitor.Key);
        return new VisitorView(visitor, identity, identity is null ? Nothing : Visibility.Reachable(identity.Id, CustomerGraph.Load(session, identity.Id)));
    }

    /// <summary>Whether the visitor may see a message. What the shop wrote is shown once it has left.</summary>
    public bool Shows(MessageRow message) =>
        Identities.Contains(message.IdentityId)
        && (message.AuthorIdentityId is null || message.AuthorIdentityId == message.IdentityId)
        && (message.Direction == 0 || (MessageState)message.State is MessageState.Unconfirmed or MessageState.Sent or MessageState.Delivered or MessageState.Read);

    /// <summary>One message, if the visitor may see it.</summary>
    public MessageRow? Find(Session session, string? publicId) =>
        HubId.TryParse(IdPrefix.Message, publicId, out long id) && MessageStore.Find(session, id) is { } row && Shows(row) ? row : null;

    /// <summary>A page of what the visitor sees, newest first, and where it goes on.</summary>
    public (List<MessageRow> Rows, ThreadPosition? Next) Page(Session session, ThreadPosition? from, int limit)
    {
        if (Identities.Count == 0)
            return ([], null);
        List<MessageRow> rows = MessageStore.Thread(session, [.. Identities], new ThreadRange(from, NewestFirst: true), limit);
        ThreadPosition? next = rows.Count < limit ? null : PositionOf(rows[^1]);
        return ([.. rows.Where(Shows)], next);
    }

    /// <summary>The newest message the visitor sees at or before a place in the thread.</summary>
    public MessageRow? NewestUpTo(Session session, ThreadPosition upTo)
    {
        const int lookedAt = 50;
        return Page(session, upTo with { Id = upTo.Id + 1 }, lookedAt).Rows.FirstOrDefault();
    }

    /// <summary>Messages as the visitor sees them.</summary>
    public List<ChatMessage> Render(Session session, IReadOnlyList<MessageRow> rows)
    {
        var around = Surroundings.Load(session, rows);
        return [.. rows.Select(row => Render(row, around))];
    }

    public static ThreadPosition PositionOf(MessageRow row) => new(row.OccurredAt, row.Sequence, row.Id);

    private ChatMessage Render(MessageRow row, Surroundings around)
    {
        bool own = row.Direction == 0;
        bool here = row.ChannelId == Visitor.Channel.Id;
        return new ChatMessage
        {
            Id = HubId.Format(IdPrefix.Message, row.Id),
            Direction = own ? "in" : "out",
            Author = own
                ? new AuthorShape("customer", row.AuthorName ?? around.Identities[row.IdentityId].Name)
                : new AuthorShape(row.AuthorKind ?? "agent", row.AuthorName),
            Parts = new RawJson(row.DeletedAt is null ? ChatParts.Render(PartsRenderer.Now(row, around), Visitor.Channel.PublicId) : "[]"),
            State = ((MessageState)row.State).Name(),
            ReplyTo = HubId.Format(IdPrefix.Message, row.ReplyTo),
            SentAt = ApiJson.Time(row.OccurredAt),
            EditedAt = ApiJson.Time(row.EditedAt),
            DeletedAt = ApiJson.Time(row.DeletedAt),
            ClientId = own && here ? VisitorMessage.ClientIdIn(row.ExternalId, Visitor.Value) : null,
        };
    }
}
