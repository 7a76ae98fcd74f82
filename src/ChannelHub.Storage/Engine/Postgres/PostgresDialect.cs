using Dapper;
using Npgsql;

namespace ChannelHub.Storage.Engine.Postgres;

/// <summary>The data in PostgreSQL, for any number of nodes.</summary>
public sealed class PostgresDialect : Dialect, IDisposable
{
    private const long MigrationLock = 0x4368_616e_4875_6202;

    // A node that stops in the middle of its turn loses it after this time, and the others go on.
    private const int LongestTurnMilliseconds = 5_000;

    // Who calls is answered within ten seconds. A statement is ended by the server, after any lost turn; a silent server is given up a little later, and then
    // the driver still tries for as long as it may connect to have the statement cancelled.
    private const int StatementMilliseconds = 5_500;
    private const int SilentSeconds = 6;
    private const int ConnectSeconds = 3;

    private const int UpkeepSeconds = 15;

    private readonly NpgsqlDataSource source;
    private readonly NpgsqlDataSource upkeep;
    private readonly PostgresSql sql = new();
    private readonly Partitions partitions;
    private string? signal;

    /// <param name="connectionString">As Npgsql takes it. Its user may create tables in the schema that comes first on its search path.</param>
    public PostgresDialect(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false, // every connection is held for good by the session it belongs to
            MaxAutoPrepare = 256,
            AutoPrepareMinUsages = 2,
            CommandTimeout = UpkeepSeconds,
            TcpKeepAlive = true,
            WriteBufferSize = 256 * 1024, // what does not fit is sent by another thread
        };
        // Compiling a plan costs many times what these statements take.
        settings.Options = $"{settings.Options} -c jit=off -c idle_in_transaction_session_timeout={LongestTurnMilliseconds}".TrimStart();
        settings.ApplicationName ??= "channelhub";
        upkeep = NpgsqlDataSource.Create(settings);
        settings.Options += $" -c statement_timeout={StatementMilliseconds}";
        settings.Timeout = ConnectSeconds;
        settings.CommandTimeout = SilentSeconds;
        settings.CancellationTimeout = -1; // whether it was is not waited for
        source = NpgsqlDataSource.Create(settings);
        partitions = new Partitions(upkeep);
    }

    internal override bool IsShared => true;

    internal override int Readers => 16;

    /// <summary>The name under which nodes tell each other of events.</summary>
    private string Signal => signal ?? throw new InvalidOperationException("The schema is brought up to date first.");

    /// <summary>What is wrong with a connection string; null if nothing is seen.</summary>
    public static string? Problem(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString).Host is null ? "it names no host" : null;
        }
        catch (ArgumentException)
        {
            // The driver's own words may show what is part of a password with a semicolon in it.
            return "it is not of the form Key=Value;… with keywords that PostgreSQL's driver knows";
        }
    }

    public void Dispose()
    {
        source.Dispose();
        upkeep.Dispose();
    }

    internal override void Migrate(long now, bool duringMove)
    {
        try
        {
            using NpgsqlConnection connection = upkeep.OpenConnection();
            connection.Execute("SELECT pg_advisory_lock(@MigrationLock)", new { MigrationLock });
            Migrator.Migrate(connection, PostgresSql.OfMigration, now);
            if (!duringMove && connection.ExecuteScalar<string?>("SELECT to_regclass('moving')::text") is not null)
                throw new InvalidOperationException("a move into the database of CHANNELHUB_DATABASE is not completed: call it again");
            MakeRoomAtStart(DateTimeOffset.FromUnixTimeMilliseconds(now));
            signal = "channelhub_" + connection.ExecuteScalar<string>("SELECT current_schema()");
        }
        catch (NpgsqlException failure)
        {
            throw new InvalidOperationException($"the database of CHANNELHUB_DATABASE cannot be opened: {failure.Message}", failure);
        }
    }

    private void MakeRoomAtStart(DateTimeOffset now)
    {
        try
        {
            partitions.MakeAhead(now);
        }
        catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable && partitions.AreMade)
        {
            // Somebody reads a table for long. There is room for days; in a minute it is tried again.
        }
    }

    internal NpgsqlConnection Open() => source.OpenConnection();

    /// <summary>Makes ready for inputs that arrived from a day on, and for events up to a position.</summary>
    internal void MakeRoomSince(DateTimeOffset since, DateTimeOffset now, long head) => partitions.MakeAhead(since, now, head);

    internal override WorkShare Join(long now, Action<int> numbered) => new Membership(source, numbered);

    internal override WriteLink OpenWriter(WorkShare share) => new PostgresWriteLink(source, sql, Signal, share);

    internal override Link OpenReader() => new PostgresLink(source, sql);

    internal override IDisposable Attend(Action<Action<WriteLink>> betweenBatches, Action<long> headMoved) => new HeadListener(source, Signal, headMoved);

    internal override bool IsStoreFailure(Exception exception) => exception switch
    {
        // Classes of https://www.postgresql.org/docs/current/errcodes-appendix.html: connection, transaction state (ended for idling, read-only stand-by),
        // rolled back for others, resources, not in the right state (locks), intervention, system, internal.
        _ when Membership.IsBuried(exception) => true,
        PostgresException { SqlState: var state } => state[..2] is "08" or "25" or "40" or "53" or "55" or "57" or "58" or "XX",
        NpgsqlException => true,
        _ => false,
    };

    internal override void MakeRoom(DateTimeOffset now) => partitions.MakeAhead(now);

    internal override Task<bool> ForgetInputAsync(Database database, long beforeId) => Task.Run(() => partitions.ForgetInput(beforeId));

    internal override Task<bool> ForgetEventsAsync(Database database, long before, long upTo) => Task.Run(() => partitions.ForgetEvents(before, upTo));

    internal override void BackUp(string target) =>
        throw new NotSupportedException("A hub on PostgreSQL is backed up by PostgreSQL's own means, such as pg_basebackup or pg_dump.");

    /// <summary>Frees the space of old row versions, which is then written over; until that, they can be found only by who reads the server's files.</summary>
    internal override void Scrub()
    {
        try
        {
            using NpgsqlConnection connection = upkeep.OpenConnection();
            foreach (string table in (string[])["message", "revision", "identity", "event", "inbox", "attachment", "file_chunk", "alias", "claim", "profile", "fact", "action", "suggestion", "idempotency"])
                connection.Execute($"VACUUM {table}");
        }
        catch (NpgsqlException)
        {
            // Away, or busy for too long: the server clears by itself later.
        }
    }
}
