namespace ChannelHub.Faults;

/// <summary>The hub is killed again and again under load, on PostgreSQL any of three nodes and every fifth time the database.</summary>
internal static class CrashLoop
{
    public static async Task<bool> RunAsync(bool postgres, int times, int seed)
    {
        var random = new Random(seed);
        await using World world = await World.StartAsync(postgres, nodes: postgres ? 3 : 1);
        using var load = new Load(world, TimeSpan.FromMilliseconds(40));
        load.Start(perChannel: 2);
        List<double> back = [];
        for (int n = 1; n <= times; n++)
        {
            await Task.Delay(random.Next(20, 2000));
            if (postgres && n % 5 == 0)
            {
                await Task.Run(world.Server!.Crash);
                TimeSpan[] ready = await Task.WhenAll(world.Nodes.Select(node => node.ReadyAsync()));
                back.Add(ready.Max().TotalSeconds);
            }
            else
            {
                HubNode node = world.Nodes[random.Next(world.Nodes.Count)];
                node.Kill();
                back.Add((await node.StartAsync()).TotalSeconds);
            }
        }
        await load.StopAsync();
        Console.WriteLine($"crash, {(postgres ? "PostgreSQL" : "SQLite")}: {times} kills, seed {seed}; ready again after {back.Average():F1} s, at most {back.Max():F1} s");
        return await new Balance(world, load).PrintAsync();
    }
}
