using System.Diagnostics;
using System.Globalization;

namespace ChannelHub.Benchmarks;

/// <summary>A server in a process of its own; ended with its owner.</summary>
internal sealed class Server : IDisposable
{
    // 2 ms more for every sync, and none for any other call.
    private static readonly string[] SlowDisk = ["--seccomp-bpf", "-f", "-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:delay_exit=2000"];

    private readonly Process process;

    private Server(Process process, double startSeconds)
    {
        this.process = process;
        StartSeconds = startSeconds;
    }

    /// <summary>From the start of the process to its first answer on /readyz.</summary>
    public double StartSeconds { get; }

    /// <summary>Processor time used so far.</summary>
    public TimeSpan Cpu
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    public static Task<Server> StartFloorAsync(int port, string database, bool slowDisk = false) =>
        StartAsync(port, "dotnet", [Beside("ChannelHub.Benchmarks.dll"), "floor", port.ToString(CultureInfo.InvariantCulture), database], [], slowDisk);

    public static Task<Server> StartPeerAsync(int port, string script, string secret) =>
        StartAsync(port, "node", [script, port.ToString(CultureInfo.InvariantCulture), secret], []);

    public static Task<Server> StartHubAsync(int port, string data, string adminKey, params (string Name, string Value)[] settings) =>
        StartHubAsync(port, data, adminKey, slowDisk: false, settings);

    public static Task<Server> StartHubAsync(int port, string data, string adminKey, bool slowDisk, params (string Name, string Value)[] settings)
    {
        Dictionary<string, string> environment = new() { ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}", ["CHANNELHUB_DATA"] = data, ["CHANNELHUB_ADMIN_KEY"] = adminKey };
        foreach ((string name, string value) in settings)
            environment[name] = value;
        return StartAsync(port, "dotnet", [Beside("ChannelHub.dll")], environment, slowDisk);
    }

    public double MemoryMegabytes()
    {
        process.Refresh();
        return process.WorkingSet64 / 1048576.0;
    }

    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }

    private static async Task<Server> StartAsync(int port, string program, string[] arguments, Dictionary<string, string> environment, bool slowDisk = false)
    {
        var start = new ProcessStartInfo(slowDisk ? "strace" : program, slowDisk ? [.. SlowDisk, program, .. arguments] : arguments) { RedirectStandardOutput = true, UseShellExecute = false };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        var watch = Stopwatch.StartNew();
        Process started = Process.Start(start)!;
        started.OutputDataReceived += (_, _) => { };
        started.BeginOutputReadLine();
        using var client = new HttpClient();
        for (int i = 0; i < 6000; i++)
        {
            try
            {
                using HttpResponseMessage ready = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/readyz"));
                if (ready.IsSuccessStatusCode)
                    return new Server(started, watch.Elapsed.TotalSeconds);
            }
            catch (HttpRequestException) when (!started.HasExited)
            {
                // Not listening yet.
            }
            await Task.Delay(5);
        }
        throw new InvalidOperationException(program + " did not become ready");
    }

    private static string Beside(string program) => Path.Combine(AppContext.BaseDirectory, program);
}
