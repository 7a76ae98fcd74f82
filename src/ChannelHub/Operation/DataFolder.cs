using System.Globalization;

namespace ChannelHub.Operation;

/// <summary>What opening the data folder came to.</summary>
public abstract record DataFolderResult
{
    private DataFolderResult() { }

    /// <summary>The folder is there and ours alone.</summary>
    public sealed record Opened(DataFolder Folder) : DataFolderResult;

    /// <summary>The program must not start.</summary>
    public sealed record Refused(string Problem) : DataFolderResult;
}

/// <summary>
/// The folder that holds everything the hub keeps. The system locks it for one process: the lock goes with the process however it ends, so
/// nothing stale is ever left behind, and the lock file itself is never removed.
/// </summary>
public sealed class DataFolder : IDisposable
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // What the runtime passes on when a lock is taken: EWOULDBLOCK, or a sharing violation.
    private const int LockedOnLinux = 11;
    private const int LockedOnMac = 35;
    private const int LockedOnWindows = unchecked((int)0x80070020);

    private readonly FileStream held;

    private DataFolder(string path, FileStream held)
    {
        Root = path;
        this.held = held;
    }

    /// <summary>The folder, as an absolute path.</summary>
    public string Root { get; }

    /// <summary>The database.</summary>
    public string Database => Path.Combine(Root, "hub.db");

    /// <summary>The full-text index; it can be rebuilt from the database.</summary>
    public string Search => Path.Combine(Root, "search.db");

    /// <summary>The folder of attachments, by their hash.</summary>
    public string Attachments => Path.Combine(Root, "attachments");

    /// <summary>The folder of files that are still being written; a start empties it.</summary>
    public string Temporary => Path.Combine(Root, "temp");

    /// <summary>The master key, unless the settings bring it.</summary>
    public string MasterKey => Path.Combine(Root, "master.key");

    private string Holder => Path.Combine(Root, "hub.pid");

    /// <summary>Makes the folder if need be, readable by its owner only, and locks it.</summary>
    public static DataFolderResult Open(string path)
    {
        try
        {
            string root = Path.GetFullPath(path);
            MakeFolder(root);
            if (TryLock(Path.Combine(root, "hub.lock")) is not { } held)
            {
                return new DataFolderResult.Refused(
                    $"The data folder '{root}' is in use by another ChannelHub ({Told(Path.Combine(root, "hub.pid"))}). "
                    + "Stop that one, or name another folder with CHANNELHUB_DATA");
            }
            var folder = new DataFolder(root, held);
            folder.Prepare();
            return new DataFolderResult.Opened(folder);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new DataFolderResult.Refused($"The data folder '{path}' cannot be used: {fault.Message} Name another with CHANNELHUB_DATA");
        }
    }

    /// <summary>Unlocks the folder.</summary>
    public void Dispose()
    {
        if (held.SafeFileHandle.IsClosed)
            return;
        File.Delete(Holder);
        held.Dispose();
    }

    private void Prepare()
    {
        try
        {
            File.WriteAllText(Holder, string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}\n"));
            MakeFolder(Attachments);
            if (Directory.Exists(Temporary))
                Directory.Delete(Temporary, recursive: true);
            MakeFolder(Temporary);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    // Null when another process holds the lock.
    private static FileStream? TryLock(string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new FileStream(file, options);
        }
        catch (IOException fault) when (fault.HResult is LockedOnLinux or LockedOnMac or LockedOnWindows)
        {
            return null;
        }
    }

    // The lock file itself cannot be read while it is locked; whoever holds it is told by another.
    private static string Told(string file)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault() is { Length: > 0 and <= 200 } line ? line : "its process is not known";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return "its process is not known";
        }
    }

    private static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, Owner);
    }
}
