using System.Runtime.InteropServices;

namespace ChannelHub.Operation;

/// <summary>
/// Files that are whole and on the disk, or absent. <see cref="FileStream.Flush(bool)"/> returns normally when the disk refuses, and nothing in
/// the library flushes a folder, so the system is asked directly and its answer looked at.
/// </summary>
public static class DurableFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Creates a file that only its owner may read; fails if it exists.</summary>
    public static void Create(string path, ReadOnlySpan<byte> content)
    {
        string draft = $"{path}.{Guid.NewGuid():N}.new";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        try
        {
            using (var file = new FileStream(draft, options))
            {
                file.Write(content);
                Sync(file);
            }
            File.Move(draft, path, overwrite: false);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
        SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Makes what has been written to a file last; throws if the disk does not take it.</summary>
    public static void Sync(FileStream file)
    {
        file.Flush(flushToDisk: true);
        Sync(file.SafeFileHandle.DangerousGetHandle().ToInt32(), file.Name);
    }

    /// <summary>Makes creations and renames in a folder last.</summary>
    public static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        int descriptor = Open(folder, flags: 0);
        if (descriptor < 0)
            throw new IOException($"the folder '{folder}' cannot be opened (error {Marshal.GetLastPInvokeError()})");
        try
        {
            Sync(descriptor, folder);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static void Sync(int descriptor, string path)
    {
        if (!OperatingSystem.IsWindows() && Fsync(descriptor) != 0)
            throw new IOException($"the disk did not take '{path}' (error {Marshal.GetLastPInvokeError()})");
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Fsync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
