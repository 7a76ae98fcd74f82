using System.Runtime.InteropServices;
using ChannelHub.Faults;

// Each mode does one kind of harm to hubs of its own, prints what it counted and ends with 1 if a promise was broken.
const string Usage = """
    usage: crash --engine sqlite|postgres --times N [--seed N]
           paused --seconds N
           overload --seconds N [--engine sqlite|postgres]
           disk-full --seconds N
           away --what database --seconds N
           fast-clock --hours N
           soak --seconds N [--engine sqlite|postgres]
           syscalls --call fdatasync,fsync|write|pwrite64 --error EIO|ENOSPC --most N
    """;

var given = new Dictionary<string, string>();
for (int i = 1; i + 1 < args.Length; i += 2)
    given[args[i]] = args[i + 1];
string Text(string name) => given.GetValueOrDefault("--" + name) ?? throw new ArgumentException($"--{name} is missing\n{Usage}");
int Number(string name) => int.Parse(Text(name));

// As SIGTERM does by itself: what is to be undone at the end is undone.
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Environment.Exit(130));

try
{
    bool kept = args.FirstOrDefault() switch
    {
        "crash" => await CrashLoop.RunAsync(Text("engine") == "postgres", Number("times"), given.ContainsKey("--seed") ? Number("seed") : Random.Shared.Next(100_000)),
        "paused" => await PausedNode.RunAsync(Number("seconds")),
        "syscalls" => await SyscallFaults.RunAsync(Text("call"), Text("error"), Number("most")),
        "overload" => await Overload.RunAsync(given.GetValueOrDefault("--engine") == "postgres", Number("seconds")),
        "disk-full" => await DiskFull.RunAsync(Number("seconds")),
        "away" when Text("what") == "database" => await DatabaseAway.RunAsync(Number("seconds")),
        "fast-clock" => await FastClock.RunAsync(Number("hours")),
        "soak" => await Soak.RunAsync(given.GetValueOrDefault("--engine") == "postgres", Number("seconds")),
        _ => throw new ArgumentException(Usage),
    };
    Console.WriteLine(kept ? "every promise was kept" : "A PROMISE WAS BROKEN");
    return kept ? 0 : 1;
}
catch (ArgumentException misused)
{
    Console.Error.WriteLine(misused.Message);
    return 2;
}
