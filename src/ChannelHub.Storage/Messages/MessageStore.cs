using ChannelHub.Core.Events;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using Dapper;

namespace ChannelHub.Storage.Messages;

/// <summary>Messages and their revisions. A message never leaves the identity on whose thread it is.</summary>
public static class MessageStore
{
    private const string Columns = """
        m.id, m.identity_id AS IdentityId, m.author_identity_id AS AuthorIdentityId, m.channel_id AS ChannelId, m.direction, m.occurred_at AS OccurredAt,
        m.sequence, m.provider_at AS ProviderAt, m.received_at AS ReceivedAt, m.external_id AS ExternalId, m.content, m.files, m.state, m.assurance,
        m.revision, m.reply_to AS ReplyTo, m.group_key AS GroupKey, m.author_kind AS AuthorKind, m.author_name AS AuthorName, m.metadata, m.subject,
        m.recipients, m.error, m.reactions, m.inbox_id AS InboxId, m.edited_at AS EditedAt, m.deleted_at AS DeletedAt
        """;

    public static MessageRow? Find(Session session, long id) =>
        session.Find<MessageRow>($"SELECT {Columns} FROM message m WHERE m.id = @id", new { id });

    public static List<MessageRow> FindAll(Session session, IReadOnlyCollection<long> ids) =>
        session.Query<MessageRow>($"SELECT {Columns} FROM message m WHERE m.id IN @ids", new { ids });

    /// <summary>
    /// A page of the thread of several identities, in thread order. Each identity's index is walked on its own, so the cost is bounded by the
    /// page and not by the thread.
    /// </summary>
    public static List<MessageRow> Thread(Session session, IReadOnlyList<long> identityIds, ThreadRange range, int limit)
    {
        string direction = range.NewestFirst ? "DESC" : "ASC";
        string order = $"occurred_at {direction}, sequence {direction}, id {direction}";
        string within = string.Concat(
            range.From is null ? "" : $" AND (occurred_at, sequence, id) {(range.NewestFirst ? "<" : ">")} (@FromAt, @FromSequence, @FromId)",
            range.Before is null ? "" : " AND (occurred_at, sequence, id) < (@BeforeAt, @BeforeSequence, @BeforeId)",
            range.After is null ? "" : " AND (occurred_at, sequence, id) > (@AfterAt, @AfterSequence, @AfterId)");
        string ids = string.Join(" UNION ALL ", identityIds.Select((_, i) =>
            $"SELECT * FROM (SELECT id, occurred_at, sequence FROM message WHERE identity_id = @i{i}{within} ORDER BY {order} LIMIT @limit) t{i}"));
        var arguments = new DynamicParameters(new
        {
            limit, FromAt = range.From?.OccurredAt, FromSequence = range.From?.Sequence, FromId = range.From?.Id,
            BeforeAt = range.Before?.OccurredAt, BeforeSequence = range.Before?.Sequence, BeforeId = range.Before?.Id,
            AfterAt = range.After?.OccurredAt, AfterSequence = range.After?.Sequence, AfterId = range.After?.Id,
        });
        for (int i = 0; i < identityIds.Count; i++)
            arguments.Add("i" + i, identityIds[i]);
        return session.Query<MessageRow>($"""
            SELECT {Columns} FROM (SELECT * FROM ({ids}) u ORDER BY {order} LIMIT @limit) t
            JOIN message m ON m.id = t.id ORDER BY m.occurred_at {direction}, m.sequence {direction}, m.id {direction}
            """, arguments);
    }

    /// <summary>Where and how well proven a customer's account last wrote, newest first; words of participants on its thread do not count.</summary>
    public static List<PlaceRow> NewestInbound(Session session, long identityId, int limit) => session.Query<PlaceRow>("""
        SELECT channel_id AS ChannelId, assurance, occurred_at AS OccurredAt, sequence, id FROM message
        WHERE identity_id = @identityId AND direction = 0 AND author_identity_id IS NULL
        ORDER BY occurred_at DESC, sequence DESC, id DESC LIMIT @limit
        """, new { identityId, limit });

    /// <summary>Where an account was last written to.</summary>
    public static PlaceRow? NewestOutbound(Session session, long identityId) => session.Find<PlaceRow>("""
        SELECT channel_id AS ChannelId, assurance, occurred_at AS OccurredAt, sequence, id FROM message
        WHERE identity_id = @identityId AND direction = 1
        ORDER BY occurred_at DESC, sequence DESC, id DESC LIMIT 1
        """, new { identityId });

    /// <summary>Every revision but the first, which stands in the message's own row.</summary>
    public static List<RevisionRow> Revisions(Session session, IReadOnlyCollection<long> messageIds) => session.Query<RevisionRow>(
        "SELECT message_id AS MessageId, revision, content FROM revision WHERE message_id IN @messageIds", new { messageIds });

    /// <summary>Adds the next revision.</summary>
    public static void Revise(WriteSession session, MessageRow message, byte[] content, int files, long at)
    {
        long revision = message.Revision + 1;
        session.Execute("INSERT INTO revision (message_id, revision, content, files, at) VALUES (@Id, @revision, CAST(@content AS TEXT), @files, @at)",
            new { message.Id, revision, content, files, at });
        session.Execute("UPDATE message SET revision = @revision, edited_at = @at, files = @files WHERE id = @Id", new { message.Id, revision, at, files });
        Append(session, EventType.MessageUpdated, message, revision);
    }

    /// <summary>Marks a message removed by its author. Its revisions stay.</summary>
    public static void MarkDeleted(WriteSession session, MessageRow message, long at)
    {
        if (session.Execute("UPDATE message SET deleted_at = @at WHERE id = @Id AND deleted_at IS NULL", new { message.Id, at }) == 1)
            Append(session, EventType.MessageDeleted, message, message.Revision);
    }

    /// <summary>Appends an event that speaks of a message.</summary>
    public static void Append(WriteSession session, EventType type, MessageRow message, long? revision = null, string? data = null) => session.Append(
        type, session.Now, message.IdentityId, IdentityStore.CustomerOf(session, message.IdentityId), message.Id, revision ?? message.Revision, data);
}

/// <summary>Which part of a thread, and from which end.</summary>
/// <param name="From">Where the last page ended.</param>
/// <param name="NewestFirst">From the newest down, or from the oldest up.</param>
public sealed record ThreadRange(ThreadPosition? From, bool NewestFirst)
{
    /// <summary>Only messages before this place.</summary>
    public ThreadPosition? Before { get; init; }

    /// <summary>Only messages after this place.</summary>
    public ThreadPosition? After { get; init; }
}

/// <summary>A place in a thread.</summary>
public sealed record ThreadPosition(long OccurredAt, long Sequence, long Id);

/// <summary>A message's channel, assurance and place in its thread.</summary>
public sealed record PlaceRow(long ChannelId, long Assurance, long OccurredAt, long Sequence, long Id);

/// <summary>A row of <c>revision</c>.</summary>
public sealed record RevisionRow(long MessageId, long Revision, string Content);

/// <summary>A row of <c>message</c>.</summary>
public sealed record MessageRow(
    long Id, long IdentityId, long? AuthorIdentityId, long ChannelId, long Direction, long OccurredAt, long Sequence, long? ProviderAt, long ReceivedAt,
    string? ExternalId, string Content, long Files, long State, long Assurance, long Revision, long? ReplyTo, string? GroupKey, string? AuthorKind,
    string? AuthorName, string? Metadata, string? Subject, string? Recipients, string? Error, long Reactions, long? InboxId, long? EditedAt, long? DeletedAt);
