using Npgsql;

namespace ChannelHub.Storage.Engine.Postgres;

/// <summary>
/// A connection to PostgreSQL on which statements whose result nobody waits for travel together with the next one that is waited for: what is dear there
/// is the way to the server and back.
/// </summary>
internal sealed class Pipe : IDisposable
{
    // More in one go would keep the server's answers waiting for a client that is still writing.
    private const int Longest = 2_000;

    private readonly NpgsqlDataSource source;
    private readonly string? settings;
    private readonly List<NpgsqlBatchCommand> waiting = [];
    private readonly List<Func<bool, NpgsqlBatchCommand?>> gathered = [];
    private int opening;
    private int results;

    /// <param name="source">The server.</param>
    /// <param name="settings">Statements with which every connection begins.</param>
    public Pipe(NpgsqlDataSource source, string? settings = null)
    {
        this.source = source;
        this.settings = settings;
        Connection = Open();
    }

    public NpgsqlConnection Connection { get; private set; }

    /// <summary>Opens the connection anew if it has broken.</summary>
    public void Mend()
    {
        if (Connection.State == System.Data.ConnectionState.Open)
            return;
        Connection.Dispose();
        Connection = Open();
    }

    /// <summary>Somebody gathers rows: they are asked for their command whenever anything is sent, or (true) to forget them.</summary>
    public void Gathers(Func<bool, NpgsqlBatchCommand?> gathers) => gathered.Add(gathers);

    /// <summary>What was added so far opens a transaction: whatever is sent with it comes after it.</summary>
    public void Opens() => opening = waiting.Count;

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
        AddGathered();
        if (waiting.Count == 0)
            return;
        using NpgsqlBatch batch = Take();
        batch.ExecuteNonQuery();
    }

    /// <summary>Runs a command; answers how many rows it changed.</summary>
    public int RunCounting(NpgsqlBatchCommand command)
    {
        AddGathered();
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
        AddGathered();
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
        (opening, results) = (0, 0);
        foreach (Func<bool, NpgsqlBatchCommand?> gathers in gathered)
            gathers(true);
    }

    public void Dispose() => Connection.Dispose();

    // What was run since may look for the rows.
    private void AddGathered()
    {
        foreach (Func<bool, NpgsqlBatchCommand?> gathers in gathered)
        {
            if (gathers(false) is { } command)
                waiting.Insert(opening, command);
        }
    }

    private NpgsqlConnection Open()
    {
        NpgsqlConnection opened = source.OpenConnection();
        if (settings is not null)
        {
            using var first = new NpgsqlCommand(settings, opened);
            first.ExecuteNonQuery();
        }
        return opened;
    }

    private NpgsqlBatch Take()
    {
        var batch = new NpgsqlBatch(Connection);
        foreach (NpgsqlBatchCommand command in waiting)
            batch.BatchCommands.Add(command);
        waiting.Clear();
        (opening, results) = (0, 0);
        return batch;
    }
}
