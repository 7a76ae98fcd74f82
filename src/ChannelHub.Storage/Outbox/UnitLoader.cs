using ChannelHub.Adapters;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Outbox;

/// <summary>Reads what is needed to send units, many at a time.</summary>
public static class UnitLoader
{
    public static Dictionary<long, UnitToSend> Load(Session session, IReadOnlyCollection<long> outboxIds) => session.Query<UnitToSend>("""
        SELECT o.id AS OutboxId, o.idx, m.content, v.content AS Revised, m.author_kind AS AuthorKind, m.author_name AS AuthorName, m.received_at AS QueuedAt,
          i.kind, i.scope, i.value, i.original, r.address, q.external_id AS QuotedReceived, p.provider_id AS QuotedSent, u.attempt AS PartAttempt
        FROM outbox o
        JOIN message m ON m.id = o.message_id
        JOIN part u ON u.message_id = o.message_id AND u.idx = o.idx
        JOIN identity i ON i.id = o.identity_id
        LEFT JOIN revision v ON v.message_id = m.id AND v.revision = m.revision
        LEFT JOIN reach r ON r.identity_id = o.identity_id AND r.channel_id = o.channel_id
        LEFT JOIN message q ON q.id = m.reply_to AND q.channel_id = m.channel_id
        LEFT JOIN part p ON p.message_id = q.id AND p.idx = 0
        WHERE o.id IN @outboxIds
        """, new { outboxIds }).ToDictionary(unit => unit.OutboxId);
}

/// <summary>What sending a unit needs beside its outbox row.</summary>
public sealed record UnitToSend(
    long OutboxId, long Idx, string Content, string? Revised, string? AuthorKind, string? AuthorName, long QueuedAt, string Kind, string Scope, string Value,
    string? Original, string? Address, string? QuotedReceived, string? QuotedSent, long PartAttempt)
{
    /// <summary>The address as it was written, where that differs from the key.</summary>
    public Key To => new(Kind, Scope, Original ?? Value);

    /// <summary>What it says.</summary>
    public Part ReadPart() => PartsReader.Read(Revised ?? Content, (int)Idx);

    /// <summary>The provider's id of the message to quote, if that is on the same channel. Only the first unit quotes.</summary>
    public ExternalId? ReplyTo => Idx == 0 && (QuotedReceived ?? QuotedSent) is { } id ? new ExternalId(id) : null;
}
