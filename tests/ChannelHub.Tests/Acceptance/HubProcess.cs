using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace ChannelHub.Tests.Acceptance;

/// <summary>The program as a process of its own, for what only a process can show: being killed, refusing to start.</summary>
internal sealed class HubProcess : IDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();

    private HubProcess(Process process, Uri address)
    {
        this.process = process;
        Address = address;
        Client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestHub.AdminKey);
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    // With PostgreSQL it is given, and the same to every process.
    private const string MasterKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    public Uri Address { get; }

    /// <summary>Calls with the admin key.</summary>
    public HttpClient Client { get; }

    public string Output
    {
        get
        {
            lock (output)
                return output.ToString();
        }
    }

    /// <summary>Starts the program on a data folder and waits until it is ready.</summary>
    public static Task<HubProcess> StartAsync(string data, int port, params IReadOnlyList<(string Name, string Value)> environment) => StartAsync(data, port, [], environment);

    /// <summary>The same with arguments.</summary>
    public static async Task<HubProcess> StartAsync(string data, int port, IReadOnlyList<string> arguments, params IReadOnlyList<(string Name, string Value)> environment)
    {
        var hub = Launch(data, port, arguments, environment);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            if (hub.process.HasExited)
                throw new InvalidOperationException("the hub did not start: " + hub.Output);
            try
            {
                using HttpResponseMessage ready = await hub.Client.GetAsync("/readyz", limit.Token);
                if (ready.IsSuccessStatusCode)
                    return hub;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            await Task.Delay(20, limit.Token);
        }
    }

    /// <summary>Starts the program without waiting.</summary>
    public static HubProcess Launch(string data, int port, params IReadOnlyList<(string Name, string Value)> environment) => Launch(data, port, [], environment);

    private static HubProcess Launch(string data, int port, IReadOnlyList<string> arguments, IReadOnlyList<(string Name, string Value)> environment)
    {
        var address = new Uri($"http://127.0.0.1:{port}");
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ChannelHub.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment["ASPNETCORE_URLS"] = address.ToString();
        start.Environment["CHANNELHUB_DATA"] = data;
        if ((environment.FirstOrDefault(given => given.Name == "CHANNELHUB_DATABASE").Value ?? new TestStore(data).ConnectionString) is { } server)
        {
            start.Environment["CHANNELHUB_DATABASE"] = server;
            start.Environment["CHANNELHUB_MASTER_KEY"] = MasterKey;
        }
        start.Environment["CHANNELHUB_ADMIN_KEY"] = TestHub.AdminKey;
        start.Environment["CHANNELHUB_EGRESS_ALLOW"] = "127.0.0.0/8";
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return new HubProcess(Process.Start(start)!, address);
    }

    private void Signal(string signal)
    {
        using Process kill = Process.Start("kill", [signal, process.Id.ToString()]);
        kill.WaitForExit();
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The process.</summary>
    public int Id => process.Id;

    /// <summary>SIGSTOP: it is there and does nothing.</summary>
    public void Pause() => Signal("-STOP");

    /// <summary>SIGCONT: it goes on where it was.</summary>
    public void Continue() => Signal("-CONT");

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>SIGTERM; answers the exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", process.Id.ToString()]);
        await kill.WaitForExitAsync();
        return await ExitAsync();
    }

    /// <summary>Waits for its end; answers the exit code.</summary>
    public async Task<int> ExitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }
        process.Dispose();
    }

    private void Append(string? line)
    {
        lock (output)
            output.AppendLine(line);
    }
}
