using System.Globalization;
using System.Reflection;
using Dapper;
using Microsoft.Data.Sqlite;

namespace ChannelHub.Storage.Engine;

/// <summary>Applies the numbered, embedded migrations, forward only, each in a transaction of its own.</summary>
internal static class Migrator
{
    private const string Prefix = "ChannelHub.Storage.Migrations.";

    public static void Migrate(SqliteConnection connection, long now)
    {
        connection.Execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)");
        long applied = connection.QuerySingle<long?>("SELECT max(version) FROM schema_version") ?? 0;
        List<(long Version, string Resource)> migrations = All();
        if (applied > migrations[^1].Version)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"the data was written by a newer program (schema {applied}, this program knows {migrations[^1].Version}); start that program, or restore an older backup"));
        foreach ((long version, string resource) in migrations.Where(m => m.Version > applied))
        {
            using SqliteTransaction transaction = connection.BeginTransaction();
            connection.Execute(ForSqlite(Read(resource)), transaction: transaction);
            connection.Execute("INSERT INTO schema_version VALUES (@version, @now)", new { version, now }, transaction);
            transaction.Commit();
        }
    }

    private static List<(long Version, string Resource)> All() =>
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => (long.Parse(name.AsSpan(Prefix.Length, 4), CultureInfo.InvariantCulture), name))
            .OrderBy(m => m.Item1)];

    private static string Read(string resource)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Drops lines meant for the other engine. BIGINT PRIMARY KEY becomes the spelling that makes it SQLite's own row id.</summary>
    private static string ForSqlite(string sql) => string.Join('\n', sql.Split('\n')
        .Where(line => !line.TrimEnd().EndsWith("-- only: postgres", StringComparison.Ordinal)))
        .Replace("BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY", StringComparison.Ordinal);
}
