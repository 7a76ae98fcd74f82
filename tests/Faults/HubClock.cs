namespace ChannelHub.Faults;

/// <summary>A clock of the hub's own that can run fast: libfaketime stands between it and the kernel, so that its timers keep the same time.</summary>
internal sealed class HubClock(string library, string folder)
{
    private readonly string rate = Path.Combine(folder, "rate");

    /// <summary>What a process needs to live by it.</summary>
    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["LD_PRELOAD"] = library,
        ["FAKETIME_TIMESTAMP_FILE"] = rate,
        ["FAKETIME_XRESET"] = "1", // another rate begins where the clock stands
        ["FAKETIME_NO_CACHE"] = "1", // and for all clocks of the process at once: else the one that timers live by may go back by minutes
    };

    /// <summary>Where libfaketime is, in the form for programs with threads; null if it is not installed.</summary>
    public static string? Library() => Directory
        .EnumerateFiles("/usr/lib", "libfaketimeMT.so.1", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }).FirstOrDefault();

    /// <summary>From now on an hour of the kernel's clock is so many hours of the hub's.</summary>
    public void Run(int times)
    {
        File.WriteAllText(rate + ".new", $"+0 x{times}\n");
        File.Move(rate + ".new", rate, overwrite: true);
    }

    /// <summary>What a hub's clock shows, to the second.</summary>
    public static async Task<DateTimeOffset> NowAsync(HubNode node)
    {
        using HttpResponseMessage answer = await node.Client.GetAsync("/healthz");
        return answer.Headers.Date!.Value;
    }
}
