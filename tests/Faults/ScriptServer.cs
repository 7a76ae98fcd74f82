using System.Diagnostics;

namespace ChannelHub.Faults;

/// <summary>
/// A server as one of the scripts in <c>tests</c> starts it, in a folder of its own. The shell that did so stays: when this program ends, even killed, the
/// shell's input ends, and it stops the server and removes the folder.
/// </summary>
internal sealed class ScriptServer : IDisposable
{
    private readonly Process shell;

    private ScriptServer(Process shell, IReadOnlyList<string> told)
    {
        this.shell = shell;
        Folder = told[0];
        Told = told.Skip(1).ToList();
    }

    /// <summary>Where its files are.</summary>
    public string Folder { get; }

    /// <summary>What the script says of it.</summary>
    public IReadOnlyList<string> Told { get; }

    /// <summary>Starts a server; null if it cannot be had here.</summary>
    /// <param name="name">The script's name, which its functions end with.</param>
    /// <param name="tell">Words of the shell that stand for what is to be told.</param>
    /// <param name="settings">Further arguments of the start.</param>
    public static ScriptServer? TryStart(string name, string tell, params IReadOnlyList<string> settings)
    {
        string commands = $$"""
            . "$1" || exit; shift
            folder=$(mktemp -d)
            trap : INT TERM PIPE
            trap 'stop_{{name}}; rm -rf "$folder"' EXIT
            start_{{name}} "$folder" "$@" >&2 || exit
            printf '%s\n' "$folder" {{tell}}
            exec >&-
            read -r
            """;
        var shell = Process.Start(new ProcessStartInfo("bash", ["-c", commands, "bash", Script(name), .. settings])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        string[] told = shell.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return told.Length > 0 ? new ScriptServer(shell, told) : null;
    }

    public void Dispose()
    {
        shell.StandardInput.Close();
        shell.WaitForExit();
        shell.Dispose();
    }

    private static string Script(string name)
    {
        for (string? above = AppContext.BaseDirectory; above is not null; above = Path.GetDirectoryName(above))
        {
            if (Path.Combine(above, "tests", name + ".sh") is var script && File.Exists(script))
                return script;
        }
        throw new FileNotFoundException($"tests/{name}.sh stands nowhere above the program");
    }
}
