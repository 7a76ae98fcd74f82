using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace ChannelHub.Faults;

/// <summary>Of three nodes the one that sends is killed, the one that takes over falls asleep, and wakes when a third one has long been sending.</summary>
internal static class PausedNode
{
    private static readonly TimeSpan LongestTakeOver = TimeSpan.FromSeconds(15);

    public static async Task<bool> RunAsync(int seconds)
    {
        await using World world = await World.StartAsync(postgres: true, nodes: 3);
        using var load = new Load(world, TimeSpan.FromMilliseconds(40));
        string lanes = "lanes:" + world.Channels[0].Id;
        load.Start(perChannel: 2);
        HubNode first = (await WorkerAsync(world, lanes, except: null)).Node;
        await SentAsync(world, 20);

        first.Kill();
        (HubNode second, TimeSpan killed) = await WorkerAsync(world, lanes, except: first);
        await first.StartAsync();
        await SentAsync(world, 20);
        second.Pause();
        var asleep = Stopwatch.StartNew();
        (HubNode third, TimeSpan paused) = await WorkerAsync(world, lanes, except: second);
        if (TimeSpan.FromSeconds(seconds) - asleep.Elapsed is { Ticks: > 0 } rest)
            await Task.Delay(rest);
        second.Continue();
        TimeSpan awake = await second.ReadyAsync();
        await SentAsync(world, 20);
        await load.StopAsync();

        Console.WriteLine($"paused for {asleep.Elapsed.TotalSeconds:F0} s: taken over from the killed node after {killed.TotalSeconds:F1} s, from the sleeping one after {paused.TotalSeconds:F1} s; ready {awake.TotalSeconds:F1} s after waking");
        bool balanced = await new Balance(world, load).PrintAsync();
        return balanced && killed < LongestTakeOver && paused < LongestTakeOver && third != second;
    }

    /// <summary>Waits until a node does a piece of work; answers which, and how long that took.</summary>
    private static async Task<(HubNode Node, TimeSpan Took)> WorkerAsync(World world, string work, HubNode? except)
    {
        var watch = Stopwatch.StartNew();
        HubNode[] others = [.. world.Nodes.Where(node => node != except)];
        while (watch.Elapsed < TimeSpan.FromMinutes(1))
        {
            JsonArray nodes = (await others[0].Client.GetFromJsonAsync<JsonNode>("/v1/nodes"))!["data"]!.AsArray();
            string? name = (string?)nodes.SingleOrDefault(n => n!["work"]!.AsArray().Any(w => (string)w!["name"]! == work))?["name"];
            if (others.FirstOrDefault(node => node.Name == name) is { } found)
                return (found, watch.Elapsed);
            await Task.Delay(50);
        }
        throw new TimeoutException("nobody took over " + work);
    }

    /// <summary>Waits until the provider has been reached so often again.</summary>
    private static async Task SentAsync(World world, int more)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        int enough = world.Bot.Calls.Count + more;
        while (world.Bot.Calls.Count < enough)
            await Task.Delay(50, limit.Token);
    }
}
