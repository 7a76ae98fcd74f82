using Dapper;

namespace ChannelHub.Storage.Engine;

/// <summary>
/// A connection at work on one thread. Store methods take one, so that any of them can be part of a larger read or transaction. Calls
/// are synchronous: SQLite has no other kind, and a statement here takes microseconds.
/// </summary>
public class Session : IDisposable
{
    /// <summary>"One of several numbers", bound as one value.</summary>
    internal const string In = "IN (SELECT value FROM json_each(?))";

    private readonly Link link;
    private readonly Dictionary<string, Statement> prepared = [];

    internal Session(Link link) => this.link = link;

    public List<T> Query<T>(string sql, object? args = null)
    {
        link.Settle();
        return link.Connection.Query<T>(link.Translate(sql), args).AsList();
    }

    /// <summary>The first row, or null (for a number: zero).</summary>
    public T? Find<T>(string sql, object? args = null)
    {
        link.Settle();
        return link.Connection.QueryFirstOrDefault<T>(link.Translate(sql), args);
    }

    /// <summary>
    /// A statement that is prepared once and kept with the connection, for what is read so often that preparing and mapping would be most of its
    /// cost. Its text must be one of few.
    /// </summary>
    internal Statement Prepared(string sql)
    {
        if (!prepared.TryGetValue(sql, out Statement? statement))
            prepared.Add(sql, statement = link.Prepare(sql));
        statement.Reset();
        return statement;
    }

    /// <summary>Whether the connection can be used again.</summary>
    internal bool IsUsable => link.Connection.State == System.Data.ConnectionState.Open;

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
        link.Dispose();
    }
}

/// <summary>Thrown to callers of the store when it cannot be read or written: disk full, I/O error, locked, gone, overloaded. Nothing was stored.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
