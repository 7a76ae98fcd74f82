using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Engine.Postgres;
using ChannelHub.Storage.Engine.Sqlite;
using Npgsql;

namespace ChannelHub.Tests;

/// <summary>
/// Where a test's hub keeps its data: a file in a folder, or, when CHANNELHUB_TEST_POSTGRES names a server (a connection string of a user who may make
/// databases), a database of its own there. So one suite speaks for both engines.
/// </summary>
public sealed class TestStore : IDisposable
{
    private static readonly string? Server = Environment.GetEnvironmentVariable("CHANNELHUB_TEST_POSTGRES") is { Length: > 0 } server ? server : null;

    // Made once: the schema is then copied, not built, for every test.
    private static readonly Lazy<string> Template = new(() => MakeDatabase(template: null, migrate: true));

    private readonly string folder;

    public TestStore(string folder)
    {
        this.folder = folder;
        ConnectionString = Server is null ? null : ConnectionStringOf(MakeDatabase(Template.Value, migrate: false));
    }

    public static bool IsPostgres => Server is not null;

    /// <summary>For <c>HubOptions.Database</c>; null on SQLite.</summary>
    public string? ConnectionString { get; }

    /// <summary>The data, without a hub around it.</summary>
    public Dialect Open() => ConnectionString is null ? new SqliteDialect(Path.Combine(folder, "hub.db")) : new PostgresDialect(ConnectionString);

    public void Dispose()
    {
        if (ConnectionString is { } own)
            Run($"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(own).Database} WITH (FORCE)");
    }

    private static string MakeDatabase(string? template, bool migrate)
    {
        string name = "test_" + Guid.NewGuid().ToString("N");
        Run(template is null ? $"CREATE DATABASE {name}" : $"CREATE DATABASE {name} TEMPLATE {template}");
        if (migrate)
        {
            using var dialect = new PostgresDialect(ConnectionStringOf(name));
            using var database = new Database(dialect, TimeProvider.System, new IdGenerator(TimeProvider.System));
        }
        return name;
    }

    private static string ConnectionStringOf(string database) => new NpgsqlConnectionStringBuilder(Server) { Database = database }.ConnectionString;

    private static void Run(string sql)
    {
        using var connection = new NpgsqlConnection(Server);
        connection.Open();
        using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
