using ChannelHub.Core.Events;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Messages;

/// <summary>Messages and their revisions. A message never leaves the identity on whose thread it is.</summary>
public static class MessageStore
{
    private const string Columns = """
        m.id, m.identity_id, m.author_identity_id, m.channel_id, m.direction, m.occurred_at, m.sequence, m.provider_at, m.received_at, m.external_id,
        m.content, m.files, m.state, m.assurance, m.revision, m.reply_to, m.group_key, m.author_kind, m.author_name, m.metadata, m.subject,
        m.recipients, m.error, m.reactions, m.inbox_id, m.edited_at, m.deleted_at
        """;

    /// <summary>One message; null if the customer on whose thread it is was erased.</summary>
    public static MessageRow? Find(Session session, long id) =>
        session.Prepared($"SELECT {Columns} FROM message m JOIN identity i ON i.id = m.identity_id WHERE m.id = ? AND i.customer_id <> 0").Bind(id).First(MessageRow.Read);

    public static List<MessageRow> FindAll(Session session, IReadOnlyCollection<long> ids) =>
        session.Prepared($"SELECT {Columns} FROM message m WHERE m.id {Session.In}").BindAll(ids).All(MessageRow.Read);

    /// <summary>What was said in messages, as it was first said.</summary>
    public static List<WordsRow> Words(Session session, IReadOnlyCollection<long> ids) => session
        .Prepared($"SELECT identity_id, content, metadata FROM message WHERE id {Session.In}").BindAll(ids)
        .All(c => new WordsRow(c.Number(0), c.Text(1), c.TextOrNull(2)));

    /// <summary>
    /// A page of the thread of several identities, in thread order. Each identity's index is walked on its own and no further than what is already found
    /// reaches, so the cost is bounded by the page and not by the thread.
    /// </summary>
    public static List<MessageRow> Thread(Session session, IReadOnlyList<long> identityIds, ThreadRange range, int limit)
    {
        var places = new List<ThreadPosition>();
        foreach (long identityId in identityIds)
        {
            places.AddRange(Places(session, identityId, range, places.Count == limit ? places[^1] : null, limit));
            places.Sort(range.NewestFirst ? (a, b) => b.CompareTo(a) : (a, b) => a.CompareTo(b));
            if (places.Count > limit)
                places.RemoveRange(limit, places.Count - limit);
        }
        Dictionary<long, MessageRow> rows = FindAll(session, [.. places.Select(p => p.Id)]).ToDictionary(m => m.Id);
        return [.. places.Select(p => rows[p.Id])];
    }

    private static List<ThreadPosition> Places(Session session, long identityId, ThreadRange range, ThreadPosition? upTo, int limit)
    {
        string direction = range.NewestFirst ? "DESC" : "ASC";
        (string Comparison, ThreadPosition Place)[] bounds = [.. Bounds(range, upTo)];
        Statement walk = session.Prepared($"""
            SELECT occurred_at, sequence, id FROM message
            WHERE identity_id = ?{string.Concat(bounds.Select(b => $" AND (occurred_at, sequence, id) {b.Comparison} (?, ?, ?)"))}
            ORDER BY occurred_at {direction}, sequence {direction}, id {direction} LIMIT ?
            """).Bind(identityId);
        foreach ((_, ThreadPosition place) in bounds)
            walk.Bind(place.OccurredAt).Bind(place.Sequence).Bind(place.Id);
        return walk.Bind(limit).All(c => new ThreadPosition(c.Number(0), c.Number(1), c.Number(2)));
    }

    private static IEnumerable<(string Comparison, ThreadPosition Place)> Bounds(ThreadRange range, ThreadPosition? upTo)
    {
        if (upTo is { } last)
            yield return (range.NewestFirst ? ">" : "<", last);
        if (range.From is { } from)
            yield return (range.NewestFirst ? "<" : ">", from);
        if (range.Before is { } before)
            yield return ("<", before);
        if (range.After is { } after)
            yield return (">", after);
    }

    /// <summary>Where and how well proven a customer's account last wrote, newest first; words of participants on its thread do not count.</summary>
    public static List<PlaceRow> NewestInbound(Session session, long identityId, int limit) => session.Query<PlaceRow>("""
        SELECT channel_id AS ChannelId, assurance, occurred_at AS OccurredAt, sequence, id FROM message
        WHERE identity_id = @identityId AND direction = 0 AND author_identity_id IS NULL
        ORDER BY occurred_at DESC, sequence DESC, id DESC LIMIT @limit
        """, new { identityId, limit });

    /// <summary>The provider's id of the newest message that came from an account through a channel.</summary>
    public static string? NewestReceivedId(Session session, long identityId, long channelId) => session.Find<string>("""
        SELECT external_id FROM message WHERE identity_id = @identityId AND direction = 0 AND channel_id = @channelId
        ORDER BY occurred_at DESC, sequence DESC, id DESC LIMIT 1
        """, new { identityId, channelId });

    /// <summary>Where an account was last written to.</summary>
    public static PlaceRow? NewestOutbound(Session session, long identityId) => session.Find<PlaceRow>("""
        SELECT channel_id AS ChannelId, assurance, occurred_at AS OccurredAt, sequence, id FROM message
        WHERE identity_id = @identityId AND direction = 1
        ORDER BY occurred_at DESC, sequence DESC, id DESC LIMIT 1
        """, new { identityId });

    /// <summary>Every revision but the first, which stands in the message's own row.</summary>
    public static List<RevisionRow> Revisions(Session session, IReadOnlyCollection<long> messageIds) => session
        .Prepared($"SELECT message_id, revision, content FROM revision WHERE message_id {Session.In}").BindAll(messageIds)
        .All(c => new RevisionRow(c.Number(0), c.Number(1), c.Text(2)));

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
public sealed record ThreadPosition(long OccurredAt, long Sequence, long Id)
{
    internal int CompareTo(ThreadPosition other) => (OccurredAt, Sequence, Id).CompareTo((other.OccurredAt, other.Sequence, other.Id));
}

/// <summary>A message's channel, assurance and place in its thread.</summary>
public sealed record PlaceRow(long ChannelId, long Assurance, long OccurredAt, long Sequence, long Id);

/// <summary>What an identity's message says, and what a client keeps with it.</summary>
public sealed record WordsRow(long IdentityId, string Content, string? Metadata);

/// <summary>A row of <c>revision</c>.</summary>
public sealed record RevisionRow(long MessageId, long Revision, string Content);

/// <summary>A row of <c>message</c>.</summary>
public sealed record MessageRow(
    long Id, long IdentityId, long? AuthorIdentityId, long ChannelId, long Direction, long OccurredAt, long Sequence, long? ProviderAt, long ReceivedAt,
    string? ExternalId, string Content, long Files, long State, long Assurance, long Revision, long? ReplyTo, string? GroupKey, string? AuthorKind,
    string? AuthorName, string? Metadata, string? Subject, string? Recipients, string? Error, long Reactions, long? InboxId, long? EditedAt, long? DeletedAt)
{
    /// <summary>Reads the columns in the order of the table.</summary>
    internal static MessageRow Read(Columns c) => new(
        c.Number(0), c.Number(1), c.NumberOrNull(2), c.Number(3), c.Number(4), c.Number(5), c.Number(6), c.NumberOrNull(7), c.Number(8), c.TextOrNull(9),
        c.Text(10), c.Number(11), c.Number(12), c.Number(13), c.Number(14), c.NumberOrNull(15), c.TextOrNull(16), c.TextOrNull(17), c.TextOrNull(18),
        c.TextOrNull(19), c.TextOrNull(20), c.TextOrNull(21), c.TextOrNull(22), c.Number(23), c.NumberOrNull(24), c.NumberOrNull(25), c.NumberOrNull(26));
}
