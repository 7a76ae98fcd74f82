using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.WebChat;

/// <summary>The tokens of browser visitors, by their SHA-256.</summary>
public static class VisitorSessionStore
{
    private const string Columns = """
        token_hash AS TokenHash, channel_id AS ChannelId, visitor, subject, page, born_at AS BornAt, last_used_at AS LastUsedAt, expires_at AS ExpiresAt,
        replaced_at AS ReplacedAt
        """;

    /// <summary>A session that has not ended.</summary>
    public static VisitorSessionRow? FindLive(Session session, long channelId, string tokenHash, long now) => session.Find<VisitorSessionRow>(
        $"SELECT {Columns} FROM visitor_session WHERE token_hash = @tokenHash AND channel_id = @channelId AND expires_at > @now", new { tokenHash, channelId, now });

    /// <summary>Whether any token of a visitor is still good.</summary>
    public static bool IsLive(Session session, long channelId, string visitor, long now) => session.Find<long?>(
        "SELECT 1 FROM visitor_session WHERE visitor = @visitor AND channel_id = @channelId AND expires_at > @now LIMIT 1", new { visitor, channelId, now }) is not null;

    /// <summary>A new token takes the place of the visitor's others, which live on until <paramref name="othersUntil"/> at most.</summary>
    public static void Insert(WriteSession session, VisitorSessionRow row, long othersUntil)
    {
        session.Execute("""
            UPDATE visitor_session SET replaced_at = coalesce(replaced_at, @LastUsedAt), expires_at = CASE WHEN expires_at < @othersUntil THEN expires_at ELSE @othersUntil END
            WHERE visitor = @Visitor AND channel_id = @ChannelId
            """, new { row.Visitor, row.ChannelId, row.LastUsedAt, othersUntil });
        session.Execute("""
            INSERT INTO visitor_session (token_hash, channel_id, visitor, subject, page, born_at, last_used_at, expires_at)
            VALUES (@TokenHash, @ChannelId, @Visitor, @Subject, @Page, @BornAt, @LastUsedAt, @ExpiresAt)
            """, row);
    }

    /// <summary>A token was used; one that has been replaced is not prolonged.</summary>
    public static void Touch(WriteSession session, string tokenHash, long now, long expiresAt) => session.Execute(
        "UPDATE visitor_session SET last_used_at = @now, expires_at = @expiresAt WHERE token_hash = @tokenHash AND replaced_at IS NULL AND expires_at > @now",
        new { tokenHash, now, expiresAt });

    /// <summary>Ends every token of a visitor.</summary>
    public static void End(WriteSession session, long channelId, string visitor) =>
        session.Execute("DELETE FROM visitor_session WHERE visitor = @visitor AND channel_id = @channelId", new { visitor, channelId });

    /// <summary>Books the use of a signed identity token. False if another visitor has used it.</summary>
    public static bool UseToken(WriteSession session, long channelId, string tokenId, string visitor, long expiresAt)
    {
        session.Execute("""
            INSERT INTO visitor_token_use (channel_id, token_id, visitor, expires_at) VALUES (@channelId, @tokenId, @visitor, @expiresAt) ON CONFLICT DO NOTHING
            """, new { channelId, tokenId, visitor, expiresAt });
        return session.Find<string>("SELECT visitor FROM visitor_token_use WHERE channel_id = @channelId AND token_id = @tokenId", new { channelId, tokenId }) == visitor;
    }

    /// <summary>Books the use of a ticket. False if it was used before.</summary>
    public static bool UseTicket(WriteSession session, long channelId, string ticketId, string visitor, long expiresAt) => session.Execute("""
        INSERT INTO visitor_token_use (channel_id, token_id, visitor, expires_at) VALUES (@channelId, @ticketId, @visitor, @expiresAt) ON CONFLICT DO NOTHING
        """, new { channelId, ticketId, visitor, expiresAt }) == 1;

    /// <summary>Removes what has ended; how many rows went.</summary>
    public static int Forget(WriteSession session, long now, int limit) =>
        session.Execute("DELETE FROM visitor_session WHERE token_hash IN (SELECT token_hash FROM visitor_session WHERE expires_at <= @now LIMIT @limit)", new { now, limit })
        + session.Execute("""
            DELETE FROM visitor_token_use WHERE (channel_id, token_id) IN
              (SELECT channel_id, token_id FROM visitor_token_use WHERE expires_at <= @now LIMIT @limit)
            """, new { now, limit });
}

/// <summary>A row of <c>visitor_session</c>.</summary>
public sealed record VisitorSessionRow(
    string TokenHash, long ChannelId, string Visitor, string? Subject, string? Page, long BornAt, long LastUsedAt, long ExpiresAt, long? ReplacedAt = null);
