using System.Text.Json.Nodes;
using ChannelHub.Adapters;
using ChannelHub.Core.Customers;
using ChannelHub.Core.Ids;
using Xunit.Abstractions;
using static ChannelHub.Tests.Customers.GraphRig;

namespace ChannelHub.Tests.Customers;

/// <summary>Many at once, and much at once.</summary>
public sealed class TogetherTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Two_connections_that_see_the_two_halves_of_one_person_at_the_same_instant_end_with_one_customer()
    {
        const int People = 1_000;
        using var rig = new GraphRig();
        using var start = new Barrier(2);

        // Each half knows the number; neither has been seen before.
        Task Half(string kind, long channel) => Task.Factory.StartNew(() =>
        {
            for (int person = 0; person < People; person++)
            {
                start.SignalAndWait();
                rig.Say(Who(kind, $"{kind}{person}", Contact(KeyKinds.Phone, $"+48600{person:D6}")), channel: channel);
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Task.WhenAll(Half(KeyKinds.Telegram, 1), Half(KeyKinds.App, 2));

        int one = Enumerable.Range(0, People).Count(person => rig.Read(session => session.Query<long>(
            "SELECT DISTINCT customer_id FROM identity WHERE value IN (@telegram, @app, @phone)",
            new { telegram = $"telegram{person}", app = $"app{person}", phone = $"+48600{person:D6}" })).Count == 1);
        one.ShouldBe(People);
        rig.Read(session => session.Query<long>("SELECT count(DISTINCT customer_id) FROM identity")).ShouldBe([People]);
    }

    [Fact]
    public async Task Merges_in_a_ring_at_the_same_time_leave_one_survivor_and_no_loop()
    {
        await using TestHub hub = await TestHub.StartAsync();
        for (int round = 0; round < 25; round++)
        {
            string[] ring = new string[3];
            for (int i = 0; i < ring.Length; i++)
                ring[i] = (string)(await hub.PostAsync("/v1/customers", new { external_id = $"{round}-{i}" }, expect: 201))["id"]!;
            JsonNode[] merged = await Task.WhenAll(Enumerable.Range(0, 3).Select(i =>
                hub.PostAsync($"/v1/customers/{ring[i]}/merge", new Dictionary<string, string> { ["with"] = ring[(i + 1) % 3] })));

            foreach (string id in ring)
            {
                JsonNode customer = await hub.GetAsync("/v1/customers/" + id);
                ((string)customer["id"]!).ShouldBe(ring[0]);
                customer["merged_from"]!.AsArray().Select(old => (string)old!).ShouldBe([ring[1], ring[2]]);
            }

            // Each of the three is held by the other two: only when all are undone are they three again.
            foreach (JsonNode merge in merged)
                await hub.PostAsync($"/v1/merges/{merge["merge_id"]}/undo");
            foreach (string id in ring)
                ((string)(await hub.GetAsync("/v1/customers/" + id))["id"]!).ShouldBe(id);
        }
    }

    [Fact, Trait("engine", "sqlite")] // which counts them
    public void A_merge_of_much_touches_no_more_rows_than_a_merge_of_little_and_so_does_its_undo()
    {
        using var rig = new GraphRig();
        (long Merge, long Undo) little = RowsTouched(rig, "little", 10);
        (long Merge, long Undo) much = RowsTouched(rig, "much", 100_000);
        output.WriteLine($"rows touched, 10 messages each: merge {little.Merge}, undo {little.Undo}; 100,000 each: merge {much.Merge}, undo {much.Undo}");
        much.ShouldBe(little);
        much.Merge.ShouldBeLessThan(10);
    }

    private static (long Merge, long Undo) RowsTouched(GraphRig rig, string name, int messages)
    {
        long[] halves = [WithMessages(rig, name + "a", messages, firstId: messages), WithMessages(rig, name + "b", messages, firstId: messages * 2L)];
        long before = Changes(rig);
        MergePlan.Change merged = rig.Merge(halves[0], halves[1]).ShouldBeOfType<MergePlan.Change>();
        long between = Changes(rig);
        rig.Undo(merged.Append[0].ActionId).ShouldBeOfType<MergePlan.Change>();
        return (between - before, Changes(rig) - between);
    }

    private static long WithMessages(GraphRig rig, string name, int messages, long firstId)
    {
        rig.Say(Who(KeyKinds.App, name));
        long identity = rig.Identity(KeyKinds.App, name);
        rig.Write(session => session.Execute("""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @messages)
            INSERT INTO message (id, identity_id, channel_id, direction, occurred_at, sequence, received_at, content, files, state, assurance, revision, reactions)
            SELECT @firstId + i, @identity, 1, 0, i, 0, i, '[]', 0, 0, 4, 1, 0 FROM n
            """, new { messages = messages - 1, identity, firstId }));
        return identity;
    }

    private static long Changes(GraphRig rig) => rig.Write(session => session.Find<long>("SELECT total_changes()"));
}
