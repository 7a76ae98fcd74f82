using System.Diagnostics;

namespace ChannelHub.Faults;

/// <summary>The data folder is a small disk that somebody else fills to the last byte, and empties again.</summary>
internal static class DiskFull
{
    private static readonly TimeSpan LongestRecovery = TimeSpan.FromSeconds(30);

    public static async Task<bool> RunAsync(int seconds)
    {
        DirectoryInfo disk = Directory.CreateTempSubdirectory("channelhub-disk");
        if (Programs.Run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk.FullName).ExitCode != 0)
        {
            disk.Delete();
            return Programs.Skip("a small disk can be mounted by root alone");
        }
        using var end = new AtExit(() =>
        {
            Programs.Run("umount", "--lazy", disk.FullName); // a hub may still be there
            disk.Delete();
        });
        return await RunAsync(disk.FullName, TimeSpan.FromSeconds(seconds));
    }

    private static async Task<bool> RunAsync(string data, TimeSpan time)
    {
        await using World world = await World.StartAsync(postgres: false, nodes: 1, data);
        using var load = new Load(world, TimeSpan.FromMilliseconds(40));
        load.Start(perChannel: 2);
        await Task.Delay(TimeSpan.FromSeconds(2));

        int refusals = load.Refusals, taken = load.OkCount;
        (int reads, int failedReads) = await FillAsync(world, Path.Combine(data, "ballast"), time);
        refusals = load.Refusals - refusals;
        taken = load.OkCount - taken;

        File.Delete(Path.Combine(data, "ballast"));
        var watch = Stopwatch.StartNew();
        for (int before = load.OkCount; load.OkCount == before && watch.Elapsed < TimeSpan.FromMinutes(1);)
            await Task.Delay(50);
        TimeSpan healed = watch.Elapsed;
        await load.StopAsync();
        Console.WriteLine($"disk full for {time.TotalSeconds:F0} s: {refusals} refused, {taken} still found room, {reads} reads, {failedReads} of them failed; room again: first taken after {healed.TotalSeconds:F1} s");
        bool balanced = await new Balance(world, load).PrintAsync();
        return balanced && refusals > 0 && reads > 0 && failedReads == 0 && healed < LongestRecovery;
    }

    /// <summary>Takes every byte that is free, for a while, and reads from the hub meanwhile.</summary>
    private static async Task<(int Reads, int Failed)> FillAsync(World world, string ballast, TimeSpan time)
    {
        int reads = 0, failed = 0;
        byte[] piece = new byte[4096];
        await using FileStream file = new(ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < time; await Task.Delay(20))
        {
            try
            {
                while (true)
                    await file.WriteAsync(piece);
            }
            catch (IOException)
            {
                // Full, as it should be.
            }
            reads++;
            failed += await world.Nodes[0].AnswersAsync("/v1/conversations") && await world.Nodes[0].AnswersAsync("/v1/events") ? 0 : 1;
        }
        return (reads, failed);
    }
}
