using System.Data.Common;
using Npgsql;

namespace ChannelHub.Storage.Engine.Postgres;

/// <summary>
/// A node's connection that writes. Nodes take turns: a transaction begins with a lock that the server gives in the order of asking and frees with the
/// transaction's end, however that comes.
/// </summary>
internal sealed class PostgresWriteLink : WriteLink
{
    // Anything that is the same for all nodes and nobody else's.
    internal const long TurnLock = 0x4368_616e_4875_6201;

    // What is written is found by indexes, whatever the planner believes of tables it has not looked at for a while, and is planned once.
    private const string Settings = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off";

    private const string AppendEvents = """
        WITH added AS (
          INSERT INTO event (position, type, at, identity_id, customer_id, message_id, revision, data)
          SELECT (SELECT coalesce(max(position), 0) FROM event) + n, type, at, identity_id, customer_id, message_id, revision, data
          FROM unnest($1, $2, $3, $4, $5, $6, $7) WITH ORDINALITY AS e (type, at, identity_id, customer_id, message_id, revision, data, n)
          RETURNING position)
        SELECT max(position), pg_notify($8, '') FROM added
        """;

    private readonly Pipe pipe;
    private readonly PostgresSql sql;
    private readonly string signal;
    private readonly WorkShare share;
    private readonly List<NewEvent> added = [];
    private long appended;
    private long head;

    public PostgresWriteLink(NpgsqlDataSource source, PostgresSql sql, string signal, WorkShare share)
    {
        pipe = new Pipe(source, Settings);
        this.sql = sql;
        this.signal = signal;
        this.share = share;
        head = pipe.Read(new NpgsqlBatchCommand("SELECT coalesce(max(position), 0) FROM event"), First);
    }

    public override DbConnection Connection => pipe.Connection;

    public override long Head => head;

    public override string Translate(string text) => sql.Of(text);

    public override Statement Prepare(string text) => new PostgresStatement(pipe, sql.Of(text));

    public override Statement PrepareInsert(string text) => new PostgresInsert(pipe, text);

    public override void Settle() => pipe.Settle();

    public override void Begin()
    {
        pipe.Mend();
        appended = head;
        pipe.Add("BEGIN");
        pipe.Ask(new NpgsqlBatchCommand($"SELECT pg_advisory_xact_lock({TurnLock})"), PassOver);
        var fence = new NpgsqlBatchCommand("SELECT channelhub_fence($1)");
        fence.Parameters.Add(new NpgsqlParameter<long> { TypedValue = share.Run });
        pipe.Ask(fence, PassOver);
        pipe.Opens();
    }

    public override void Append(NewEvent added) => this.added.Add(added);

    public override void SettleEvents()
    {
        pipe.Settle();
        if (added.Count > 0)
            appended = pipe.Read(Events(), First);
    }

    public override void Commit()
    {
        if (added.Count > 0)
            appended = pipe.Read(Events(), First, then: "COMMIT");
        else
        {
            pipe.Add("COMMIT");
            pipe.Settle();
        }
        head = appended;
    }

    public override void RollBack()
    {
        added.Clear();
        pipe.Clear();
        try
        {
            if (Connection.State == System.Data.ConnectionState.Open)
            {
                pipe.Add("ROLLBACK");
                pipe.Settle();
            }
        }
        catch (NpgsqlException)
        {
            // Broken: the server rolls back what it hears no more of, and the next transaction begins on another connection.
            pipe.Connection.Close();
        }
    }

    /// <summary>Old versions of rows stay until the server's own clearing; see <see cref="PostgresDialect.Scrub"/>.</summary>
    public override void Overwriting(Action write) => write();

    public override void Dispose() => pipe.Dispose();

    private static void PassOver(NpgsqlDataReader reader)
    {
        // It answers one row without a value.
    }

    private static long First(NpgsqlDataReader reader)
    {
        reader.Read();
        return reader.GetInt64(0);
    }

    private NpgsqlBatchCommand Events()
    {
        var command = new NpgsqlBatchCommand(AppendEvents);
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. added.Select(e => (long)e.Type)] });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = [.. added.Select(e => e.At)] });
        command.Parameters.Add(new NpgsqlParameter<long?[]> { TypedValue = [.. added.Select(e => e.IdentityId)] });
        command.Parameters.Add(new NpgsqlParameter<long?[]> { TypedValue = [.. added.Select(e => e.CustomerId)] });
        command.Parameters.Add(new NpgsqlParameter<long?[]> { TypedValue = [.. added.Select(e => e.MessageId)] });
        command.Parameters.Add(new NpgsqlParameter<long?[]> { TypedValue = [.. added.Select(e => e.Revision)] });
        command.Parameters.Add(new NpgsqlParameter<string?[]> { TypedValue = [.. added.Select(e => e.Data)] });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = signal });
        added.Clear();
        return command;
    }
}
