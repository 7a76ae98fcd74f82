using System.Diagnostics;
using System.Net.Http.Headers;

namespace ChannelHub.Faults;

/// <summary>One hub as a process: always the same folder and port, however often it dies.</summary>
internal sealed class HubNode : IDisposable
{
    private const string AdminKey = "chk_faults_0123456789012345678901234567890123456789";
    private const int LinesKept = 100;

    private readonly IReadOnlyDictionary<string, string> environment;
    private readonly Queue<string> lines = new();
    private readonly Lock gate = new();
    private Process? process;
    private bool disposed;

    public HubNode(string data, IReadOnlyDictionary<string, string> environment)
    {
        Data = data;
        this.environment = environment;
        Address = new Uri($"http://127.0.0.1:{Programs.FreePort()}");
        Client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey);
    }

    /// <summary>Its folder.</summary>
    public string Data { get; }

    public Uri Address { get; }

    /// <summary>Calls with the admin key.</summary>
    public HttpClient Client { get; }

    public int ProcessId => process!.Id;

    /// <summary>What <c>GET /v1/nodes</c> calls it.</summary>
    public string Name => $"{Environment.MachineName}:{ProcessId}";

    /// <summary>Memory it occupies, in MB.</summary>
    public long ResidentMegabytes
    {
        get
        {
            process!.Refresh();
            return process.WorkingSet64 >> 20;
        }
    }

    /// <summary>The last it wrote.</summary>
    public string Output
    {
        get
        {
            lock (lines)
                return string.Join('\n', lines);
        }
    }

    /// <summary>Starts it and waits until it is ready; answers how long that took.</summary>
    public async Task<TimeSpan> StartAsync()
    {
        var watch = Stopwatch.StartNew();
        Launch();
        while (!await IsReadyAsync())
        {
            if (process!.HasExited || watch.Elapsed > TimeSpan.FromSeconds(60))
                throw new InvalidOperationException("the hub did not start:\n" + Output);
            await Task.Delay(10);
        }
        return watch.Elapsed;
    }

    /// <summary>Waits until it is ready; answers how long that took.</summary>
    public async Task<TimeSpan> ReadyAsync()
    {
        var watch = Stopwatch.StartNew();
        while (!await IsReadyAsync())
        {
            if (process!.HasExited || watch.Elapsed > TimeSpan.FromMinutes(2))
                throw new InvalidOperationException("the hub is not ready again:\n" + Output);
            await Task.Delay(50);
        }
        return watch.Elapsed;
    }

    public async Task<bool> IsReadyAsync() => await AnswersAsync("/readyz");

    /// <summary>Does a GET of this path end well, within some seconds?</summary>
    public async Task<bool> AnswersAsync(string path)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            using HttpResponseMessage answer = await Client.GetAsync(path, limit.Token);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception gone) when (gone is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(process is null, this);
            process.Kill();
            process.WaitForExit();
            // What libfaketime shares with a program's children outlives a killed one.
            foreach (string shared in Directory.GetFiles("/dev/shm", $"*faketime_*_{process.Id}"))
                File.Delete(shared);
            process.Dispose();
            process = null;
        }
    }

    /// <summary>SIGSTOP: it is there and does nothing.</summary>
    public void Pause() => Programs.Run("kill", "-STOP", $"{ProcessId}");

    /// <summary>SIGCONT: it goes on where it was.</summary>
    public void Continue() => Programs.Run("kill", "-CONT", $"{ProcessId}");

    public void Dispose()
    {
        Client.Dispose();
        lock (gate)
        {
            if (process is not null)
                Kill();
            disposed = true;
        }
    }

    private void Launch()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ChannelHub.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Data,
        };
        start.Environment["ASPNETCORE_URLS"] = Address.ToString();
        start.Environment["CHANNELHUB_DATA"] = Data;
        start.Environment["CHANNELHUB_ADMIN_KEY"] = AdminKey;
        start.Environment["CHANNELHUB_EGRESS_ALLOW"] = "127.0.0.0/8";
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            process = Process.Start(start)!;
        }
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (lines)
        {
            lines.Enqueue(line);
            if (lines.Count > LinesKept)
                lines.Dequeue();
        }
    }
}
