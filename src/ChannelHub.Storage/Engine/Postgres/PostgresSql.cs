using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ChannelHub.Storage.Engine.Postgres;

/// <summary>SQL is written once, as SQLite spells it; this makes PostgreSQL's spelling of it.</summary>
internal sealed partial class PostgresSql
{
    private readonly ConcurrentDictionary<string, string> statements = new();

    /// <summary>A statement. Those of the program are few, so each is worked out once.</summary>
    public string Of(string sql) => statements.GetOrAdd(sql, Translate);

    /// <summary>A migration. Text is compared byte by byte, as SQLite does, which is also what makes its indexes quick.</summary>
    public static string OfMigration(string sql)
    {
        string own = Comment().Replace(Migrator.WithoutLines(sql, "-- only: sqlite"), "");
        return Blob().Replace(Text().Replace(own, "TEXT COLLATE \"C\""), "BYTEA");
    }

    private static string Translate(string sql)
    {
        sql = sql.Replace(Session.In, "= ANY (?)", StringComparison.Ordinal);
        sql = InList().Replace(sql, "= ANY(@${name})");
        sql = Utf8().Replace(sql, "convert_from(${value}, 'UTF8')");
        sql = Like().Replace(sql, "ILIKE"); // SQLite's takes no notice of case
        int place = 0;
        return Place().Replace(sql, match => match.Groups["number"] is { Length: > 0 } number
            ? "$" + number.Value
            : "$" + (++place).ToString(CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"\bIN @(?<name>\w+)", RegexOptions.NonBacktracking)]
    private static partial Regex InList();

    [GeneratedRegex(@"\bCAST\((?<value>@?\w+) AS TEXT\)", RegexOptions.NonBacktracking)]
    private static partial Regex Utf8();

    [GeneratedRegex(@"\bLIKE\b", RegexOptions.NonBacktracking)]
    private static partial Regex Like();

    [GeneratedRegex(@"\?(?<number>\d*)", RegexOptions.NonBacktracking)]
    private static partial Regex Place();

    [GeneratedRegex(@"--[^\n]*", RegexOptions.NonBacktracking)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\bTEXT\b", RegexOptions.NonBacktracking)]
    private static partial Regex Text();

    [GeneratedRegex(@"\bBLOB\b", RegexOptions.NonBacktracking)]
    private static partial Regex Blob();
}
