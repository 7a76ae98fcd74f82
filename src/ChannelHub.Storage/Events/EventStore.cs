using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Events;

/// <summary>Reading the hub's log, and how far its readers have come.</summary>
public static class EventStore
{
    internal const string Columns = """
        position, type, at, identity_id, customer_id, message_id, revision, data
        """;

    /// <summary>Events beyond <paramref name="after"/> up to <paramref name="upTo"/>, oldest first; of some types only, if given.</summary>
    public static List<EventRow> Page(Session session, long after, long upTo, IReadOnlyList<long>? types, int limit) => types is null
        ? session.Prepared($"SELECT {Columns} FROM event WHERE position > ? AND position <= ? ORDER BY position LIMIT ?")
            .Bind(after).Bind(upTo).Bind(limit).All(EventRow.Read)
        : session.Prepared($"SELECT {Columns} FROM event WHERE position > ? AND position <= ? AND type {Session.In} ORDER BY position LIMIT ?")
            .Bind(after).Bind(upTo).BindAll(types).Bind(limit).All(EventRow.Read);

    /// <summary>Position of the oldest event that is kept; 1 on an empty log.</summary>
    public static long First(Session session) => session.Prepared("SELECT min(position) FROM event").Number() ?? 1;

    /// <summary>Forgets events up to a position that are old, in small steps; never the newest, by which the next position is counted.</summary>
    internal const string ForgetOldest = """
        DELETE FROM event WHERE position IN (SELECT position FROM event ORDER BY position LIMIT @limit) AND at < @before
          AND position <= @upTo AND position < (SELECT max(position) FROM event)
        """;

    /// <summary>A background reader that was never here begins with the oldest event that is kept.</summary>
    public static void EnterReader(WriteSession session, string name) => session.Execute(
        "INSERT INTO reader (name, position) VALUES (@name, coalesce((SELECT min(position) FROM event), 1) - 1) ON CONFLICT (name) DO NOTHING", new { name });

    /// <summary>How far a background reader has come.</summary>
    public static long ReaderPosition(Session session, string name) =>
        session.Find<long?>("SELECT position FROM reader WHERE name = @name", new { name }) ?? 0;

    /// <summary>A background reader has dealt with everything up to a position.</summary>
    public static void MoveReader(WriteSession session, string name, long position) => session.Execute(
        "INSERT INTO reader (name, position) VALUES (@name, @position) ON CONFLICT (name) DO UPDATE SET position = excluded.position WHERE excluded.position > reader.position",
        new { name, position });
}

/// <summary>A row of <c>event</c>.</summary>
public sealed record EventRow(long Position, long Type, long At, long? IdentityId, long? CustomerId, long? MessageId, long? Revision, string? Data)
{
    /// <summary>Reads the columns in the order of the table.</summary>
    internal static EventRow Read(Columns c) => new(
        c.Number(0), c.Number(1), c.Number(2), c.NumberOrNull(3), c.NumberOrNull(4), c.NumberOrNull(5), c.NumberOrNull(6), c.TextOrNull(7));
}
