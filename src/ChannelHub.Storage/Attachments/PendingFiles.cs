using ChannelHub.Core.Events;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Attachments;

/// <summary>Files that are still to be fetched.</summary>
public static class PendingFiles
{
    internal const string EndLeasesOfTheGone =
        "UPDATE attachment SET lease_until = NULL WHERE state = 0 AND lease_until IS NOT NULL AND leased_by NOT IN (SELECT run FROM node)";

    private const string Due = "state = 0 AND due_at <= @now AND (lease_until IS NULL OR lease_until <= @now)";

    /// <summary>Whether there is one to fetch now; costs no transaction.</summary>
    public static bool AnyDue(Session session, long now) => session.Find<long?>($"SELECT id FROM attachment WHERE {Due} LIMIT 1", new { now }) is not null;

    /// <summary>When a file is tried next; null if that is over.</summary>
    public static long? DueAt(Session session, long id) => session.Find<long?>("SELECT due_at FROM attachment WHERE id = @id AND state = 0", new { id });

    /// <summary>Takes the one that has waited longest; it is nobody else's until <paramref name="until"/>. The attempt counts from here.</summary>
    public static AttachmentRow? Lease(WriteSession session, long until) => session.Find<AttachmentRow>($"""
        UPDATE attachment SET lease_until = @until, leased_by = @Run, attempts = attempts + 1
        WHERE id IN (SELECT id FROM attachment WHERE {Due} ORDER BY due_at, id LIMIT 1)
        RETURNING {AttachmentStore.Columns}
        """, new { until, now = session.Now, session.Run });

    /// <summary>What nodes that are no more had taken can be taken again; how many there were.</summary>
    public static int EndLeases(WriteSession session) => session.Execute(EndLeasesOfTheGone);

    /// <summary>It could not be fetched this time.</summary>
    public static void Postpone(WriteSession session, AttachmentRow row, long dueAt, string reason) => session.Execute("""
        UPDATE attachment SET due_at = @dueAt, lease_until = NULL, reason = @reason WHERE id = @Id AND state = 0 AND attempts = @Attempts
        """, new { dueAt, reason, row.Id, row.Attempts });

    /// <summary>It is there, or never will be. False if somebody else has settled it, or it has been removed meanwhile.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="row">As it is now.</param>
    /// <param name="data">Data of the event that tells of it, JSON.</param>
    public static bool Settle(WriteSession session, AttachmentRow row, string data)
    {
        int settled = session.Execute("""
            UPDATE attachment SET state = @State, content_type = @ContentType, size = @Size, sha256 = @Sha256, reason = @Reason, lease_until = NULL, due_at = NULL
            WHERE id = @Id AND state = 0 AND attempts = @Attempts
            """, new { row.State, row.ContentType, row.Size, row.Sha256, row.Reason, row.Id, row.Attempts });
        if (settled == 0)
            return false;
        EventType type = row.State == (long)AttachmentState.Ready ? EventType.AttachmentReady : EventType.AttachmentFailed;
        long? customer = row.IdentityId is { } identity ? IdentityStore.CustomerOf(session, identity) : null;
        session.Append(type, session.Now, row.IdentityId, customer, row.MessageId, data: data);
        return true;
    }
}
