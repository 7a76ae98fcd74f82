using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ChannelHub.Storage.Engine;

/// <summary>
/// A prepared statement on SQLite's own interface, for the few statements that run for every message and the few reads that clients repeat all day:
/// going through ADO.NET costs ten to twenty per cent of the ingest rate, and more than half of a page of a thread. One thread only.
/// </summary>
internal sealed class Statement : IDisposable
{
    private const int Done = raw.SQLITE_DONE;
    private const int Row = raw.SQLITE_ROW;

    private readonly sqlite3 db;
    private readonly sqlite3_stmt statement;
    private int index;

    public Statement(SqliteConnection connection, string sql)
    {
        db = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(db, sql, out statement));
    }

    public Statement Bind(long value)
    {
        Check(raw.sqlite3_bind_int64(statement, ++index, value));
        return this;
    }

    public Statement Bind(long? value)
    {
        Check(value is { } v ? raw.sqlite3_bind_int64(statement, ++index, v) : raw.sqlite3_bind_null(statement, ++index));
        return this;
    }

    public Statement Bind(string? value)
    {
        Check(value is null ? raw.sqlite3_bind_null(statement, ++index) : raw.sqlite3_bind_text(statement, ++index, value));
        return this;
    }

    /// <summary>Binds text that is UTF-8 already.</summary>
    public Statement BindText(ReadOnlySpan<byte> utf8)
    {
        Check(raw.sqlite3_bind_text(statement, ++index, utf8));
        return this;
    }

    public Statement BindBlob(ReadOnlySpan<byte> value)
    {
        // A null pointer would bind NULL: an empty body is still a body.
        Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(statement, ++index, 0) : raw.sqlite3_bind_blob(statement, ++index, value));
        return this;
    }

    /// <summary>Binds several numbers for <see cref="Session.In"/>.</summary>
    public Statement BindAll(IEnumerable<long> values) => Bind("[" + string.Join(',', values) + "]");

    /// <summary>Runs a statement that returns no rows; answers how many rows it changed.</summary>
    public int Run()
    {
        try
        {
            int result = raw.sqlite3_step(statement);
            if (result != Done)
                Throw(result);
            return raw.sqlite3_changes(db);
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Runs a query and answers the first column of its first row as a number.</summary>
    public long? Number()
    {
        try
        {
            int result = raw.sqlite3_step(statement);
            if (result == Row)
                return raw.sqlite3_column_type(statement, 0) == raw.SQLITE_NULL ? null : raw.sqlite3_column_int64(statement, 0);
            if (result != Done)
                Throw(result);
            return null;
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Runs a query for its first row; <paramref name="read"/> makes the answer of it, default if there is none.</summary>
    public T? First<T>(Func<Columns, T> read)
    {
        try
        {
            int result = raw.sqlite3_step(statement);
            if (result == Row)
                return read(new Columns(statement));
            if (result != Done)
                Throw(result);
            return default;
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Runs a query and makes something of each of its rows.</summary>
    public List<T> All<T>(Func<Columns, T> read)
    {
        try
        {
            var rows = new List<T>();
            int result;
            while ((result = raw.sqlite3_step(statement)) == Row)
                rows.Add(read(new Columns(statement)));
            if (result != Done)
                Throw(result);
            return rows;
        }
        finally
        {
            Reset();
        }
    }

    public void Dispose() => statement.Dispose();

    /// <summary>Begins anew. Needed only when an exception came between binding and running.</summary>
    public void Reset()
    {
        index = 0;
        raw.sqlite3_reset(statement);
    }

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK)
            Throw(result);
    }

    private void Throw(int result)
    {
        int extended = raw.sqlite3_extended_errcode(db);
        throw new SqliteException(raw.sqlite3_errmsg(db).utf8_to_string(), result & 0xff, extended);
    }
}

/// <summary>The columns of the row a statement stands on.</summary>
internal readonly struct Columns(sqlite3_stmt statement)
{
    public long Number(int index) => raw.sqlite3_column_int64(statement, index);

    public long? NumberOrNull(int index) => IsNull(index) ? null : Number(index);

    public bool IsNull(int index) => raw.sqlite3_column_type(statement, index) == raw.SQLITE_NULL;

    public string Text(int index) => raw.sqlite3_column_text(statement, index).utf8_to_string() ?? "";

    public string? TextOrNull(int index) => IsNull(index) ? null : Text(index);
}
