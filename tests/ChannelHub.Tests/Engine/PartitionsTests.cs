using ChannelHub.Adapters.Conformance;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;
using ChannelHub.Tests.Nodes;
using Dapper;
using Npgsql;

namespace ChannelHub.Tests.Engine;

[Trait("engine", "postgres")]
public sealed class PartitionsTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly string folder = Directory.CreateTempSubdirectory("channelhub-partitions").FullName;
    private readonly ManualTimeProvider clock = new(Noon);
    private readonly TestStore store;

    public PartitionsTests() => store = new TestStore(folder);

    public void Dispose()
    {
        store.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [PostgresFact]
    public async Task Raw_input_goes_by_the_day_and_what_is_quarantined_stays()
    {
        using Database database = Open();
        using NpgsqlConnection sql = Connect();
        Arrive(sql, Noon, done: 1, quarantined: 2);
        sql.ExecuteScalar<long>("SELECT count(*) FROM inbox_other").ShouldBe(0);

        clock.Advance(TimeSpan.FromDays(31));
        database.MakeRoom();
        Arrive(sql, clock.GetUtcNow(), done: 3, quarantined: 4);
        await ForgetAsync(database, TimeSpan.FromDays(30));

        sql.Query<long>("SELECT stored FROM inbox ORDER BY id").ShouldBe([2, 3, 4]);
        sql.Query<long>("SELECT identity_id FROM inbox_trace ORDER BY inbox_id").ShouldBe([2, 3, 4]);
        sql.ExecuteScalar<long>("SELECT count(*) FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE relname = @day", new { day = NameOf(Noon) }).ShouldBe(0);
    }

    [PostgresFact]
    public async Task Input_of_a_day_for_which_nothing_was_made_ready_is_taken_and_forgotten_like_any_other()
    {
        using Database database = Open();
        using NpgsqlConnection sql = Connect();
        Arrive(sql, Noon.AddDays(20), done: 1, quarantined: 2);

        clock.Advance(TimeSpan.FromDays(20));
        database.MakeRoom();
        await ForgetAsync(database, TimeSpan.FromDays(30));
        sql.Query<long>("SELECT stored FROM inbox ORDER BY id").ShouldBe([1, 2]);

        clock.Advance(TimeSpan.FromDays(31));
        await ForgetAsync(database, TimeSpan.FromDays(30));
        sql.Query<long>("SELECT stored FROM inbox ORDER BY id").ShouldBe([2]);
    }

    [PostgresFact]
    public async Task Events_go_by_the_million_and_the_rest_one_by_one_but_never_the_newest()
    {
        using Database database = Open();
        using NpgsqlConnection sql = Connect();
        sql.Execute("INSERT INTO event (position, type, at) SELECT n, 1, @old FROM generate_series(1, 1000002) AS n", new { old = Noon.ToUnixTimeMilliseconds() });
        database.MakeRoom();

        clock.Advance(TimeSpan.FromDays(8));
        long before = (clock.GetUtcNow() - TimeSpan.FromDays(7)).ToUnixTimeMilliseconds();
        (await database.ForgetEventsAsync(before, upTo: 999_998)).ShouldBeFalse();
        (await database.ForgetEventsAsync(before, upTo: 999_999)).ShouldBeTrue();
        sql.ExecuteScalar<long>("SELECT min(position) FROM event").ShouldBe(1_000_000);
        (await database.ForgetEventsAsync(before, long.MaxValue)).ShouldBeFalse();
        sql.Query<long>("SELECT position FROM event").ShouldBe([1_000_002]);
    }

    [PostgresFact]
    public void A_node_starts_though_somebody_reads_a_table_for_long()
    {
        Open().Dispose();
        clock.Advance(TimeSpan.FromDays(10)); // days to make ready
        using NpgsqlConnection sql = Connect();
        using NpgsqlTransaction reading = sql.BeginTransaction();
        sql.Execute("LOCK TABLE inbox IN ACCESS SHARE MODE");
        Should.NotThrow(() => Open().Dispose());
    }

    private static void Arrive(NpgsqlConnection sql, DateTimeOffset at, long done, long quarantined)
    {
        foreach ((long name, long state) in new[] { (done, 0L), (quarantined, 1L) })
        {
            var row = new { id = IdGenerator.FirstAt(at) + name, at = at.ToUnixTimeMilliseconds(), state, name };
            sql.Execute("""
                INSERT INTO inbox (id, channel_id, received_at, method, body, adapter, state, stored, duplicate, ignored, quarantined)
                VALUES (@id, 1, @at, 'POST', '', '1', @state, @name, 0, 0, @state)
                """, row);
            sql.Execute("INSERT INTO inbox_trace VALUES (@id, @name)", row);
        }
    }

    private static string NameOf(DateTimeOffset at)
    {
        var day = new DateTimeOffset(at.UtcDateTime.Date, TimeSpan.Zero);
        return $"inbox_{IdGenerator.FirstAt(day)}_{IdGenerator.FirstAt(day.AddDays(1))}";
    }

    private async Task ForgetAsync(Database database, TimeSpan age)
    {
        while (await database.ForgetInputAsync(IdGenerator.FirstAt(clock.GetUtcNow() - age)))
        {
            // Each step takes a day or some rows.
        }
    }

    private Database Open() => new(store.Open(), clock, new IdGenerator(clock));

    private NpgsqlConnection Connect()
    {
        var connection = new NpgsqlConnection(store.ConnectionString);
        connection.Open();
        return connection;
    }
}
