using System.Diagnostics;

namespace ChannelHub.Faults;

/// <summary>Two nodes lose their database: for half of the time it refuses them, for the other half it says nothing. Then it is back, and nobody restarts anything.</summary>
internal sealed class DatabaseAway(World world, Load load)
{
    private static readonly TimeSpan LongestNotice = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestRecovery = TimeSpan.FromSeconds(10);

    private readonly List<string> broken = [];

    public static async Task<bool> RunAsync(int seconds)
    {
        await using World world = await World.StartAsync(postgres: true, nodes: 2);
        using var load = new Load(world, TimeSpan.FromMilliseconds(40));
        load.Start(perChannel: 2);
        await Task.Delay(TimeSpan.FromSeconds(2));
        var away = new DatabaseAway(world, load);
        await away.LoseAsync(TcpFault.Refuse, TimeSpan.FromSeconds(seconds / 2.0));
        await Task.Delay(TimeSpan.FromSeconds(2));
        await away.LoseAsync(TcpFault.BlackHole, TimeSpan.FromSeconds(seconds / 2.0));
        await Task.Delay(TimeSpan.FromSeconds(2));
        await load.StopAsync();
        bool balanced = await new Balance(world, load).PrintAsync();
        foreach (string line in away.broken)
            Console.WriteLine("BROKEN: " + line);
        return balanced && away.broken.Count == 0;
    }

    private async Task LoseAsync(TcpFault fault, TimeSpan time)
    {
        var watch = Stopwatch.StartNew();
        world.ToServer!.Set(fault);
        if (fault == TcpFault.Refuse)
            world.ToServer.Cut();
        TimeSpan noticed = await NoticedAsync(time);
        int taken = load.OkCount, refusals = load.Refusals;
        if (time - watch.Elapsed is { Ticks: > 0 } rest)
            await Task.Delay(rest);
        taken = load.OkCount - taken;
        refusals = load.Refusals - refusals;
        bool alive = await world.Nodes[0].AnswersAsync("/healthz");
        world.ToServer.Set(TcpFault.None);

        watch.Restart();
        await Task.WhenAll(world.Nodes.Select(node => node.ReadyAsync()));
        TimeSpan ready = watch.Elapsed;
        int before = load.OkCount;
        while (load.OkCount == before && watch.Elapsed < TimeSpan.FromMinutes(1))
            await Task.Delay(50);
        Console.WriteLine($"database away ({fault}) for {time.TotalSeconds:F0} s: noticed after {noticed.TotalSeconds:F1} s, then {refusals} refused and {taken} taken; back: ready after {ready.TotalSeconds:F1} s, first taken after {watch.Elapsed.TotalSeconds:F1} s");
        Expect(noticed < LongestNotice, $"{fault}: /readyz said nothing of it");
        Expect(taken == 0, $"{fault}: taken without a database");
        Expect(refusals > 0, $"{fault}: nobody was told to come back");
        Expect(alive, $"{fault}: /healthz failed");
        Expect(watch.Elapsed < LongestRecovery, $"{fault}: did not heal in time");
    }

    /// <summary>Waits until no node calls itself ready.</summary>
    private async Task<TimeSpan> NoticedAsync(TimeSpan atMost)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < atMost && (await Task.WhenAll(world.Nodes.Select(node => node.IsReadyAsync()))).Contains(true))
            await Task.Delay(50);
        return watch.Elapsed;
    }

    private void Expect(bool kept, string promise)
    {
        if (!kept)
            broken.Add(promise);
    }
}
