using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;

namespace ChannelHub.Storage.Customers;

/// <summary>Conversations: views over the messages of a customer's identities, listed by the summaries of those identities.</summary>
public static class ConversationStore
{
    /// <summary>
    /// Newest activity first. The activity index is walked, and an identity with a newer sibling skipped, so that the cost is that of the page.
    /// </summary>
    public static List<ConversationRow> ByActivity(Session session, ConversationFilter filter, long beforeAt, long beforeIdentity, int limit) =>
        session.Query<ConversationRow>($"""
            SELECT i.customer_id AS CustomerId, a.last_at AS LastAt, a.identity_id AS IdentityId
            FROM activity a JOIN identity i ON i.id = a.identity_id
            WHERE (a.last_at, a.identity_id) < (@beforeAt, @beforeIdentity) {Where(filter)}
              AND NOT EXISTS (SELECT 1 FROM identity s JOIN activity b ON b.identity_id = s.id
                WHERE s.customer_id = i.customer_id AND s.id <> i.id AND (b.last_at, b.identity_id) > (a.last_at, a.identity_id))
            ORDER BY a.last_at DESC, a.identity_id DESC LIMIT @limit
            """, Arguments(filter, beforeAt, beforeIdentity, limit));

    /// <summary>Oldest customer first; complete, whatever moves meanwhile.</summary>
    public static List<ConversationRow> ByCreation(Session session, ConversationFilter filter, long afterCustomer, int limit) =>
        session.Query<ConversationRow>($"""
            SELECT i.customer_id AS CustomerId, i.since AS LastAt, i.id AS IdentityId
            FROM identity i LEFT JOIN activity a ON a.identity_id = i.id
            WHERE i.id = i.customer_id AND i.id > @beforeIdentity {Where(filter)}
            ORDER BY i.id LIMIT @limit
            """, Arguments(filter, 0, afterCustomer, limit));

    /// <summary>Which of the filter's customers it lets through.</summary>
    public static List<long> Among(Session session, ConversationFilter filter) => session.Query<long>($"""
        SELECT DISTINCT i.customer_id FROM identity i LEFT JOIN activity a ON a.identity_id = i.id WHERE i.customer_id <> 0 {Where(filter)}
        """, Arguments(filter, 0, 0, 0));

    /// <summary>Everything up to a message has been read by the shop. False if nothing changed.</summary>
    public static bool MarkRead(WriteSession session, IReadOnlyList<long> identityIds, MessageRow upTo)
    {
        int changed = 0;
        foreach (long identityId in identityIds)
        {
            changed += session.Execute("""
                UPDATE activity SET unread = unread_now FROM (
                  SELECT count(*) AS unread_now FROM message WHERE identity_id = @identityId AND direction = 0
                    AND (occurred_at, sequence, id) > (@OccurredAt, @Sequence, @Id)) counted
                WHERE identity_id = @identityId AND unread > unread_now
                """, new { identityId, upTo.OccurredAt, upTo.Sequence, upTo.Id });
        }
        return changed > 0;
    }

    private static string Where(ConversationFilter filter) => string.Concat(
        filter.ChannelId is null ? "" : " AND EXISTS (SELECT 1 FROM identity s JOIN reach r ON r.identity_id = s.id WHERE s.customer_id = i.customer_id AND r.channel_id = @ChannelId)",
        filter.UpdatedSince is null ? "" : " AND a.last_at >= @UpdatedSince",
        filter.Customers is null ? "" : " AND i.customer_id IN @Customers",
        filter.Unread is not { } unread ? "" : $" AND {(unread ? "" : "NOT ")}EXISTS (SELECT 1 FROM identity s JOIN activity b ON b.identity_id = s.id WHERE s.customer_id = i.customer_id AND b.unread > 0)");

    private static object Arguments(ConversationFilter filter, long beforeAt, long beforeIdentity, int limit) =>
        new { filter.ChannelId, filter.UpdatedSince, filter.Customers, beforeAt, beforeIdentity, limit };
}

/// <summary>Which conversations to list.</summary>
public sealed record ConversationFilter(long? ChannelId, long? UpdatedSince, bool? Unread, IReadOnlyList<long>? Customers);

/// <summary>A conversation's place in a list.</summary>
public sealed record ConversationRow(long CustomerId, long LastAt, long IdentityId);
