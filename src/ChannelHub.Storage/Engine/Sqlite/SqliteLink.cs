using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ChannelHub.Storage.Engine.Sqlite;

/// <summary>A connection to a file of SQLite's.</summary>
internal sealed class SqliteLink(SqliteConnection connection) : Link
{
    public override DbConnection Connection => connection;

    public override string Translate(string sql) => sql;

    public override Statement Prepare(string sql) => new SqliteStatement(connection, sql);

    public override void Settle()
    {
        // Every statement runs at once.
    }

    public override void Dispose() => connection.Dispose();
}

/// <summary>The one connection that writes to the file. There is no other writer, so positions are simply counted.</summary>
internal sealed class SqliteWriteLink : WriteLink
{
    private readonly SqliteConnection connection;
    private readonly SqliteStatement append;
    private long committed;
    private long head;

    public SqliteWriteLink(SqliteConnection connection)
    {
        this.connection = connection;
        append = new SqliteStatement(connection,
            "INSERT INTO event (position, type, at, identity_id, customer_id, message_id, revision, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
        head = committed = connection.QueryFirst<long?>("SELECT max(position) FROM event") ?? 0;
    }

    public override DbConnection Connection => connection;

    public override long Head => committed;

    public override string Translate(string sql) => sql;

    public override Statement Prepare(string sql) => new SqliteStatement(connection, sql);

    public override void Settle()
    {
        // Every statement runs at once.
    }

    public override Statement PrepareInsert(string sql) => Prepare(sql);

    public override void Begin() => connection.Execute("BEGIN IMMEDIATE");

    public override void Append(NewEvent added)
    {
        append.Bind(head + 1).Bind((long)added.Type).Bind(added.At).Bind(added.IdentityId).Bind(added.CustomerId).Bind(added.MessageId).Bind(added.Revision)
            .Bind(added.Data).Run();
        head++;
    }

    public override void SettleEvents()
    {
        // They are there already.
    }

    public override void Commit()
    {
        connection.Execute("COMMIT");
        committed = head;
    }

    public override void RollBack()
    {
        // SQLite rolls back by itself on a full disk or an I/O error.
        if (raw.sqlite3_get_autocommit(connection.Handle!) == 0)
            raw.sqlite3_exec(connection.Handle!, "ROLLBACK");
        append.Reset();
        head = committed;
    }

    /// <summary>Pages that become free are overwritten at once.</summary>
    public override void Overwriting(Action write)
    {
        connection.Execute("PRAGMA secure_delete = ON");
        try
        {
            write();
        }
        finally
        {
            connection.Execute("PRAGMA secure_delete = FAST");
        }
    }

    /// <summary>Begins the write-ahead log anew; cheap once a checkpoint has copied nearly all of it. A reader in the way makes it a no-op.</summary>
    public void RestartLog() => raw.sqlite3_exec(connection.Handle!, "PRAGMA wal_checkpoint(RESTART)");

    public override void Dispose()
    {
        append.Dispose();
        connection.Dispose();
    }
}
