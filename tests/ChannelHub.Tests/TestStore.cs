using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Engine.Postgres;
using ChannelHub.Storage.Engine.Sqlite;
using Dapper;
using Npgsql;

namespace ChannelHub.Tests;

/// <summary>
/// Where a test's hub keeps its data: a file in a folder, or, when TEST_POSTGRES names a server (a connection string of a user who may make
/// databases), a database that belongs to the folder. So one suite speaks for both engines.
/// </summary>
public sealed class TestStore : IDisposable
{
    private static readonly string? Server = Environment.GetEnvironmentVariable("TEST_POSTGRES") is { Length: > 0 } server ? server : null;

    // Made once: the schema is then copied, not built, for every test.
    private static readonly Lazy<string> Template = new(MakeTemplate);

    // Copying page by page through its log takes the server three times as long; older ones know no other way than by file.
    private static readonly Lazy<string> HowToCopy = new(() =>
        int.Parse((string)OnServer("SHOW server_version_num")!, CultureInfo.InvariantCulture) >= 150_000 ? "STRATEGY FILE_COPY" : "");

    private readonly string folder;

    public TestStore(string folder)
    {
        this.folder = folder;
        if (Server is null)
            return;
        string name = "test_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..32];
        ConnectionString = ConnectionStringOf(name);
        if (!Exists(name))
            OnServer($"CREATE DATABASE {name} TEMPLATE {Template.Value} {HowToCopy.Value}");
    }

    public static bool IsPostgres => Server is not null;

    /// <summary>For <c>HubOptions.Database</c>; null on SQLite.</summary>
    public string? ConnectionString { get; }

    /// <summary>The data, without a hub around it.</summary>
    public Dialect Open() => ConnectionString is null ? new SqliteDialect(Path.Combine(folder, "hub.db")) : new PostgresDialect(ConnectionString);

    /// <summary>Hashes of the files that are kept.</summary>
    public string[] Files() => ConnectionString is null
        ? [.. Directory.GetFiles(Path.Combine(folder, "attachments"), "*", SearchOption.AllDirectories).Select(file => Path.GetFileName(file)!)]
        : [.. Query("SELECT sha256 FROM file")];

    /// <summary>All that stands in a database, each row as text and its bytes in hex; nothing where the data is a file.</summary>
    public IEnumerable<string> Rows() => ConnectionString is null ? [] : Query("""
        SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
        """).SelectMany(table => Query($"SELECT t::text FROM {table} t"));

    /// <summary>Does something to a database beside the hub.</summary>
    public void Run(string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Execute(sql);
    }

    public void Dispose()
    {
        if (ConnectionString is { } own)
            OnServer($"DROP DATABASE IF EXISTS {new NpgsqlConnectionStringBuilder(own).Database} WITH (FORCE)");
    }

    private static string MakeTemplate()
    {
        string name = "template_" + Guid.NewGuid().ToString("N");
        OnServer($"CREATE DATABASE {name}");
        using var dialect = new PostgresDialect(ConnectionStringOf(name));
        using var database = new Database(dialect, TimeProvider.System, new IdGenerator(TimeProvider.System));
        return name;
    }

    private static bool Exists(string database) => OnServer($"SELECT 1 FROM pg_database WHERE datname = '{database}'") is not null;

    private static string ConnectionStringOf(string database) => new NpgsqlConnectionStringBuilder(Server) { Database = database }.ConnectionString;

    private List<string> Query(string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionString);
        return connection.Query<string>(sql).AsList();
    }

    private static object? OnServer(string sql)
    {
        using var connection = new NpgsqlConnection(Server);
        connection.Open();
        using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
