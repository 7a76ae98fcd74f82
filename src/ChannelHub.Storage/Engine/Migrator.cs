using System.Data.Common;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Dapper;

namespace ChannelHub.Storage.Engine;

/// <summary>
/// Applies the numbered, embedded migrations, forward only, each in a transaction of its own. They add; what nobody needs any more is removed a release later.
/// Each says the oldest schema whose program works on it, so that nodes of two versions run side by side while they are exchanged one by one.
/// </summary>
internal static partial class Migrator
{
    private const string Prefix = "ChannelHub.Storage.Migrations.";

    /// <param name="connection">Nobody else migrates meanwhile.</param>
    /// <param name="translate">Makes the engine's own spelling of a migration.</param>
    /// <param name="now">Unix milliseconds.</param>
    public static void Migrate(DbConnection connection, Func<string, string> translate, long now)
    {
        connection.Execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL, oldest BIGINT NOT NULL)");
        (long applied, long oldest) = connection.QueryFirstOrDefault<(long, long)>("SELECT version, oldest FROM schema_version ORDER BY version DESC LIMIT 1");
        List<(long Version, string Resource)> migrations = All();
        if (oldest > migrations[^1].Version)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture,
                $"the data was written by a newer program (schema {applied}, this program knows {migrations[^1].Version}); start that program, or restore an older backup"));
        foreach ((long version, string resource) in migrations.Where(m => m.Version > applied))
        {
            using DbTransaction transaction = connection.BeginTransaction();
            string migration = Read(resource);
            connection.Execute(translate(migration), transaction: transaction);
            connection.Execute("INSERT INTO schema_version VALUES (@version, @now, @oldest)",
                new { version, now, oldest = long.Parse(Oldest().Match(migration).Groups["version"].ValueSpan, CultureInfo.InvariantCulture) }, transaction);
            transaction.Commit();
        }
    }

    /// <summary>Drops the lines that are marked as meant for another engine.</summary>
    public static string WithoutLines(string sql, string mark) =>
        string.Join('\n', sql.Split('\n').Where(line => !line.TrimEnd().EndsWith(mark, StringComparison.Ordinal)));

    [GeneratedRegex("^-- oldest: (?<version>[0-9]+)$", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex Oldest();

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
}
