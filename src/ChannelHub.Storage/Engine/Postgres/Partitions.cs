using System.Globalization;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Events;
using ChannelHub.Storage.Ingest;
using Dapper;
using Npgsql;

namespace ChannelHub.Storage.Engine.Postgres;

/// <summary>
/// The parts of the tables to which every input adds: raw input by the day, events by the million. Old ones are dropped whole, which costs nothing and
/// leaves no holes to be cleared; in return they stay up to a day longer. Works on connections of its own, beside the writer.
/// </summary>
internal sealed class Partitions(NpgsqlDataSource source)
{
    private const long EventsEach = 1_000_000;
    private const long MakeLock = 0x4368_616e_4875_6203;
    private const int DaysAhead = 3;
    private const int EventsAhead = 3;
    private const int Step = 1000;

    // Dropping waits for whoever reads the table, and whoever comes after waits for the dropping.
    private const string Patience = "SET lock_timeout = '2s'";

    private static readonly string[] byDay = ["inbox", "inbox_trace"];

    /// <summary>Whether there are any.</summary>
    public bool AreMade
    {
        get
        {
            using NpgsqlConnection connection = Open();
            return Of(connection, "event").Count > 0;
        }
    }

    /// <summary>Makes those that will be needed soon. What finds none of its own goes into the table's default one.</summary>
    public void MakeAhead(DateTimeOffset now) => MakeAhead(now, now, head: 0);

    /// <inheritdoc cref="MakeAhead(DateTimeOffset)"/>
    /// <param name="since">Since when there is raw input.</param>
    /// <param name="now">Now.</param>
    /// <param name="head">The newest event there will be at least.</param>
    public void MakeAhead(DateTimeOffset since, DateTimeOffset now, long head)
    {
        using NpgsqlConnection connection = Open();
        using NpgsqlTransaction transaction = connection.BeginTransaction();
        connection.Execute("SELECT pg_advisory_xact_lock(@MakeLock)", new { MakeLock });
        foreach (string table in byDay)
        {
            List<Partition> made = Of(connection, table);
            for (var day = new DateTimeOffset(since.UtcDateTime.Date, TimeSpan.Zero); day <= now.AddDays(DaysAhead); day = day.AddDays(1))
                MakeIfFree(connection, made, new Partition(table, IdGenerator.FirstAt(day), IdGenerator.FirstAt(day.AddDays(1))));
        }
        head = Math.Max(head, connection.ExecuteScalar<long>("SELECT coalesce(max(position), 0) FROM event"));
        long end = Of(connection, "event") is { Count: > 0 } parts ? parts[^1].To : 0;
        for (; end <= head + (EventsEach * EventsAhead); end += EventsEach)
            Make(connection, new Partition("event", end, end + EventsEach));
        transaction.Commit();
    }

    /// <summary>Forgets raw input that is old and settled; whether there may be more.</summary>
    public bool ForgetInput(long beforeId)
    {
        using NpgsqlConnection connection = Open();
        if (Of(connection, "inbox") is [var oldest, ..] && oldest.To <= beforeId)
        {
            DropInput(connection, oldest);
            return true;
        }
        // What came in while the clock was wrong, and what was kept for being quarantined.
        connection.Execute($"DELETE FROM inbox_trace_other WHERE inbox_id IN (SELECT id FROM inbox_other WHERE id < @beforeId AND state = {InboxStore.Done} ORDER BY id LIMIT {Step})", new { beforeId });
        return connection.Execute($"DELETE FROM inbox_other WHERE id IN (SELECT id FROM inbox_other WHERE id < @beforeId AND state = {InboxStore.Done} ORDER BY id LIMIT {Step})", new { beforeId }) == Step;
    }

    /// <summary>Forgets events up to a position that were raised before a time, in Unix milliseconds; whether there may be more.</summary>
    public bool ForgetEvents(long before, long upTo)
    {
        using NpgsqlConnection connection = Open();
        Partition oldest = Of(connection, "event")[0];
        long? end = connection.ExecuteScalar<long?>($"SELECT at FROM {oldest.Name} WHERE position = @last", new { last = oldest.To - 1 });
        if (end < before && oldest.To - 1 <= upTo && connection.ExecuteScalar<long>("SELECT max(position) FROM event") >= oldest.To)
        {
            connection.Execute($"DROP TABLE {oldest.Name}");
            return true;
        }
        // One that is filled within a day goes as a whole soon; where events are few, they go one by one.
        return (end is null || end - before > TimeSpan.FromDays(1).TotalMilliseconds)
            && connection.Execute(EventStore.ForgetOldest, new { before, upTo, limit = Step }) == Step;
    }

    private static void DropInput(NpgsqlConnection connection, Partition oldest)
    {
        Partition traces = oldest with { Table = "inbox_trace" };
        bool traced = Of(connection, traces.Table).Contains(traces);
        using NpgsqlTransaction transaction = connection.BeginTransaction();
        connection.Execute($"ALTER TABLE inbox DETACH PARTITION {oldest.Name}");
        connection.Execute($"INSERT INTO inbox SELECT * FROM {oldest.Name} WHERE state = {InboxStore.Quarantined}");
        if (traced)
        {
            connection.Execute($"ALTER TABLE inbox_trace DETACH PARTITION {traces.Name}");
            connection.Execute($"INSERT INTO inbox_trace SELECT * FROM {traces.Name} WHERE inbox_id IN (SELECT id FROM {oldest.Name} WHERE state = {InboxStore.Quarantined})");
            connection.Execute($"DROP TABLE {traces.Name}");
        }
        connection.Execute($"DROP TABLE {oldest.Name}");
        transaction.Commit();
    }

    private static void MakeIfFree(NpgsqlConnection connection, List<Partition> made, Partition wanted)
    {
        bool covered = made.Exists(part => part.From < wanted.To && wanted.From < part.To);
        // Rows that went into the default one stay there.
        if (!covered && connection.ExecuteScalar<long?>($"SELECT 1 FROM {wanted.Table}_other WHERE {KeyOf(wanted.Table)} BETWEEN @From AND @To - 1 LIMIT 1", wanted) is null)
            Make(connection, wanted);
    }

    private static void Make(NpgsqlConnection connection, Partition wanted) => connection.Execute(string.Create(CultureInfo.InvariantCulture,
        $"CREATE TABLE {wanted.Name} PARTITION OF {wanted.Table} FOR VALUES FROM ({wanted.From}) TO ({wanted.To})"));

    private static string KeyOf(string table) => table == "inbox" ? "id" : "inbox_id";

    // Oldest first. Their bounds are in their names.
    private static List<Partition> Of(NpgsqlConnection connection, string table) =>
        [.. connection.Query<string>("SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = @table::regclass", new { table })
            .Select(name => name[table.Length..].Split('_'))
            .Where(bounds => bounds.Length == 3)
            .Select(bounds => new Partition(table, long.Parse(bounds[1], CultureInfo.InvariantCulture), long.Parse(bounds[2], CultureInfo.InvariantCulture)))
            .OrderBy(part => part.From)];

    private NpgsqlConnection Open()
    {
        NpgsqlConnection connection = source.OpenConnection();
        connection.Execute(Patience);
        return connection;
    }

    /// <summary>The rows whose key is at least <paramref name="From"/> and below <paramref name="To"/>.</summary>
    private sealed record Partition(string Table, long From, long To)
    {
        public string Name => string.Create(CultureInfo.InvariantCulture, $"{Table}_{From}_{To}");
    }
}
