using System.Text.Json;
using ChannelHub.Core.Customers.Suggestions;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Customers;

/// <summary>What identities may have in common without proving anything. Written behind the log, so it may be behind it too.</summary>
public static class TraitStore
{
    /// <summary>Keeps a trait of an identity, unless that has been erased meanwhile; known ones stay.</summary>
    public static void Add(WriteSession session, long identityId, Trait trait) => session.Execute("""
        INSERT INTO trait (identity_id, kind, value, since) SELECT id, @kind, @Value, @Now FROM identity WHERE id = @identityId AND kind <> @Erased ON CONFLICT DO NOTHING
        """, new { identityId, kind = NameOf(trait.Kind), trait.Value, session.Now, Erasure.Erased });

    /// <summary>Forgets an identity's traits of one kind that no longer hold.</summary>
    public static void Keep(WriteSession session, long identityId, TraitKind kind, IReadOnlyCollection<Trait> holding)
    {
        foreach (Trait gone in Of(session, [identityId])[identityId].Where(trait => trait.Kind == kind).Except(holding))
            session.Execute("DELETE FROM trait WHERE identity_id = @identityId AND kind = @kind AND value = @Value", new { identityId, kind = NameOf(kind), gone.Value });
    }

    public static ILookup<long, Trait> Of(Session session, IReadOnlyCollection<long> identityIds) => session
        .Prepared($"SELECT identity_id, kind, value FROM trait WHERE identity_id {Session.In}").BindAll(identityIds)
        .All(c => (Identity: c.Number(0), Trait: new Trait(Enum.Parse<TraitKind>(c.Text(1), ignoreCase: true), c.Text(2))))
        .ToLookup(row => row.Identity, row => row.Trait);

    private static string NameOf(TraitKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());
}
