using ChannelHub.Operation;

namespace ChannelHub.Security;

/// <summary>What opening the master key came to.</summary>
public abstract record MasterKeyResult
{
    private MasterKeyResult() { }

    /// <summary>The key is there.</summary>
    /// <param name="Key">The key.</param>
    /// <param name="IsNew">It was made just now; what was encrypted before is under another one.</param>
    /// <param name="Warning">What the operator should mend.</param>
    public sealed record Opened(MasterKey Key, bool IsNew, string? Warning) : MasterKeyResult;

    /// <summary>The program must not start: going on with another key would make every stored secret unreadable.</summary>
    public sealed record Refused(string Problem) : MasterKeyResult;
}

/// <summary>The master key: from the settings, or else from a file beside the data that the first start makes.</summary>
public static class MasterKeyFile
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Opens the key.</summary>
    /// <param name="fromSettings">The text of <c>CHANNELHUB_MASTER_KEY</c>, which wins over the file.</param>
    /// <param name="path">The file; call this only while the data folder is locked.</param>
    public static MasterKeyResult Open(string? fromSettings, string path)
    {
        if (fromSettings is not null)
        {
            return MasterKey.Parse(fromSettings) is { } given
                ? new MasterKeyResult.Opened(given, IsNew: false, Warning: null)
                : new MasterKeyResult.Refused("CHANNELHUB_MASTER_KEY is not the base64 of 32 bytes. Make one with: openssl rand -base64 32");
        }
        try
        {
            return File.Exists(path) ? Read(path) : Make(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new MasterKeyResult.Refused($"The master key '{path}' can be neither read nor made: {fault.Message}");
        }
    }

    private static MasterKeyResult Read(string path)
    {
        // Far longer than a key can be is not a key; do not read a device or a film.
        using FileStream file = File.OpenRead(path);
        byte[] bytes = new byte[256];
        int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (MasterKey.Parse(System.Text.Encoding.ASCII.GetString(bytes, 0, length)) is not { } key)
        {
            return new MasterKeyResult.Refused(
                $"The master key '{path}' is damaged: it is not the base64 of 32 bytes. Put it back from a backup; without it the stored secrets cannot be read");
        }
        bool isOpenToOthers = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != UnixFileMode.None;
        return new MasterKeyResult.Opened(key, IsNew: false,
            isOpenToOthers ? $"The master key '{path}' is open to other users of this machine; close it with: chmod 600 '{path}'" : null);
    }

    private static MasterKeyResult.Opened Make(string path)
    {
        (MasterKey key, string text) = MasterKey.Generate();
        DurableFile.Create(path, System.Text.Encoding.ASCII.GetBytes(text + "\n"));
        return new MasterKeyResult.Opened(key, IsNew: true, Warning: null);
    }
}
