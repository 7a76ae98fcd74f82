using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace ChannelHub.Faults;

/// <summary>
/// The kernel refuses the hub's file a call: first every one, then only the first, the second, the third …, until no call is left to refuse. After each the
/// process is killed and the file looked through.
/// </summary>
internal sealed class SyscallFaults(World world, Load load, string call, string error)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly string trace = Path.Combine(world.Nodes[0].Data, "strace.txt");
    private bool sound = true;

    public static async Task<bool> RunAsync(string call, string error, int most)
    {
        if (!Programs.Exists("strace"))
            return Programs.Skip("strace is not installed");
        await using World world = await World.StartAsync(postgres: false, nodes: 1);
        using var load = new Load(world, TimeSpan.FromMilliseconds(50));
        load.Start(perChannel: 1);
        var faults = new SyscallFaults(world, load, call, error);
        bool kept = await faults.LoopAsync(most);
        await load.StopAsync();
        return await new Balance(world, load).PrintAsync() && kept;
    }

    private async Task<bool> LoopAsync(int most)
    {
        (int always, int acknowledged) = await RoundAsync("1+");
        int fired = 0, n = 0;
        do
        {
            n++;
            (int hit, _) = await RoundAsync($"{n}");
            fired += hit;
            if (hit == 0)
                break;
        }
        while (n < most);
        Console.WriteLine($"{call} {error}: all {always} calls of a window refused, {acknowledged} acknowledged in it; then the n-th for n = 1 to {n}, {fired} refused");
        if (acknowledged > 0)
            Console.WriteLine("BROKEN: acknowledged and not stored");
        return sound && acknowledged == 0 && always > 0;
    }

    /// <summary>Answers how many calls were refused, and how many messages were acknowledged meanwhile.</summary>
    private async Task<(int Refused, int Acknowledged)> RoundAsync(string when)
    {
        HubNode hub = world.Nodes[0];
        using Process strace = await AttachAsync(hub, when);
        await Task.Delay(TimeSpan.FromMilliseconds(100)); // what was already under way
        int before = load.OkCount;
        await Task.Delay(Window);
        int acknowledged = load.OkCount - before;
        Programs.Run("kill", "-INT", $"{strace.Id}");
        await strace.WaitForExitAsync();
        hub.Kill();
        CheckFile(Path.Combine(hub.Data, "hub.db"), when);
        await hub.StartAsync();
        return (File.ReadLines(trace).Count(line => line.Contains("(INJECTED)", StringComparison.Ordinal)), acknowledged);
    }

    private async Task<Process> AttachAsync(HubNode hub, string when)
    {
        string file = Path.Combine(hub.Data, "hub.db");
        var strace = Process.Start(new ProcessStartInfo("strace",
            ["-f", "-p", $"{hub.ProcessId}", "-o", trace, "-P", file, "-P", file + "-wal", "-e", $"trace={call}", "-e", $"inject={call}:error={error}:when={when}"]) { RedirectStandardError = true })!;
        // It names each thread; the last word comes when all are held.
        string? said = await strace.StandardError.ReadLineAsync();
        while (said is not null && !said.Contains("attached", StringComparison.Ordinal))
            said = await strace.StandardError.ReadLineAsync();
        if (said is null)
            throw new InvalidOperationException("strace may not look into other processes here");
        _ = strace.StandardError.ReadToEndAsync();
        return strace;
    }

    private void CheckFile(string file, string when)
    {
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        string said = (string)command.ExecuteScalar()!;
        if (said == "ok")
            return;
        sound = false;
        Console.WriteLine($"BROKEN: after {call} number {when} failed the file is damaged: {said}");
    }
}
