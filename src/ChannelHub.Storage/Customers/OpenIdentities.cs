using ChannelHub.Adapters;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Customers;

/// <summary>
/// The open owners of keys, for the writer: from its cache, from the table, or newly opened. These statements run for every new or returning
/// sender, hence on SQLite's own interface.
/// </summary>
internal sealed class OpenIdentities(WriteSession session)
{
    private readonly Statement find = session.Prepare("""
        SELECT id, customer_id, generation, assurance, blocked_at, name FROM identity WHERE kind = ? AND scope = ? AND value = ? AND until IS NULL
        """);

    private readonly Statement formerOwners = session.Prepare(
        "SELECT count(*) FROM identity WHERE kind = ? AND scope = ? AND value = ? AND until IS NOT NULL");

    private readonly Statement insert = session.Prepare("""
        INSERT INTO identity (id, kind, scope, value, original, name, language, assurance, generation, customer_id, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """);

    private readonly Statement reach = session.Prepare("""
        INSERT INTO reach (identity_id, channel_id, address, since) VALUES (?, ?, ?, ?)
        ON CONFLICT (identity_id, channel_id) DO UPDATE SET address = excluded.address, unreachable_at = NULL
        """);

    private readonly Statement alias = session.Prepare(
        "INSERT INTO alias (id, identity_id, kind, scope, value, assurance, channel_id, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");

    private readonly Statement findAlias = session.Prepare(
        "SELECT id FROM alias WHERE identity_id = ? AND kind = ? AND scope = ? AND value = ? AND until IS NULL");

    private readonly Statement update = session.Prepare("UPDATE identity SET name = ?, assurance = ? WHERE id = ?");

    /// <summary>The owner of a key, if it has one.</summary>
    public KnownIdentity? Find(Key key)
    {
        if (session.Identities.Find(key) is { } cached)
            return cached;
        KnownIdentity? known = find.Bind(key.Kind).Bind(key.Scope).Bind(key.Value).First(columns => new KnownIdentity
        {
            Id = columns.Number(0),
            CustomerId = columns.Number(1),
            Generation = columns.Number(2),
            Assurance = (Assurance)columns.Number(3),
            Blocked = !columns.IsNull(4),
            Name = columns.TextOrNull(5),
        });
        if (known is not null)
            session.Identities.Add(key, known);
        return known;
    }

    /// <summary>Opens an identity for a key that nobody owns now. It is a customer of its own.</summary>
    public KnownIdentity Open(Key key, string? original, Assurance assurance, string? name, string? language, long at)
    {
        long id = session.NewId();
        long generation = 1 + formerOwners.Bind(key.Kind).Bind(key.Scope).Bind(key.Value).Number()!.Value;
        insert.Bind(id).Bind(key.Kind).Bind(key.Scope).Bind(key.Value).Bind(original).Bind(name).Bind(language).Bind((long)assurance)
            .Bind(generation).Bind(id).Bind(at).Run();
        IdentityStore.Announce(session, id, key, original ?? name);
        var known = new KnownIdentity { Id = id, CustomerId = id, Generation = generation, Assurance = assurance, Blocked = false, Name = name, IsNew = true };
        session.Identities.Add(key, known);
        return known;
    }

    /// <summary>Takes over a new name and a better proof.</summary>
    public void Refresh(KnownIdentity identity, string? name, Assurance assurance)
    {
        bool named = name is not null && name != identity.Name;
        if (!named && assurance <= identity.Assurance)
            return;
        identity.Name = named ? name : identity.Name;
        identity.Assurance = assurance > identity.Assurance ? assurance : identity.Assurance;
        update.Bind(identity.Name).Bind((long)identity.Assurance).Bind(identity.Id).Run();
    }

    /// <summary>Writing proves that the address can be reached; only the provider takes an opt-out back.</summary>
    public void Reach(KnownIdentity identity, long channelId, string? address, long at)
    {
        foreach (KnownReach known in identity.Reaches)
        {
            if (known.ChannelId == channelId && known.Address == address)
                return;
        }
        reach.Bind(identity.Id).Bind(channelId).Bind(address).Bind(at).Run();
        identity.Reaches = [.. identity.Reaches.Where(r => r.ChannelId != channelId), new KnownReach(channelId, address)];
    }

    /// <summary>Notes another name of the account; false if it is known.</summary>
    public bool AddAlias(KnownIdentity identity, LearnedKey learned, long channelId, long at)
    {
        Key key = learned.Key;
        if (!identity.IsNew && findAlias.Bind(identity.Id).Bind(key.Kind).Bind(key.Scope).Bind(key.Value).Number() is not null)
            return false;
        alias.Bind(session.NewId()).Bind(identity.Id).Bind(key.Kind).Bind(key.Scope).Bind(key.Value).Bind((long)learned.Assurance).Bind(channelId).Bind(at).Run();
        return true;
    }
}
