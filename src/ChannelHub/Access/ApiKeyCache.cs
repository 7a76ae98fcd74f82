using System.Collections.Concurrent;
using ChannelHub.Api;
using ChannelHub.Options;
using ChannelHub.Security;
using ChannelHub.Storage.Access;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Access;

/// <summary>
/// Every live key by its hash. Whoever changes a key in the store changes it here after the commit and before answering, so a revoked key is refused from
/// the next request on.
/// </summary>
public sealed class ApiKeyCache
{
    private readonly ConcurrentDictionary<ApiKeyHash, LiveApiKey> byHash = [];
    private readonly Database database;
    private readonly HubOptions options;

    public ApiKeyCache(Database database, HubOptions options)
    {
        this.database = database;
        this.options = options;
        Reload();
    }

    /// <summary>The key that was presented, expired or not; null if there is none.</summary>
    public LiveApiKey? Find(ReadOnlySpan<char> key) => byHash.GetValueOrDefault(ApiKeyHash.Of(key));

    /// <summary>Whether somebody could administer the hub at <paramref name="now"/>.</summary>
    public bool HasAdmin(DateTimeOffset now) => byHash.Values.Any(k => k.Caller.Has(Scopes.Admin) && !k.IsExpired(now));

    public void Add(ApiKeyRow row) => byHash[ApiKeyHash.Parse(row.Hash)] = Make(row);

    public void Remove(long id)
    {
        foreach ((ApiKeyHash hash, LiveApiKey key) in byHash)
        {
            if (key.Caller.KeyId != id)
                continue;
            byHash.TryRemove(hash, out _);
            key.Revoke();
        }
    }

    /// <summary>Takes over what another node has made or revoked.</summary>
    public void Follow()
    {
        List<ApiKeyRow> rows = database.Read(ApiKeyStore.Live);
        foreach (ApiKeyRow row in rows.Where(row => !byHash.ContainsKey(ApiKeyHash.Parse(row.Hash))))
            Add(row);
        HashSet<long> live = [.. rows.Select(row => row.Id)];
        foreach (LiveApiKey key in byHash.Values.Where(key => !live.Contains(key.Caller.KeyId)))
            Remove(key.Caller.KeyId);
    }

    /// <summary>Reads all keys anew.</summary>
    public void Reload()
    {
        byHash.Clear();
        foreach (ApiKeyRow row in database.Read(ApiKeyStore.Live))
            Add(row);
    }

    private LiveApiKey Make(ApiKeyRow row)
    {
        string[] scopes = row.Scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        TokenBucket? bucket = row.Rate is { } own
            ? new TokenBucket(database.Clock, own, 2 * own)
            : Scopes.Allows(scopes, Scopes.Admin) ? null : new TokenBucket(database.Clock, options.Api.RequestsPerSecond, options.Api.RequestBurst);
        return new LiveApiKey(new Caller(row.Id, row.Name, scopes), row.ExpiresAt, bucket, row.LastUsedAt ?? 0, database.Clock);
    }
}

/// <summary>A key as every request meets it.</summary>
public sealed class LiveApiKey
{
    private const long UseIsNotedEvery = 60_000;

    private readonly long? expiresAt;
    private long usedAt;
    private volatile bool revoked;

    public LiveApiKey(Caller caller, long? expiresAt, TokenBucket? rate, long usedAt, TimeProvider clock)
    {
        this.expiresAt = expiresAt;
        this.usedAt = usedAt;
        Rate = rate;
        Caller = caller with { IsStillGood = () => !revoked && !IsExpired(clock.GetUtcNow()) };
    }

    /// <summary>Who calls with it.</summary>
    public Caller Caller { get; }

    /// <summary>How often; null for no limit.</summary>
    public TokenBucket? Rate { get; }

    public bool IsExpired(DateTimeOffset now) => expiresAt is { } end && now.ToUnixTimeMilliseconds() >= end;

    /// <summary>Whether this use is to be written down; true for one caller a minute.</summary>
    public bool ShouldNoteUse(long now)
    {
        long last = Interlocked.Read(ref usedAt);
        return now - last >= UseIsNotedEvery && Interlocked.CompareExchange(ref usedAt, now, last) == last;
    }

    /// <summary>Ends what it has under way.</summary>
    public void Revoke() => revoked = true;
}
