using ChannelHub.Adapters;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Customers;

/// <summary>Customers: groups of identities, numbered by their oldest one.</summary>
public static class CustomerStore
{
    /// <summary>Customers, newest first, below <paramref name="before"/>.</summary>
    public static List<long> Page(Session session, long before, int limit) => session.Query<long>(
        "SELECT id FROM identity WHERE id = customer_id AND id < @before ORDER BY id DESC LIMIT @limit", new { before, limit });

    public static List<ProfileRow> Profiles(Session session, IReadOnlyCollection<long> identityIds) => session
        .Prepared($"SELECT identity_id, name, attributes, version FROM profile WHERE identity_id {Session.In} ORDER BY identity_id").BindAll(identityIds)
        .All(c => new ProfileRow(c.Number(0), c.TextOrNull(1), c.TextOrNull(2), c.Number(3)));

    /// <summary>Saves what a CRM wrote, on the identity that the call named.</summary>
    public static void SaveProfile(WriteSession session, long identityId, string? name, string? attributes) => session.Execute("""
        INSERT INTO profile (identity_id, name, attributes, version, updated_at) VALUES (@identityId, @name, @attributes, 1, @Now)
        ON CONFLICT (identity_id) DO UPDATE SET name = excluded.name, attributes = excluded.attributes, version = profile.version + 1, updated_at = excluded.updated_at
        """, new { identityId, name, attributes, session.Now });

    public static List<AliasRow> Aliases(Session session, IReadOnlyCollection<long> identityIds) => session
        .Prepared($"SELECT identity_id, kind, scope, value, assurance, channel_id, since, last_seen, until FROM alias WHERE identity_id {Session.In} ORDER BY id")
        .BindAll(identityIds)
        .All(c => new AliasRow(c.Number(0), c.Text(1), c.Text(2), c.Text(3), c.Number(4), c.NumberOrNull(5), c.Number(6), c.Number(7), c.NumberOrNull(8)));

    public static List<ClaimRow> Claims(Session session, IReadOnlyCollection<long> identityIds) => session
        .Prepared($"SELECT identity_id, kind, scope, value, assurance, channel_id, since, last_seen FROM claim WHERE identity_id {Session.In} ORDER BY id")
        .BindAll(identityIds)
        .All(c => new ClaimRow(c.Number(0), c.Text(1), c.Text(2), c.Text(3), c.Number(4), c.NumberOrNull(5), c.Number(6), c.Number(7)));

    public static List<ReachRow> Reaches(Session session, IReadOnlyCollection<long> identityIds) => session
        .Prepared($"SELECT identity_id, channel_id, address, opted_out_at, unreachable_at, window_until FROM reach WHERE identity_id {Session.In} ORDER BY since")
        .BindAll(identityIds)
        .All(c => new ReachRow(c.Number(0), c.Number(1), c.TextOrNull(2), c.NumberOrNull(3), c.NumberOrNull(4), c.NumberOrNull(5)));

    public static List<ActivityRow> Activities(Session session, IReadOnlyCollection<long> identityIds) => session
        .Prepared($"SELECT identity_id, last_at, last_sequence, last_message_id, unread FROM activity WHERE identity_id {Session.In}").BindAll(identityIds)
        .All(c => new ActivityRow(c.Number(0), c.Number(1), c.Number(2), c.Number(3), c.Number(4)));

    /// <summary>Opens an identity that an agent or a CRM asserts. The key must be free.</summary>
    public static long Assert(WriteSession session, Key key, string? original, string? name) =>
        IdentityStore.Open(session, key, original, Assurance.Asserted, name, session.Now);

    /// <summary>Blocks or unblocks one address; false if it was so already.</summary>
    public static bool Block(WriteSession session, long identityId, bool blocked)
    {
        session.Identities.Clear();
        return session.Execute("UPDATE identity SET blocked_at = @at WHERE id = @identityId AND (blocked_at IS NULL) <> (@at IS NULL)",
            new { identityId, at = blocked ? session.Now : (long?)null }) == 1;
    }

    /// <summary>The address changed hands: the next message from it opens a new identity. False if it was closed already.</summary>
    public static bool Close(WriteSession session, long identityId)
    {
        session.Identities.Clear();
        if (session.Execute("UPDATE identity SET until = @Now WHERE id = @identityId AND until IS NULL", new { identityId, session.Now }) == 0)
            return false;
        session.Execute("UPDATE alias SET until = @Now WHERE identity_id = @identityId AND until IS NULL", new { identityId, session.Now });
        return true;
    }
}

/// <summary>A row of <c>profile</c>.</summary>
public sealed record ProfileRow(long IdentityId, string? Name, string? Attributes, long Version);

/// <summary>A row of <c>alias</c>.</summary>
public sealed record AliasRow(
    long IdentityId, string Kind, string Scope, string Value, long Assurance, long? ChannelId, long Since, long LastSeen, long? Until);

/// <summary>A row of <c>claim</c>.</summary>
public sealed record ClaimRow(
    long IdentityId, string Kind, string Scope, string Value, long Assurance, long? ChannelId, long Since, long LastSeen);

/// <summary>A row of <c>activity</c>.</summary>
public sealed record ActivityRow(long IdentityId, long LastAt, long LastSequence, long LastMessageId, long Unread);
