using ChannelHub.Adapters;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.WebChat;

/// <summary>Claims of visitors to whose address a one-time code was sent.</summary>
public static class VisitorCodeStore
{
    private const string Columns = """
        id, channel_id AS ChannelId, visitor, kind, value, mailbox, identity_id AS IdentityId, message_id AS MessageId, tries, expires_at AS ExpiresAt,
        ended_at AS EndedAt
        """;

    public static VisitorCodeRow? Find(Session session, long id) =>
        session.Find<VisitorCodeRow>($"SELECT {Columns} FROM visitor_code WHERE id = @id", new { id });

    /// <summary>The code that a message carries.</summary>
    public static VisitorCodeRow? OfMessage(Session session, long messageId) =>
        session.Find<VisitorCodeRow>($"SELECT {Columns} FROM visitor_code WHERE message_id = @messageId", new { messageId });

    /// <summary>Adds a claim; the visitor's others end, since one is open at a time.</summary>
    public static void Insert(WriteSession session, VisitorCodeRow row)
    {
        session.Execute("UPDATE visitor_code SET ended_at = @Now WHERE visitor = @Visitor AND channel_id = @ChannelId AND ended_at IS NULL",
            new { row.Visitor, row.ChannelId, session.Now });
        session.Execute("""
            INSERT INTO visitor_code (id, channel_id, visitor, kind, value, mailbox, identity_id, message_id, tries, created_at, expires_at)
            VALUES (@Id, @ChannelId, @Visitor, @Kind, @Value, @Mailbox, @IdentityId, @MessageId, 0, @Now, @ExpiresAt)
            """, new { row.Id, row.ChannelId, row.Visitor, row.Kind, row.Value, row.Mailbox, row.IdentityId, row.MessageId, row.ExpiresAt, session.Now });
    }

    /// <summary>How many codes went to an address since a time, over all visitors.</summary>
    public static long SentSince(Session session, string mailbox, long since) => session.Find<long>(
        "SELECT count(*) FROM visitor_code WHERE mailbox = @mailbox AND created_at > @since AND message_id IS NOT NULL", new { mailbox, since });

    /// <summary>How often codes of an address were tried since a time, over all visitors. All tries at a code count as late as its last one.</summary>
    public static long TriesSince(Session session, string mailbox, long since) => session.Find<long>(
        "SELECT coalesce(sum(tries), 0) FROM visitor_code WHERE mailbox = @mailbox AND tried_at > @since", new { mailbox, since });

    public static void CountTry(WriteSession session, long id) =>
        session.Execute("UPDATE visitor_code SET tries = tries + 1, tried_at = @Now WHERE id = @id", new { id, session.Now });

    /// <summary>The code was right. False if the address is no longer that of the identity to which it was sent, or the visitor has gone.</summary>
    public static bool Confirm(WriteSession session, Key visitor, VisitorCodeRow code)
    {
        session.Execute("UPDATE visitor_code SET ended_at = @Now WHERE id = @Id", new { code.Id, session.Now });
        var key = new Key(code.Kind, code.Value);
        if (IdentityStore.FindByKey(session, visitor) is not { } sender || IdentityStore.FindByKey(session, key) is not { } owner || owner.Id != code.IdentityId)
            return false;
        const long confirmed = (long)Assurance.Confirmed;
        session.Execute("UPDATE identity SET assurance = @confirmed WHERE id = @Id AND assurance < @confirmed", new { owner.Id, confirmed });
        session.Execute("""
            UPDATE claim SET assurance = @confirmed WHERE identity_id = @Id AND kind = @Kind AND scope = @Scope AND value = @Value AND assurance < @confirmed
            """, new { sender.Id, key.Kind, key.Scope, key.Value, confirmed });
        CustomerGraph.Join(session, KnownIdentity.Of(sender), KnownIdentity.Of(owner),
            new LearnedKey(key, Assurance.Confirmed, LearnedAs.Contact), (Assurance)sender.Assurance);
        session.Identities.Clear();
        return true;
    }

    /// <summary>Removes what no limit counts any more; how many rows went.</summary>
    public static int Forget(WriteSession session, long before, int limit) => session.Execute("""
        DELETE FROM visitor_code WHERE id IN (SELECT id FROM visitor_code WHERE id < @before ORDER BY id LIMIT @limit)
        """, new { before, limit });
}

/// <summary>A row of <c>visitor_code</c>.</summary>
public sealed record VisitorCodeRow(
    long Id, long ChannelId, string Visitor, string Kind, string Value, string Mailbox, long? IdentityId, long? MessageId, long Tries, long ExpiresAt,
    long? EndedAt = null);
