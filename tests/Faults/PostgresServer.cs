using System.Text.RegularExpressions;

namespace ChannelHub.Faults;

/// <summary>A PostgreSQL server of the run's own, with real fsync, as <c>tests/postgres.sh</c> sets it up.</summary>
internal sealed partial class PostgresServer : IDisposable
{
    private readonly string folder;
    private readonly string[] control;

    private PostgresServer(string folder, string connectionString, string[] control)
    {
        this.folder = folder;
        this.control = control;
        ConnectionString = connectionString;
    }

    public string ConnectionString { get; }

    public int Port => int.Parse(PortOf().Match(ConnectionString).Groups[1].Value);

    public static PostgresServer Start(string folder)
    {
        (int exit, string output) = Programs.Run("bash", "-c",
            """. "$1"; start_postgres "$2" fsync=on >&2 || exit 1; printf '%s\n' "$postgres" "${postgres_control[@]}" """, "bash", Script(), folder);
        if (exit != 0)
            throw new InvalidOperationException("PostgreSQL cannot be had here");
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return new PostgresServer(folder, lines[0], lines[1..]);
    }

    /// <summary>The same server through another port.</summary>
    public string Through(int port) => PortOf().Replace(ConnectionString, $"Port={port}");

    /// <summary>Ends it as a crash would and starts it again, which recovers from its log.</summary>
    public void Crash() => Control("restart", "-m", "immediate", "-l", Path.Combine(folder, "postgres", "log"));

    public void Dispose() => Control("stop", "-m", "immediate");

    private void Control(params IReadOnlyList<string> arguments)
    {
        if (Programs.Run(control[0], [.. control[1..], "-s", "-w", .. arguments]).ExitCode != 0)
            throw new InvalidOperationException("pg_ctl " + arguments[0] + " failed");
    }

    private static string Script()
    {
        for (string? above = AppContext.BaseDirectory; above is not null; above = Path.GetDirectoryName(above))
        {
            if (Path.Combine(above, "tests", "postgres.sh") is var script && File.Exists(script))
                return script;
        }
        throw new FileNotFoundException("tests/postgres.sh stands nowhere above the program");
    }

    [GeneratedRegex("Port=([0-9]+)")]
    private static partial Regex PortOf();
}
