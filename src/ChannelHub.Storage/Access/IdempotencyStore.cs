using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Access;

/// <summary>First answers, by (API key, method, path, idempotency key). A row without a status is the claim of a request that is still in flight.</summary>
public static class IdempotencyStore
{
    private const string Here = "api_key_id = @ApiKeyId AND method = @Method AND path = @Path AND key = @Key";

    /// <summary>
    /// Claims the key for one request. Null if it is claimed; else the first answer, or, without a status, the claim of a request that another node is
    /// working on. The caller knows that no other request with this key is running here, so a claim of this node without an answer was left behind, and so
    /// was one of a node that is no more.
    /// </summary>
    /// <param name="session">The transaction.</param>
    /// <param name="key">What is claimed.</param>
    /// <param name="claim">Tells this claim from others of the same key.</param>
    /// <param name="body">Tells the body of the request from others.</param>
    /// <param name="expired">What was claimed before this time is forgotten.</param>
    public static IdempotencyRow? Claim(WriteSession session, IdempotencyKey key, long claim, string body, long expired)
    {
        session.Execute($"DELETE FROM idempotency WHERE {Here} AND (created_at < @expired OR (status IS NULL AND (run = @Run OR run NOT IN (SELECT run FROM node))))",
            new { key.ApiKeyId, key.Method, key.Path, key.Key, expired, session.Run });
        int claimed = session.Execute("""
            INSERT INTO idempotency (api_key_id, method, path, key, claim, run, body_hash, created_at) VALUES (@ApiKeyId, @Method, @Path, @Key, @claim, @Run, @body, @now)
            ON CONFLICT (api_key_id, method, path, key) DO NOTHING
            """, new { key.ApiKeyId, key.Method, key.Path, key.Key, claim, session.Run, body, now = session.Now });
        return claimed == 1 ? null : session.Find<IdempotencyRow>($"""
            SELECT body_hash AS BodyHash, status, content_type AS ContentType, location, etag, answer FROM idempotency WHERE {Here}
            """, key);
    }

    /// <summary>Keeps the answer. False if the claim has passed to another request meanwhile: then nothing may come of this one.</summary>
    public static bool Complete(WriteSession session, IdempotencyKey key, long claim, IdempotencyRow answer) => session.Execute($"""
        UPDATE idempotency SET status = @Status, content_type = @ContentType, location = @Location, etag = @ETag, answer = @Answer
        WHERE {Here} AND claim = @claim AND status IS NULL
        """, new { key.ApiKeyId, key.Method, key.Path, key.Key, claim, answer.Status, answer.ContentType, answer.Location, answer.ETag, answer.Answer }) == 1;

    /// <summary>Lets go of a claim that came to nothing.</summary>
    public static void Release(WriteSession session, IdempotencyKey key, long claim) => session.Execute(
        $"DELETE FROM idempotency WHERE {Here} AND claim = @claim AND status IS NULL", new { key.ApiKeyId, key.Method, key.Path, key.Key, claim });

    /// <summary>The keys of answers in which an id stands.</summary>
    public static List<IdempotencyKey> Showing(Session session, string id) => session.Query<IdempotencyKey>("""
        SELECT api_key_id AS ApiKeyId, method, path, key FROM idempotency WHERE CAST(answer AS TEXT) LIKE @like ESCAPE '\'
        """, new { like = "%" + id.Replace("_", "\\_", StringComparison.Ordinal) + "%" });

    /// <summary>Keeps that there was an answer, and nothing of what it said.</summary>
    public static void Blank(WriteSession session, IdempotencyKey key) => session.Execute($"UPDATE idempotency SET answer = NULL WHERE {Here}", key);

    /// <summary>Forgets up to <paramref name="limit"/> answers older than <paramref name="before"/>; how many there were.</summary>
    public static int Forget(WriteSession session, long before, int limit)
    {
        List<IdempotencyKey> old = session.Query<IdempotencyKey>("""
            SELECT api_key_id AS ApiKeyId, method, path, key FROM idempotency WHERE created_at < @before ORDER BY created_at LIMIT @limit
            """, new { before, limit });
        foreach (IdempotencyKey key in old)
            session.Execute($"DELETE FROM idempotency WHERE {Here}", key);
        return old.Count;
    }
}

/// <summary>What an answer is kept under.</summary>
public sealed record IdempotencyKey(long ApiKeyId, string Method, string Path, string Key);

/// <summary>A first answer, and what tells its request's body from others; without a status it is still to come.</summary>
public sealed record IdempotencyRow(string BodyHash, long? Status, string? ContentType, string? Location, string? ETag, byte[]? Answer);
