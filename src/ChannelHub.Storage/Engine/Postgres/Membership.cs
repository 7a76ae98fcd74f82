using System.Collections.Concurrent;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Outbox;
using Dapper;
using Npgsql;

namespace ChannelHub.Storage.Engine.Postgres;

/// <summary>
/// Keeps this node among the living and shares the work out. A node that has not said a word for <see cref="Patience"/> is buried by any other: its row goes,
/// and with it what it had taken. Every transaction of a node first looks whether the node still has its row, so that one that was only asleep writes
/// nothing any more, and joins anew. Time is the server's; clocks of nodes may differ.
/// </summary>
internal sealed class Membership : WorkShare
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan BeatsEvery = TimeSpan.FromSeconds(2);

    // The node counts itself out a little before the others may.
    private static readonly TimeSpan Certainty = TimeSpan.FromSeconds(6);

    private const int Numbers = 1024;
    private const string ServerNow = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

    private readonly NpgsqlDataSource source;
    private readonly TimeProvider clock = TimeProvider.System; // what the server's clock is compared with is how long a beat takes
    private readonly Action<int> numbered;
    private readonly ConcurrentDictionary<string, bool> wanted = new();
    private readonly SemaphoreSlim sought = new(0);
    private readonly CancellationTokenSource stop = new();
    private readonly Task beating;
    private volatile NodeName name = NodeName.New();
    private volatile HashSet<string> mine = [];
    private long heardAt;

    /// <param name="source">The server.</param>
    /// <param name="numbered">Told the number that goes into the ids this node makes, whenever that changes.</param>
    public Membership(NpgsqlDataSource source, Action<int> numbered)
    {
        this.source = source;
        this.numbered = numbered;
        using NpgsqlConnection connection = source.OpenConnection();
        Join(connection);
        beating = Task.Run(BeatAsync);
    }

    public override long Run => name.Run;

    public override bool IsAlive => clock.GetElapsedTime(Interlocked.Read(ref heardAt)) < Certainty;

    public override bool IsMine(string work)
    {
        if (wanted.TryAdd(work, true))
            sought.Release();
        return mine.Contains(work) && IsAlive;
    }

    public override void Dispose()
    {
        stop.Cancel();
        beating.Wait();
        try
        {
            using NpgsqlConnection connection = source.OpenConnection();
            Bury(connection, "run = @Run", new { name.Run });
        }
        catch (NpgsqlException)
        {
            // The others will notice.
        }
        stop.Dispose();
        sought.Dispose();
    }

    /// <summary>Whether a failure says that this node has been buried.</summary>
    public static bool IsBuried(Exception exception) => exception is PostgresException { SqlState: "CH001" };

    private void Join(NpgsqlConnection connection)
    {
        long began = clock.GetTimestamp();
        name = NodeName.New();
        mine = [];
        int number = connection.QuerySingle<int>($"""
            INSERT INTO node (run, number, name, version, started_at, seen_at, until)
            SELECT @Run, n, @Name, @Version, {ServerNow}, {ServerNow}, {ServerNow} + @patience
            FROM generate_series(1, {Numbers - 1}) n WHERE NOT EXISTS (SELECT 1 FROM node WHERE number = n) ORDER BY random() LIMIT 1
            RETURNING number::int
            """, new { name.Run, name.Name, name.Version, patience = (long)Patience.TotalMilliseconds });
        numbered(number);
        Interlocked.Exchange(ref heardAt, began);
    }

    private async Task BeatAsync()
    {
        NpgsqlConnection? connection = null;
        try
        {
            while (true)
            {
                // What is sought for the first time is not kept waiting.
                await sought.WaitAsync(BeatsEvery, stop.Token);
                try
                {
                    connection ??= await source.OpenConnectionAsync(stop.Token);
                    Beat(connection);
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    // Away, or there is no room for another node: nothing is this node's until the server takes it in again.
                    if (connection is not null)
                        await connection.DisposeAsync();
                    connection = null;
                    if (!IsAlive)
                        RaiseChanged();
                }
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
        finally
        {
            if (connection is not null)
                await connection.DisposeAsync();
        }
    }

    private void Beat(NpgsqlConnection connection)
    {
        bool wasAlive = IsAlive;
        long began = clock.GetTimestamp();
        int known = connection.Execute(
            $"UPDATE node SET seen_at = {ServerNow}, until = {ServerNow} + @patience WHERE run = @Run AND until >= {ServerNow}",
            new { name.Run, patience = (long)Patience.TotalMilliseconds });
        if (known == 0)
            Join(connection);
        else
            Interlocked.Exchange(ref heardAt, began);
        if (connection.QuerySingle<bool>($"SELECT EXISTS (SELECT 1 FROM node WHERE until < {ServerNow})"))
            Bury(connection, $"until < {ServerNow}", new { });
        HashSet<string> before = mine;
        mine = Claim(connection);
        if (!wasAlive || !before.SetEquals(mine))
            RaiseChanged();
    }

    /// <summary>Takes nodes out, and their work from them. It waits its turn, so that nothing of theirs is half written.</summary>
    private static void Bury(NpgsqlConnection connection, string which, object arguments)
    {
        using NpgsqlTransaction transaction = connection.BeginTransaction();
        connection.Execute($"SELECT pg_advisory_xact_lock({PostgresWriteLink.TurnLock})");
        connection.Execute($"DELETE FROM node WHERE {which}", arguments);
        connection.Execute("DELETE FROM work WHERE run NOT IN (SELECT run FROM node)");
        connection.Execute(OutboxStore.EndLeasesOfTheGone);
        connection.Execute(PendingFiles.EndLeasesOfTheGone);
        transaction.Commit();
    }

    /// <summary>Takes free work, up to a fair share of all there is at once, and one piece more each time, should nobody else want it.</summary>
    private HashSet<string> Claim(NpgsqlConnection connection)
    {
        List<(string Name, long Run)> taken = connection.Query<(string, long)>("SELECT name, run FROM work").AsList();
        HashSet<string> own = [.. taken.Where(work => work.Run == name.Run).Select(work => work.Name)];
        string[] free = [.. wanted.Keys.Except(taken.Select(work => work.Name))];
        if (free.Length == 0)
            return own;
        int nodes = connection.QuerySingle<int>("SELECT count(*)::int FROM node");
        int share = ((taken.Count + free.Length) + nodes - 1) / nodes;
        Random.Shared.Shuffle(free);
        string[] chosen = free[..Math.Min(free.Length, Math.Max(1, share - own.Count))];
        own.UnionWith(connection.Query<string>($"""
            INSERT INTO work (name, run, since) SELECT chosen, @Run, {ServerNow} FROM unnest(@chosen) AS c (chosen)
            WHERE EXISTS (SELECT 1 FROM node WHERE run = @Run) ON CONFLICT DO NOTHING RETURNING name
            """, new { name.Run, chosen }));
        return own;
    }
}
