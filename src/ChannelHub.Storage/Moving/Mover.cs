using System.Globalization;
using ChannelHub.Storage.Engine.Postgres;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace ChannelHub.Storage.Moving;

/// <summary>How far a move has come.</summary>
/// <param name="Table">What is being copied.</param>
/// <param name="Rows">Rows of it that are there.</param>
/// <param name="Of">Rows of it in all.</param>
public readonly record struct MoveProgress(string Table, long Rows, long Of);

/// <summary>Thrown when a move cannot begin or go on; the message says what to do.</summary>
public sealed class MoveException(string message) : Exception(message);

/// <summary>
/// Carries a hub's rows from its file to PostgreSQL. Each portion is recorded in the transaction that brings it, so a move that broke off goes on where it
/// was. Nobody may write either side meanwhile; a hub does not start on a database into which a move has not been completed.
/// </summary>
/// <param name="file">The hub's file.</param>
/// <param name="target">The database.</param>
/// <param name="clock">For what is made by the day.</param>
public sealed class Mover(string file, PostgresDialect target, TimeProvider clock)
{
    private const int Portion = 5_000;

    // Who is at work is the business of those who are; files go their own way.
    private static readonly string[] left = ["schema_version", "node", "work", "heartbeat", "file", "file_chunk", "file_hold"];

    /// <summary>Copies what is not there yet, and compares.</summary>
    /// <exception cref="MoveException">It cannot begin, or the sides differ at its end.</exception>
    public void Run(Action<MoveProgress> progress)
    {
        using SqliteConnection source = OpenSource();
        target.Migrate(clock.GetUtcNow().ToUnixTimeMilliseconds(), duringMove: true);
        using NpgsqlConnection connection = target.Open();
        List<string> tables = [.. source.Query<string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name").Except(left)];
        Begin(source, connection, tables);
        target.MakeRoomSince(clock.GetUtcNow().AddDays(-40), clock.GetUtcNow(), source.ExecuteScalar<long>("SELECT coalesce(max(position), 0) FROM event"));
        foreach (string table in tables)
            new TableMove(source, connection, table, Portion).Run(progress);
        Compare(source, connection, tables);
        connection.Execute("ANALYZE;"); // without the semicolon it would be taken for the name of a procedure
    }

    /// <summary>All is there, its files too: hubs may start on it.</summary>
    public void Complete()
    {
        using NpgsqlConnection connection = target.Open();
        connection.Execute("DROP TABLE moving");
    }

    private SqliteConnection OpenSource()
    {
        if (!File.Exists(file))
            throw new MoveException($"there is no '{file}': --from names the data folder of a hub");
        var source = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ConnectionString);
        source.Open();
        return source;
    }

    private static void Begin(SqliteConnection source, NpgsqlConnection connection, List<string> tables)
    {
        const string version = "SELECT max(version) FROM schema_version";
        if (source.ExecuteScalar<long>(version) != connection.ExecuteScalar<long>(version))
            throw new MoveException("the data were written by another version: start this program on them once, stop it, and move then");
        string fingerprint = string.Create(CultureInfo.InvariantCulture,
            $"{source.ExecuteScalar<long>("SELECT coalesce(min(id), 0) FROM api_key")}.{source.ExecuteScalar<long>("SELECT coalesce(max(position), 0) FROM event")}");
        if (connection.ExecuteScalar<string?>("SELECT to_regclass('moving')::text") is null)
        {
            foreach (string table in tables.Where(table => connection.ExecuteScalar<long?>($"SELECT 1 FROM {table} LIMIT 1") is not null))
                throw new MoveException($"the database is not empty (there are rows in {table}): name one that no hub has used");
            using NpgsqlTransaction transaction = connection.BeginTransaction();
            connection.Execute("CREATE TABLE moving (name TEXT PRIMARY KEY, copied BIGINT NOT NULL)");
            connection.Execute("INSERT INTO moving VALUES (@fingerprint, -1)", new { fingerprint });
            transaction.Commit();
        }
        else if (connection.ExecuteScalar<string>("SELECT name FROM moving WHERE copied = -1") != fingerprint)
        {
            throw new MoveException("the data have changed since the move was begun: empty the database and begin again");
        }
    }

    private static void Compare(SqliteConnection source, NpgsqlConnection connection, List<string> tables)
    {
        foreach (string table in tables)
        {
            string count = $"SELECT count(*) FROM {table}";
            (long here, long there) = (source.ExecuteScalar<long>(count), connection.ExecuteScalar<long>(count));
            if (here != there)
                throw new MoveException(string.Create(CultureInfo.InvariantCulture, $"{table} has {here} rows in the file and {there} in the database: empty the database and begin again"));
        }
    }
}
