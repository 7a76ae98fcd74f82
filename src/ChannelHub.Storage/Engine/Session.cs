using Dapper;
using Microsoft.Data.Sqlite;

namespace ChannelHub.Storage.Engine;

/// <summary>
/// A connection at work on one thread. Store methods take one, so that any of them can be part of a larger read or transaction. Calls
/// are synchronous: SQLite has no other kind, and a statement here takes microseconds.
/// </summary>
public class Session
{
    internal Session(SqliteConnection connection) => Connection = connection;

    internal SqliteConnection Connection { get; }

    public List<T> Query<T>(string sql, object? args = null) => Connection.Query<T>(sql, args).AsList();

    /// <summary>The first row, or null (for a number: zero).</summary>
    public T? Find<T>(string sql, object? args = null) => Connection.QueryFirstOrDefault<T>(sql, args);
}

/// <summary>Thrown to callers of the store when it cannot be written: disk full, I/O error, locked, overloaded. Nothing was stored.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
