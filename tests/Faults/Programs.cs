using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ChannelHub.Faults;

/// <summary>Other programs of the machine.</summary>
internal static class Programs
{
    /// <summary>Says that a run cannot be had here. Where everything must run that is a failure.</summary>
    public static bool Skip(string reason)
    {
        bool onCi = Environment.GetEnvironmentVariable("CI") is { Length: > 0 };
        Console.WriteLine($"SKIPPED: {reason}{(onCi ? ", which is a failure here" : "")}");
        return !onCi;
    }

    /// <summary>Runs a program to its end; answers its exit code and what it wrote.</summary>
    public static (int ExitCode, string Output) Run(string program, params IReadOnlyList<string> arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    public static bool Exists(string program) => Run("bash", "-c", $"command -v {program}").ExitCode == 0;

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
