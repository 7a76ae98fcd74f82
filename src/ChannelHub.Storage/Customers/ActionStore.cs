using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Customers;

/// <summary>The audit of merges: who did what to the facts, when and why.</summary>
public static class ActionStore
{
    private const string Columns = "id, kind, at, actor, reason, detail, undone_by AS UndoneBy";

    public static ActionRow? Find(Session session, long id) => session.Find<ActionRow>($"SELECT {Columns} FROM action WHERE id = @id", new { id });

    /// <summary>Newest first, below <paramref name="before"/>; vetoes only, or everything but.</summary>
    public static List<ActionRow> Page(Session session, long before, bool vetoes, int limit) => session.Query<ActionRow>(
        $"SELECT {Columns} FROM action WHERE id < @before AND kind {(vetoes ? "=" : "<>")} 'veto' ORDER BY id DESC LIMIT @limit", new { before, limit });

    /// <summary>The facts an action recorded, revoked ones included.</summary>
    public static List<FactRow> Facts(Session session, IReadOnlyCollection<long> actionIds) =>
        session.Query<FactRow>($"SELECT {CustomerGraph.FactColumns} FROM fact WHERE action_id IN @actionIds ORDER BY id", new { actionIds });

    /// <summary>Active bars and vetoes, newest first.</summary>
    public static List<FactRow> Against(Session session, long before, int limit) => session.Query<FactRow>($"""
        SELECT {CustomerGraph.FactColumns} FROM fact WHERE kind IN (3, 4) AND revoked_by IS NULL AND id < @before ORDER BY id DESC LIMIT @limit
        """, new { before, limit });
}

/// <summary>A row of <c>action</c>.</summary>
public sealed record ActionRow(long Id, string Kind, long At, string Actor, string? Reason, string? Detail, long? UndoneBy);
