using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Access;

/// <summary>The keys of API clients. Of a key itself only the hash is here.</summary>
public static class ApiKeyStore
{
    private const string Columns = """
        id, name, hash, hint, scopes, rate, origin, created_at AS CreatedAt, expires_at AS ExpiresAt, revoked_at AS RevokedAt, last_used_at AS LastUsedAt
        """;

    /// <summary>Every key that is not revoked, expired ones included.</summary>
    public static List<ApiKeyRow> Live(Session session) => session.Query<ApiKeyRow>($"SELECT {Columns} FROM api_key WHERE revoked_at IS NULL ORDER BY id");

    /// <summary>Keys that are not revoked, oldest first, above <paramref name="after"/>.</summary>
    public static List<ApiKeyRow> Page(Session session, long after, int limit) => session.Query<ApiKeyRow>(
        $"SELECT {Columns} FROM api_key WHERE revoked_at IS NULL AND id > @after ORDER BY id LIMIT @limit", new { after, limit });

    /// <summary>A key that is not revoked.</summary>
    public static ApiKeyRow? Find(Session session, long id) =>
        session.Find<ApiKeyRow>($"SELECT {Columns} FROM api_key WHERE id = @id AND revoked_at IS NULL", new { id });

    public static void Insert(WriteSession session, ApiKeyRow row) => session.Execute("""
        INSERT INTO api_key (id, name, hash, hint, scopes, rate, origin, created_at, expires_at)
        VALUES (@Id, @Name, @Hash, @Hint, @Scopes, @Rate, @Origin, @CreatedAt, @ExpiresAt)
        """, row);

    /// <summary>The key of the settings: it takes the place of the one that stood there before, and of its own revocation.</summary>
    public static void Configure(WriteSession session, ApiKeyRow row)
    {
        session.Execute("UPDATE api_key SET revoked_at = @CreatedAt WHERE origin = @Origin AND hash <> @Hash AND revoked_at IS NULL", row);
        session.Execute("""
            INSERT INTO api_key (id, name, hash, hint, scopes, rate, origin, created_at, expires_at)
            VALUES (@Id, @Name, @Hash, @Hint, @Scopes, @Rate, @Origin, @CreatedAt, @ExpiresAt)
            ON CONFLICT (hash) DO UPDATE SET scopes = excluded.scopes, rate = NULL, origin = excluded.origin, expires_at = NULL, revoked_at = NULL
            """, row);
    }

    /// <summary>False if there is no such key, or not any more.</summary>
    public static bool Revoke(WriteSession session, long id) =>
        session.Execute("UPDATE api_key SET revoked_at = @now WHERE id = @id AND revoked_at IS NULL", new { id, now = session.Now }) == 1;

    public static void Used(WriteSession session, long id, long at) => session.Execute(
        "UPDATE api_key SET last_used_at = @at WHERE id = @id AND (last_used_at IS NULL OR last_used_at < @at)", new { id, at });
}

/// <summary>A row of <c>api_key</c>; scopes are separated by spaces.</summary>
public sealed record ApiKeyRow(
    long Id, string Name, string Hash, string Hint, string Scopes, long? Rate, string Origin, long CreatedAt, long? ExpiresAt, long? RevokedAt, long? LastUsedAt);

/// <summary>Where a key comes from.</summary>
public static class ApiKeyOrigins
{
    public const string Api = "api";
    public const string FirstStart = "first_start";
    public const string Settings = "settings";
}
