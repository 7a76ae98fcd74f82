using System.Text.RegularExpressions;

namespace ChannelHub.Faults;

/// <summary>A PostgreSQL server of the run's own, with real fsync, as <c>tests/postgres.sh</c> sets it up.</summary>
internal sealed partial class PostgresServer(ScriptServer server) : IDisposable
{
    public string ConnectionString => server.Told[0];

    public int Port => int.Parse(PortOf().Match(ConnectionString).Groups[1].Value);

    public static PostgresServer Start() => new(ScriptServer.TryStart("postgres", "\"$postgres\" \"${postgres_control[@]}\"", "fsync=on")
        ?? throw new InvalidOperationException("PostgreSQL cannot be had here"));

    /// <summary>The same server through another port.</summary>
    public string Through(int port) => PortOf().Replace(ConnectionString, $"Port={port}");

    /// <summary>Ends it as a crash would and starts it again, which recovers from its log.</summary>
    public void Crash()
    {
        if (Programs.Run(server.Told[1], [.. server.Told.Skip(2), "-s", "-w", "restart", "-m", "immediate", "-l", Path.Combine(server.Folder, "postgres", "log")]).ExitCode != 0)
            throw new InvalidOperationException("pg_ctl restart failed");
    }

    public void Dispose() => server.Dispose();

    [GeneratedRegex("Port=([0-9]+)")]
    private static partial Regex PortOf();
}
