using ChannelHub.Adapters;

namespace ChannelHub.Storage.Customers;

/// <summary>
/// Open identities by key, as the newest transaction left them; used on the writer's thread only. Where other nodes write too, what was read in one
/// transaction is read again in the next. Bounded: when full it starts afresh, which costs a look-up each.
/// </summary>
internal sealed class IdentityCache
{
    private const int Capacity = 50_000;

    private readonly Dictionary<Key, KnownIdentity> byKey = [];
    private readonly Dictionary<Key, long> absent = [];
    private readonly Dictionary<Key, HeldAlias?> aliases = [];
    private long reading;

    public KnownIdentity? Find(Key key) => byKey.TryGetValue(key, out KnownIdentity? known) && known.ReadIn == reading ? known : null;

    /// <summary>Keeps what was read just now; answers with what was learned about the same identity before.</summary>
    public KnownIdentity Add(Key key, KnownIdentity identity)
    {
        if (byKey.Count >= Capacity)
            byKey.Clear();
        if (byKey.TryGetValue(key, out KnownIdentity? before) && before.Id == identity.Id && !ReferenceEquals(before, identity))
            (identity.LearnedPrint, identity.LearnedAt) = (before.LearnedPrint, before.LearnedAt);
        identity.ReadIn = reading;
        absent.Remove(key);
        return byKey[key] = identity;
    }

    /// <summary>A key is known to name nobody.</summary>
    /// <param name="key">The key.</param>
    /// <param name="generation">Of whoever owns it next.</param>
    public void AddAbsent(Key key, long generation) => absent[key] = generation;

    /// <summary>The generation of a key's next owner, if it is known that nobody owns it now.</summary>
    public long? NextGeneration(Key key) => absent.TryGetValue(key, out long generation) ? generation : null;

    /// <summary>It is known who has a key as an alias now: one account, or (null) none.</summary>
    public void AddAlias(Key key, HeldAlias? held) => aliases[key] = held;

    /// <summary>Whether it is known who has a key as an alias.</summary>
    public bool TryGetAlias(Key key, out HeldAlias? held) => aliases.TryGetValue(key, out held);

    /// <summary>Whether what accounts reveal was learned of this one, in whatever transaction.</summary>
    public bool HasLearned(Key key) => byKey.TryGetValue(key, out KnownIdentity? known) && known.LearnedPrint != 0;

    /// <summary>Somebody may have been given the key.</summary>
    public void Remove(Key key)
    {
        byKey.Remove(key);
        absent.Remove(key);
        aliases.Remove(key);
    }

    /// <summary>Nothing that is known still holds for certain: others may have written.</summary>
    public void Doubt()
    {
        reading++;
        absent.Clear();
        aliases.Clear();
    }

    public void Clear()
    {
        byKey.Clear();
        absent.Clear();
        aliases.Clear();
    }
}

/// <summary>What the writer needs to know of an identity to store a message.</summary>
internal sealed class KnownIdentity
{
    public required long Id { get; init; }

    /// <summary>The key it owns; it may be found by an alias.</summary>
    public required Key Key { get; init; }

    public required long CustomerId { get; set; }
    public required long Generation { get; init; }
    public required Assurance Assurance { get; set; }
    public required bool Blocked { get; init; }
    public string? Name { get; set; }

    /// <summary>As its row is now; for writes that are too rare for the cache.</summary>
    public static KnownIdentity Of(IdentityRow row) => new()
    {
        Id = row.Id, Key = row.Key, CustomerId = row.CustomerId, Generation = row.Generation, Assurance = (Assurance)row.Assurance, Blocked = row.BlockedAt is not null, Name = row.Name,
    };

    /// <summary>Opened in this process and not learned about before: nothing can be known beside it.</summary>
    public bool IsNew { get; set; }

    /// <summary>The channels it is known to be reached through; nearly always one, hence a plain array.</summary>
    public KnownReach[] Reaches { get; set; } = [];

    /// <summary>Fingerprint of the keys last learned beside it, so that the same ones need not be looked up for every message.</summary>
    public ulong LearnedPrint { get; set; }

    /// <summary>When that was, in Unix milliseconds.</summary>
    public long LearnedAt { get; set; }

    /// <summary>The cache's reading it stems from.</summary>
    public long ReadIn { get; set; }
}

/// <summary>How an identity is reached through one channel.</summary>
internal readonly record struct KnownReach(long ChannelId, string? Address);

/// <summary>An alias and the identity that has it.</summary>
internal sealed record HeldAlias(long Id, long IdentityId);
