using Dapper;
using Microsoft.Data.Sqlite;

namespace ChannelHub.Storage.Engine;

/// <summary>
/// A connection at work on one thread. Store methods take one, so that any of them can be part of a larger read or transaction. Calls
/// are synchronous: SQLite has no other kind, and a statement here takes microseconds.
/// </summary>
public class Session : IDisposable
{
    /// <summary>"One of several numbers" as the engine says it, bound as one value; PostgreSQL's form is <c>= ANY (?)</c>.</summary>
    internal const string In = "IN (SELECT value FROM json_each(?))";

    private readonly Dictionary<string, Statement> prepared = [];

    internal Session(SqliteConnection connection) => Connection = connection;

    internal SqliteConnection Connection { get; }

    public List<T> Query<T>(string sql, object? args = null) => Connection.Query<T>(sql, args).AsList();

    /// <summary>The first row, or null (for a number: zero).</summary>
    public T? Find<T>(string sql, object? args = null) => Connection.QueryFirstOrDefault<T>(sql, args);

    /// <summary>
    /// A statement that is prepared once and kept with the connection, for what is read so often that preparing and mapping would be most of its
    /// cost. Its text must be one of few.
    /// </summary>
    internal Statement Prepared(string sql)
    {
        if (!prepared.TryGetValue(sql, out Statement? statement))
            prepared.Add(sql, statement = new Statement(Connection, sql));
        statement.Reset();
        return statement;
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        foreach (Statement statement in prepared.Values)
            statement.Dispose();
        Connection.Dispose();
    }
}

/// <summary>Thrown to callers of the store when it cannot be written: disk full, I/O error, locked, overloaded. Nothing was stored.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
