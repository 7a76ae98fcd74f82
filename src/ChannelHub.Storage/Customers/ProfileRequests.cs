using ChannelHub.Adapters;
using ChannelHub.Core.Events;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Customers;

/// <summary>Accounts whose names are still to be asked of their provider.</summary>
public static class ProfileRequests
{
    /// <summary>A new account came without a name.</summary>
    internal static void Add(WriteSession session, long identityId, long channelId) => session.Execute(
        "INSERT INTO profile_request (identity_id, channel_id, due_at, tries) VALUES (@identityId, @channelId, @Now, 0) ON CONFLICT DO NOTHING",
        new { identityId, channelId, session.Now });

    /// <summary>Those to be asked for now, longest due first.</summary>
    public static List<ProfileRequestRow> Due(Session session, long now, int limit) => session.Query<ProfileRequestRow>("""
        SELECT p.identity_id AS IdentityId, p.channel_id AS ChannelId, p.tries, i.kind, i.scope, i.value, i.original, r.address
        FROM profile_request p
        JOIN identity i ON i.id = p.identity_id
        LEFT JOIN reach r ON r.identity_id = p.identity_id AND r.channel_id = p.channel_id
        WHERE p.due_at <= @now ORDER BY p.due_at LIMIT @limit
        """, new { now, limit });

    /// <summary>The provider told. A name that came with a message meanwhile stays.</summary>
    public static void Found(WriteSession session, ProfileRequestRow request, string? name, IReadOnlyList<LearnedKey> learned)
    {
        Done(session, request);
        if (IdentityStore.Find(session, request.IdentityId) is not { Until: null } identity)
            return;
        // What the writer knows of the account is not what it was.
        session.Identities.Remove(identity.Key);
        long customer = IdentityStore.CustomerOf(session, identity.Id) ?? identity.Id;
        if (name is not null && session.Execute("UPDATE identity SET name = @name WHERE id = @Id AND name IS NULL", new { identity.Id, name }) == 1)
            session.Append(EventType.CustomerUpdated, session.Now, identity.Id, customer);
        session.Learner.LearnOfRecipient(identity.Id, learned, request.ChannelId);
    }

    /// <summary>Nothing more is to be asked.</summary>
    public static void Done(WriteSession session, ProfileRequestRow request) =>
        session.Execute("DELETE FROM profile_request WHERE identity_id = @IdentityId AND channel_id = @ChannelId", new { request.IdentityId, request.ChannelId });

    /// <summary>To be asked again.</summary>
    public static void Later(WriteSession session, ProfileRequestRow request, long dueAt) => session.Execute(
        "UPDATE profile_request SET due_at = @dueAt, tries = tries + 1 WHERE identity_id = @IdentityId AND channel_id = @ChannelId",
        new { request.IdentityId, request.ChannelId, dueAt });
}

/// <summary>A row of <c>profile_request</c> with the account's key.</summary>
public sealed record ProfileRequestRow(long IdentityId, long ChannelId, long Tries, string Kind, string Scope, string Value, string? Original, string? Address)
{
    /// <summary>As the provider writes it.</summary>
    public Key Key => new(Kind, Scope, Original ?? Value);
}
