using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Customers;

/// <summary>The audit of merges: who did what to the facts, when and why.</summary>
public static class ActionStore
{
    private const string Columns = "id, kind, at, actor, reason, detail, undone_by AS UndoneBy";

    public static ActionRow? Find(Session session, long id) => session.Find<ActionRow>($"SELECT {Columns} FROM action WHERE id = @id", new { id });

    /// <summary>Newest first, below <paramref name="before"/>; vetoes only, or everything but.</summary>
    public static List<ActionRow> Page(Session session, long before, bool vetoes, int limit) => session.Query<ActionRow>(
        $"SELECT {Columns} FROM action WHERE id < @before AND {(vetoes ? "kind = 'veto'" : "kind NOT IN ('veto', 'erase')")} ORDER BY id DESC LIMIT @limit", new { before, limit });

    /// <summary>The facts an action recorded, revoked ones included.</summary>
    public static List<FactRow> Facts(Session session, IReadOnlyCollection<long> actionIds) =>
        session.Query<FactRow>($"SELECT {CustomerGraph.FactColumns} FROM fact WHERE action_id IN @actionIds ORDER BY id", new { actionIds });

    /// <summary>Whether a person said of any identities of two customers that they are not one.</summary>
    public static bool AreVetoed(Session session, long oneCustomer, long otherCustomer) => session.Find<long>("""
        SELECT count(*) FROM fact f JOIN identity l ON l.id = f.left_id JOIN identity r ON r.id = f.right_id
        WHERE f.kind = 4 AND f.revoked_by IS NULL AND f.left_id IN (SELECT id FROM identity WHERE customer_id IN (@oneCustomer, @otherCustomer))
          AND (l.customer_id = @oneCustomer AND r.customer_id = @otherCustomer OR l.customer_id = @otherCustomer AND r.customer_id = @oneCustomer)
        """, new { oneCustomer, otherCustomer }) > 0;

    /// <summary>Active bars and vetoes, newest first.</summary>
    public static List<FactRow> Against(Session session, long before, int limit) => session.Query<FactRow>($"""
        SELECT {CustomerGraph.FactColumns} FROM fact WHERE kind IN (3, 4) AND revoked_by IS NULL AND id < @before ORDER BY id DESC LIMIT @limit
        """, new { before, limit });
}

/// <summary>A row of <c>action</c>.</summary>
public sealed record ActionRow(long Id, string Kind, long At, string Actor, string? Reason, string? Detail, long? UndoneBy);
