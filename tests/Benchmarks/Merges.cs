using System.Diagnostics;
using ChannelHub.Adapters;
using ChannelHub.Core.Customers;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Engine.Sqlite;

namespace ChannelHub.Benchmarks;

/// <summary>Merging two customers and taking it back: it must not matter how much they wrote.</summary>
internal static class Merges
{
    public static void Run(string folder, int rounds)
    {
        using var database = new Database(new SqliteDialect(Path.Combine(folder, "merges.db")), TimeProvider.System, new IdGenerator(TimeProvider.System));
        foreach (int messages in new[] { 10, 100_000 })
        {
            long[] halves = [WithMessages(database, messages, messages), WithMessages(database, messages, messages * 2L)];
            double[] merges = new double[rounds];
            double[] undos = new double[rounds];
            for (int round = 0; round < rounds; round++)
            {
                var watch = Stopwatch.StartNew();
                long merge = Act(database, "merge", null, halves, (region, id) => Merging.Merge(region, halves[0], halves[1], id));
                merges[round] = watch.Elapsed.TotalMilliseconds;
                watch.Restart();
                Act(database, "undo", merge, halves, (region, id) => Merging.Undo(region, merge, id));
                undos[round] = watch.Elapsed.TotalMilliseconds;
            }
            Array.Sort(merges);
            Array.Sort(undos);
            Console.WriteLine($"{messages} messages each: merge {merges[rounds / 2]:F2} ms, undo {undos[rounds / 2]:F2} ms (median of {rounds}, durable)");
        }
    }

    private static long Act(Database database, string kind, long? undoes, long[] named, Func<Region, long, MergePlan> plan) => database.WriteAsync(session =>
    {
        long id = session.NewId();
        CustomerGraph.Apply(session, (MergePlan.Change)plan(CustomerGraph.Load(session, named), id), new ActionInfo(id, kind, "benchmark", Reason: null, undoes));
        return id;
    }).GetAwaiter().GetResult();

    private static long WithMessages(Database database, int messages, long firstId) => database.WriteAsync(session =>
    {
        long identity = CustomerStore.Assert(session, new Key(KeyKinds.External, firstId.ToString()), original: null, name: null);
        session.Execute("""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @messages)
            INSERT INTO message (id, identity_id, channel_id, direction, occurred_at, sequence, received_at, content, files, state, assurance, revision, reactions)
            SELECT @firstId + i, @identity, 1, 0, i, 0, i, '[]', 0, 0, 4, 1, 0 FROM n
            """, new { messages, identity, firstId });
        return identity;
    }).GetAwaiter().GetResult();
}
