using Npgsql;

namespace ChannelHub.Storage.Engine.Postgres;

/// <summary>
/// A connection to PostgreSQL on which statements whose result nobody waits for travel together with the next one that is waited for: what is dear there
/// is the way to the server and back.
/// </summary>
internal sealed class Pipe(NpgsqlDataSource source) : IDisposable
{
    // More in one go would keep the server's answers waiting for a client that is still writing.
    private const int Longest = 2_000;

    private readonly List<NpgsqlBatchCommand> waiting = [];
    private int results;

    public NpgsqlConnection Connection { get; private set; } = source.OpenConnection();

    /// <summary>Opens the connection anew if it has broken.</summary>
    public void Mend()
    {
        if (Connection.State == System.Data.ConnectionState.Open)
            return;
        Connection.Dispose();
        Connection = source.OpenConnection();
    }

    /// <summary>Sends a command with the next one that is waited for.</summary>
    /// <param name="command">The command.</param>
    /// <param name="hasResult">Whether it answers rows, which are passed over.</param>
    public void Add(NpgsqlBatchCommand command, bool hasResult = false)
    {
        waiting.Add(command);
        if (hasResult)
            results++;
        if (waiting.Count >= Longest)
            Settle();
    }

    public void Add(string sql, bool hasResult = false) => Add(new NpgsqlBatchCommand(sql), hasResult);

    /// <summary>Everything added so far has been run when this returns.</summary>
    public void Settle()
    {
        if (waiting.Count == 0)
            return;
        using NpgsqlBatch batch = Take();
        batch.ExecuteNonQuery();
    }

    /// <summary>Runs a command; answers how many rows it changed.</summary>
    public int RunCounting(NpgsqlBatchCommand command)
    {
        waiting.Add(command);
        using NpgsqlBatch batch = Take();
        batch.ExecuteNonQuery();
        return (int)command.RecordsAffected;
    }

    /// <summary>Runs a command and reads its rows.</summary>
    /// <param name="command">The command.</param>
    /// <param name="read">Makes the answer of the rows.</param>
    /// <param name="then">What is to be run after it on the same way.</param>
    public T Read<T>(NpgsqlBatchCommand command, Func<NpgsqlDataReader, T> read, string? then = null)
    {
        waiting.Add(command);
        if (then is not null)
            waiting.Add(new NpgsqlBatchCommand(then));
        int before = results;
        using NpgsqlBatch batch = Take();
        using NpgsqlDataReader reader = batch.ExecuteReader();
        for (; before > 0; before--)
            reader.NextResult();
        T answer = read(reader);
        while (reader.NextResult())
        {
            // A failure of what comes after shows only here.
        }
        return answer;
    }

    /// <summary>Forgets what has not been sent.</summary>
    public void Clear()
    {
        waiting.Clear();
        results = 0;
    }

    public void Dispose() => Connection.Dispose();

    private NpgsqlBatch Take()
    {
        var batch = new NpgsqlBatch(Connection);
        foreach (NpgsqlBatchCommand command in waiting)
            batch.BatchCommands.Add(command);
        Clear();
        return batch;
    }
}
