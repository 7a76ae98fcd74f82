using System.Globalization;
using ChannelHub.Operation;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Attachments;

/// <summary>
/// Files in a folder: <c>ab/cd/abcd…</c>. A file is written beside and renamed when it is whole and on the disk.
/// </summary>
/// <param name="database">Whose rows name the files.</param>
/// <param name="root">The folder.</param>
/// <param name="drafts">A folder on the same disk.</param>
/// <param name="settling">How long a file stays after it was written although no row names it, because another node may be about to add one.</param>
public sealed class FolderFiles(Database database, string root, string drafts, TimeSpan settling) : FileStore(drafts)
{
    private readonly string drafts = drafts;
    private readonly Lock gate = new();
    private readonly Dictionary<string, int> pins = new(StringComparer.Ordinal);

    public override async Task<Stream?> OpenAsync(string sha256, long size, CancellationToken cancellation)
    {
        FileStream? file = TryOpen(sha256);
        bool isWhole = false;
        try
        {
            isWhole = file is not null && file.Length == size && await HasHashAsync(file, sha256, cancellation);
            return isWhole ? file : null;
        }
        finally
        {
            if (!isWhole && file is not null)
                await file.DisposeAsync();
        }
    }

    public override ValueTask<Stream> ReopenAsync(string sha256, long size, CancellationToken cancellation) =>
        ValueTask.FromResult<Stream>(TryOpen(sha256) ?? throw new FileNotFoundException("the bytes of the file are no longer there"));

    public override Task<bool> DeleteUnusedAsync(string sha256, Func<Session, bool> isUnused)
    {
        lock (gate)
        {
            var file = new FileInfo(PathOf(sha256));
            bool mayGo = !pins.ContainsKey(sha256) && (settling == TimeSpan.Zero || file.LastWriteTimeUtc < database.Clock.GetUtcNow().UtcDateTime - settling) && database.Read(isUnused);
            if (mayGo)
                file.Delete();
            return Task.FromResult(mayGo);
        }
    }

    public override IEnumerable<string> OnShelf(byte shelf, DateTimeOffset until)
    {
        var place = new DirectoryInfo(Path.Combine(root, shelf.ToString("x2", CultureInfo.InvariantCulture)));
        return place.Exists
            ? place.EnumerateFiles("*", SearchOption.AllDirectories).Where(f => f.Name.Length == HashLength && f.LastWriteTimeUtc < until.UtcDateTime).Select(f => f.Name)
            : [];
    }

    public override Task TidyAsync()
    {
        // A folder of this node's own is emptied when it starts; of another node's drafts only age tells that they are dead.
        foreach (FileInfo draft in new DirectoryInfo(drafts).EnumerateFiles().Where(f => f.LastWriteTimeUtc < database.Clock.GetUtcNow().UtcDateTime.AddDays(-1)))
            draft.Delete();
        return Task.CompletedTask;
    }

    protected override Task<StoredFile> KeepAsync(string draft, Received received)
    {
        string target = PathOf(received.Sha256);
        string shelf = Path.GetDirectoryName(target)!;
        string upper = Path.GetDirectoryName(shelf)!;
        var stored = new StoredFile(received.Sha256, received.Size, received.Head, () => Unpin(received.Sha256));
        Pin(received.Sha256);
        try
        {
            Disk(() =>
            {
                Directory.CreateDirectory(shelf);
                // Over an equal one too: if that has been damaged since, it is whole again.
                File.Move(draft, target, overwrite: true);
                DurableFile.SyncFolder(shelf);
                DurableFile.SyncFolder(upper);
                DurableFile.SyncFolder(root);
            });
        }
        catch
        {
            stored.Dispose();
            throw;
        }
        return Task.FromResult(stored);
    }

    private FileStream? TryOpen(string sha256)
    {
        try
        {
            return new FileStream(PathOf(sha256), new FileStreamOptions
            {
                Access = FileAccess.Read, Share = FileShare.Read | FileShare.Delete, Options = FileOptions.Asynchronous | FileOptions.SequentialScan, BufferSize = 0,
            });
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string PathOf(string sha256) =>
        sha256.Length == HashLength && sha256.All(char.IsAsciiHexDigitLower)
            ? Path.Combine(root, sha256[..2], sha256[2..4], sha256)
            : throw new ArgumentException("this is no SHA-256 in lower-case hex", nameof(sha256));

    private void Pin(string sha256)
    {
        lock (gate)
            pins[sha256] = pins.GetValueOrDefault(sha256) + 1;
    }

    private void Unpin(string sha256)
    {
        lock (gate)
        {
            if (--pins[sha256] == 0)
                pins.Remove(sha256);
        }
    }
}
