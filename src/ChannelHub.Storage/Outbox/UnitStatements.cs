using ChannelHub.Core.Messages;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Ingest;

namespace ChannelHub.Storage.Outbox;

/// <summary>The statements that run for every unit that is queued and sent.</summary>
internal sealed class UnitStatements(WriteSession session)
{
    private readonly Statement addPart = session.Prepare(
        "INSERT INTO part (message_id, idx, channel_id, state, attempt, updated_at) VALUES (?, ?, ?, ?, 1, ?)");

    private readonly Statement addRow = session.Prepare(
        "INSERT INTO outbox (id, message_id, idx, channel_id, identity_id, due_at, attempt, aside) VALUES (?, ?, ?, ?, ?, ?, 0, 0)");

    private readonly Statement reach = session.Prepare(
        "INSERT INTO reach (identity_id, channel_id, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");

    private readonly Statement fold = session.Prepare(MessageWriter.FoldIntoThread);

    private readonly Statement find = session.Prepare(
        "SELECT channel_id, provider_id, state, attempt, error, updated_at FROM part WHERE message_id = ? AND idx = ?");

    private readonly Statement count = session.Prepare("SELECT count(*) FROM part WHERE message_id = ?");

    private readonly Statement set = session.Prepare("""
        UPDATE part SET state = ?, error = ?, provider_id = coalesce(?, provider_id), updated_at = ? WHERE message_id = ? AND idx = ?
        """);

    private readonly Statement summarise = session.Prepare("""
        UPDATE message SET state = ?1, error = ?2 WHERE id = ?3 AND (state <> ?1 OR coalesce(error, '') <> coalesce(?2, ''))
        RETURNING identity_id, (SELECT customer_id FROM identity WHERE identity.id = message.identity_id), revision
        """);

    private readonly Statement tally = session.Prepare("""
        INSERT INTO channel_count (channel_id, sent, failed, unconfirmed) VALUES (?, ?, ?, ?)
        ON CONFLICT (channel_id) DO UPDATE SET sent = channel_count.sent + excluded.sent,
          failed = channel_count.failed + excluded.failed, unconfirmed = channel_count.unconfirmed + excluded.unconfirmed
        """);

    private readonly Statement remove = session.Prepare("DELETE FROM outbox WHERE id = ? AND attempt = ?");

    private readonly Statement promote = session.Prepare("""
        UPDATE outbox SET due_at = ?1
        WHERE id = (SELECT min(id) FROM outbox WHERE channel_id = ?2 AND identity_id = ?3 AND aside = 0) AND due_at = ?4 AND lease_until IS NULL
        """);

    private readonly Statement parked = session.Prepare("SELECT count(*) FROM parked_report WHERE channel_id = ? AND provider_id = ?");

    public void AddPart(long messageId, long index, long channelId) =>
        addPart.Bind(messageId).Bind(index).Bind(channelId).Bind((long)MessageState.Queued).Bind(session.Now).Run();

    /// <summary>Puts a unit at the end of its lane, without a time.</summary>
    public void AddRow(long messageId, long index, long channelId, long identityId) =>
        addRow.Bind(session.NewId()).Bind(messageId).Bind(index).Bind(channelId).Bind(identityId).Bind(OutboxStore.Never).Run();

    /// <summary>The channel is a way to the identity from now on, if it was not before.</summary>
    public void Reach(long identityId, long channelId) => reach.Bind(identityId).Bind(channelId).Bind(session.Now).Run();

    /// <summary>Folds a message of the shop into the summary of its thread.</summary>
    public void Fold(long identityId, long at, long messageId) => fold.Bind(identityId).Bind(at).Bind(0).Bind(messageId).Bind(0).Run();

    public PartRow? Find(long messageId, long index) => find.Bind(messageId).Bind(index).First(columns => new PartRow(
        messageId, index, columns.Number(0), columns.TextOrNull(1), columns.Number(2), columns.Number(3), columns.TextOrNull(4), columns.Number(5)));

    /// <summary>How many units a message has.</summary>
    public long Count(long messageId) => count.Bind(messageId).Number()!.Value;

    public void Set(PartRow part, MessageState state, string? error, string? providerId) =>
        set.Bind((long)state).Bind(error).Bind(providerId).Bind(session.Now).Bind(part.MessageId).Bind(part.Idx).Run();

    /// <summary>Sets a message's state; null if that is what it was.</summary>
    public SummaryRow? Summarise(long messageId, MessageState state, string? error) => summarise.Bind((long)state).Bind(error).Bind(messageId)
        .First(columns => new SummaryRow(columns.Number(0), columns.Number(1), columns.Number(2)));

    public void Tally(long channelId, long sent, long failed, long unconfirmed) => tally.Bind(channelId).Bind(sent).Bind(failed).Bind(unconfirmed).Run();

    public bool Remove(long id, long attempt) => remove.Bind(id).Bind(attempt).RunCounting() == 1;

    public void Promote(long channelId, long identityId, long dueAt) => promote.Bind(dueAt).Bind(channelId).Bind(identityId).Bind(OutboxStore.Never).Run();

    public bool HasParked(long channelId, string providerId) => parked.Bind(channelId).Bind(providerId).Number() > 0;
}

/// <summary>What an event about a message needs to know of it.</summary>
internal sealed record SummaryRow(long IdentityId, long CustomerId, long Revision);
