using ChannelHub.Adapters;
using ChannelHub.Core.Keys;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Customers;

/// <summary>
/// The open owners of keys, for the writer: from its cache, from the table, or newly opened. These statements run for every new or returning
/// sender.
/// </summary>
internal sealed class OpenIdentities(WriteSession session)
{
    private readonly Statement find = session.Prepare("""
        SELECT id, customer_id, generation, assurance, blocked_at, name FROM identity WHERE kind = ? AND scope = ? AND value = ? AND until IS NULL
        """);

    // The newest first: of two accounts that were told apart badly, the one that was heard of last.
    private readonly Statement findByAlias = session.Prepare("""
        SELECT i.id, i.customer_id, i.generation, i.assurance, i.blocked_at, i.name, i.kind, i.scope, i.value, a.assurance
        FROM alias a JOIN identity i ON i.id = a.identity_id
        WHERE a.kind = ? AND a.scope = ? AND a.value = ? AND a.until IS NULL AND i.until IS NULL AND a.assurance >= 2 ORDER BY a.assurance DESC, a.id DESC
        """);

    private readonly Statement formerOwners = session.Prepare(
        "SELECT count(*) FROM identity WHERE kind = ? AND scope = ? AND value = ? AND until IS NOT NULL");

    private readonly Statement insert = session.PrepareInsert("""
        INSERT INTO identity (id, kind, scope, value, original, name, language, assurance, generation, customer_id, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """);

    private const string AddReach = """
        INSERT INTO reach (identity_id, channel_id, address, since) VALUES (?, ?, ?, ?)
        ON CONFLICT (identity_id, channel_id) DO UPDATE SET address = excluded.address, unreachable_at = NULL
        """;

    // One insert of many rows may not come upon the same row twice.
    private readonly Statement firstReach = session.PrepareInsert(AddReach);

    private readonly Statement reach = session.Prepare(AddReach);

    private readonly Statement openWindow = session.Prepare("""
        UPDATE reach SET window_until = ? WHERE identity_id = ? AND channel_id = ? AND (window_until IS NULL OR window_until < ?)
        """);

    private readonly Statement alias = session.PrepareInsert(
        "INSERT INTO alias (id, identity_id, kind, scope, value, assurance, channel_id, since, last_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");

    private readonly Statement findAlias = session.Prepare(
        "SELECT id FROM alias WHERE identity_id = ? AND kind = ? AND scope = ? AND value = ? AND until IS NULL");

    private readonly Statement seeAlias = session.Prepare(
        "UPDATE alias SET last_seen = ?, assurance = CASE WHEN assurance < ? THEN ? ELSE assurance END WHERE id = ?");

    private readonly Statement endAlias = session.Prepare(
        "UPDATE alias SET until = ? WHERE kind = ? AND scope = ? AND value = ? AND identity_id <> ? AND until IS NULL");

    private readonly Statement raise = session.Prepare("UPDATE identity SET assurance = ? WHERE id = ?");

    private readonly Statement rename = session.Prepare("UPDATE identity SET former_name = name, name = ?, named_at = ? WHERE id = ?");

    /// <summary>
    /// Whether an alias is good enough to be found by: proven or confirmed, or another id of the same kind told by the same authority that tells the
    /// account's own.
    /// </summary>
    public static bool IsVouchedFor(Key own, Key alias, Assurance assurance) =>
        assurance >= Assurance.Confirmed || (assurance == Assurance.Asserted && own.Kind == alias.Kind && own.Scope == alias.Scope);

    /// <summary>The open identity of the account that a key names: its owner, else who has it as an alias, else who owns the other spelling of the number.</summary>
    public KnownIdentity? Find(Key key)
    {
        if (session.Identities.Find(key) is { } cached)
            return cached;
        if (session.Identities.NextGeneration(key) is not null)
            return null;
        KnownIdentity? known = Owner(key) ?? ByAlias(key)
            ?? (key.Kind == KeyKinds.Phone && PhoneNumbers.AliasOf(key.Value) is { } variant ? Owner(key with { Value = variant }) : null);
        if (known is null)
            return null;
        // However it is found, what is known of an identity is known once.
        known = session.Identities.Find(known.Key) ?? session.Identities.Add(known.Key, known);
        if (known.Key != key)
            session.Identities.Add(key, known);
        return known;
    }

    /// <summary>The customer said something: for some time the provider lets the shop write freely.</summary>
    public void OpenWindow(KnownIdentity identity, long channelId, long until) =>
        openWindow.Bind(until).Bind(identity.Id).Bind(channelId).Bind(until).Run();

    /// <summary>Opens an identity for a key that nobody owns now. It is a customer of its own.</summary>
    public KnownIdentity Open(Key key, string? original, Assurance assurance, string? name, string? language, long at)
    {
        long id = session.NewId();
        long generation = session.Identities.NextGeneration(key) ?? 1 + formerOwners.Bind(key.Kind).Bind(key.Scope).Bind(key.Value).Number()!.Value;
        insert.Bind(id).Bind(key.Kind).Bind(key.Scope).Bind(key.Value).Bind(original).Bind(name).Bind(language).Bind((long)assurance)
            .Bind(generation).Bind(id).Bind(at).Run();
        IdentityStore.Announce(session, id, key, original ?? name);
        var known = new KnownIdentity { Id = id, Key = key, CustomerId = id, Generation = generation, Assurance = assurance, Blocked = false, Name = name, IsNew = true };
        session.Identities.Add(key, known);
        return known;
    }

    /// <summary>Takes over a new name and a better proof.</summary>
    public void Refresh(KnownIdentity identity, string? name, Assurance assurance, long at)
    {
        if (name is not null && name != identity.Name)
        {
            identity.Name = name;
            rename.Bind(name).Bind(at).Bind(identity.Id).Run();
        }
        if (assurance > identity.Assurance)
        {
            identity.Assurance = assurance;
            raise.Bind((long)assurance).Bind(identity.Id).Run();
        }
    }

    /// <summary>Writing proves that the address can be reached; only the provider takes an opt-out back.</summary>
    public void Reach(KnownIdentity identity, long channelId, string? address, long at)
    {
        foreach (KnownReach known in identity.Reaches)
        {
            if (known.ChannelId == channelId && known.Address == address)
                return;
        }
        Statement added = identity.IsNew && identity.Reaches.Length == 0 ? firstReach : reach;
        added.Bind(identity.Id).Bind(channelId).Bind(address).Bind(at).Run();
        identity.Reaches = [.. identity.Reaches.Where(r => r.ChannelId != channelId), new KnownReach(channelId, address)];
    }

    /// <summary>The channel is a way to the identity, if no better one through it is known; where to answer is left as it is.</summary>
    public void ReachIfUnknown(KnownIdentity identity, long channelId, long at) => session.Execute(
        "INSERT INTO reach (identity_id, channel_id, since) VALUES (@Id, @channelId, @at) ON CONFLICT DO NOTHING", new { identity.Id, channelId, at });

    /// <summary>Notes another name of the account; false if it is known.</summary>
    public bool AddAlias(KnownIdentity identity, LearnedKey learned, long channelId, long at)
    {
        Key key = learned.Key;
        if (AliasOf(identity, key) is { } known)
        {
            seeAlias.Bind(at).Bind((long)learned.Assurance).Bind((long)learned.Assurance).Bind(known).Run();
            return false;
        }
        bool wasFree = session.Identities.TryGetAlias(key, out HeldAlias? held) && held is null;
        session.Identities.Remove(key);
        long id = session.NewId();
        if (wasFree)
            session.Identities.AddAlias(key, new HeldAlias(id, identity.Id));
        alias.Bind(id).Bind(identity.Id).Bind(key.Kind).Bind(key.Scope).Bind(key.Value).Bind((long)learned.Assurance).Bind(channelId).Bind(at).Bind(at).Run();
        return true;
    }

    /// <summary>An alias is another account's from now on. False if nobody else had it.</summary>
    public bool EndElsewhere(Key key, long newHolder, long at) =>
        !(session.Identities.TryGetAlias(key, out HeldAlias? held) && (held is null || held.IdentityId == newHolder))
        && endAlias.Bind(at).Bind(key.Kind).Bind(key.Scope).Bind(key.Value).Bind(newHolder).RunCounting() > 0;

    private long? AliasOf(KnownIdentity identity, Key key)
    {
        if (identity.IsNew)
            return null;
        if (session.Identities.TryGetAlias(key, out HeldAlias? held))
            return held?.IdentityId == identity.Id ? held.Id : null;
        return findAlias.Bind(identity.Id).Bind(key.Kind).Bind(key.Scope).Bind(key.Value).Number();
    }

    private KnownIdentity? Owner(Key key) =>
        find.Bind(key.Kind).Bind(key.Scope).Bind(key.Value).First(columns => Read(columns, key));

    private KnownIdentity? ByAlias(Key key) => AliasKinds.MayChangeHands(key.Kind) ? null :
        findByAlias.Bind(key.Kind).Bind(key.Scope).Bind(key.Value).First(columns =>
        {
            KnownIdentity known = Read(columns, new Key(columns.Text(6), columns.Text(7), columns.Text(8)));
            return IsVouchedFor(known.Key, key, (Assurance)columns.Number(9)) ? known : null;
        });

    private static KnownIdentity Read(Columns columns, Key key) => new()
    {
        Id = columns.Number(0),
        Key = key,
        CustomerId = columns.Number(1),
        Generation = columns.Number(2),
        Assurance = (Assurance)columns.Number(3),
        Blocked = !columns.IsNull(4),
        Name = columns.TextOrNull(5),
    };
}
