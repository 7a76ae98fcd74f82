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
    private readonly List<Action<NpgsqlDataReader>> asked = [];
    private int opening;

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

    /// <summary>Sends a command that answers no rows with the next one that is waited for.</summary>
    public void Add(NpgsqlBatchCommand command)
    {
        waiting.Add(command);
        if (waiting.Count >= Longest)
            Settle();
    }

    public void Add(string sql) => Add(new NpgsqlBatchCommand(sql));

    /// <summary>Sends a query with the next command that is waited for.</summary>
    /// <param name="command">The query.</param>
    /// <param name="read">What is done with its rows, when they come.</param>
    public void Ask(NpgsqlBatchCommand command, Action<NpgsqlDataReader> read)
    {
        asked.Add(read);
        Add(command);
    }

    /// <summary>Everything added so far has been run when this returns.</summary>
    public void Settle()
    {
        AddGathered();
        if (waiting.Count > 0)
            Send();
    }

    /// <summary>Runs a command; answers how many rows it changed.</summary>
    public int RunCounting(NpgsqlBatchCommand command)
    {
        AddGathered();
        waiting.Add(command);
        Send();
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
        T answer = default!;
        asked.Add(reader => answer = read(reader));
        Send();
        return answer;
    }

    /// <summary>Forgets what has not been sent.</summary>
    public void Clear()
    {
        Forget();
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

    private void Send()
    {
        using var batch = new NpgsqlBatch(Connection);
        foreach (NpgsqlBatchCommand command in waiting)
            batch.BatchCommands.Add(command);
        Action<NpgsqlDataReader>[] reads = [.. asked];
        Forget();
        using NpgsqlDataReader reader = batch.ExecuteReader();
        foreach (Action<NpgsqlDataReader> read in reads)
        {
            read(reader);
            reader.NextResult();
        }
        while (reader.NextResult())
        {
            // A failure of what comes after the last rows shows only here.
        }
    }

    private void Forget()
    {
        waiting.Clear();
        asked.Clear();
        opening = 0;
    }
}
