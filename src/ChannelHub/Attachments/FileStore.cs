using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using ChannelHub.Operation;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Attachments;

/// <summary>
/// The bytes of files, each under its SHA-256: <c>attachments/ab/cd/abcd…</c>. A file is written beside and renamed when it is whole and on the
/// disk, so under a hash there is either everything or nothing. The same content twice is one file. No name that anybody chose is ever used as a path.
/// </summary>
public sealed class FileStore(DataFolder folder)
{
    private const int ChunkBytes = 64 * 1024;
    private const int HeadBytes = 4096;
    private const int HashLength = 64;

    private readonly Lock gate = new();
    private readonly Dictionary<string, int> pins = new(StringComparer.Ordinal);

    /// <summary>
    /// Keeps a file. Null if it has more than <paramref name="maxBytes"/>: the bytes are counted, whatever anybody announced. What
    /// <paramref name="content"/> throws comes through. Dispose the answer after the row that names the file is committed.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The disk does not take it.</exception>
    public async Task<StoredFile?> WriteAsync(Stream content, long maxBytes, CancellationToken cancellation)
    {
        string draft = Path.Combine(folder.Temporary, Guid.NewGuid().ToString("N"));
        try
        {
            return await ReceiveAsync(content, draft, maxBytes, cancellation) is { } received ? Place(draft, received) : null;
        }
        finally
        {
            RemoveDraft(draft);
        }
    }

    /// <summary>
    /// Opens a file after reading it once through: null if it is missing or is not what its hash and size say. A wrong byte is thus noticed before the
    /// first one leaves, also when only a range is asked for; 100 MB cost a tenth of a second.
    /// </summary>
    public async Task<Stream?> OpenAsync(string sha256, long size, CancellationToken cancellation)
    {
        FileStream? file = TryOpen(sha256);
        bool isWhole = false;
        try
        {
            isWhole = file is not null && file.Length == size && await IsIntactAsync(file, sha256, cancellation);
            return isWhole ? file : null;
        }
        finally
        {
            if (!isWhole && file is not null)
                await file.DisposeAsync();
        }
    }

    /// <summary>Whether a file is there and is what its hash and size say.</summary>
    public async Task<bool> IsIntactAsync(string sha256, long size, CancellationToken cancellation)
    {
        await using Stream? file = await OpenAsync(sha256, size, cancellation);
        return file is not null;
    }

    /// <summary>Opens a file that has been found intact just now.</summary>
    /// <exception cref="IOException">It has gone meanwhile.</exception>
    public Stream Open(string sha256) => TryOpen(sha256) ?? throw new FileNotFoundException("the bytes of the file are no longer there");

    /// <summary>
    /// Removes a file that nobody refers to. <paramref name="isUnused"/> looks at the rows; while it does, nobody can begin to use the file, since a
    /// file that has just been written is held until its row is there. False if it stays.
    /// </summary>
    public bool DeleteUnused(string sha256, Func<bool> isUnused)
    {
        lock (gate)
        {
            if (pins.ContainsKey(sha256) || !isUnused())
                return false;
            File.Delete(PathOf(sha256));
            return true;
        }
    }

    /// <summary>Hashes of the files in one of 256 shelves that were written before <paramref name="until"/>: to find those without a row.</summary>
    public IEnumerable<string> OnShelf(byte shelf, DateTimeOffset until)
    {
        var place = new DirectoryInfo(Path.Combine(folder.Attachments, shelf.ToString("x2", CultureInfo.InvariantCulture)));
        return place.Exists
            ? place.EnumerateFiles("*", SearchOption.AllDirectories).Where(f => f.Name.Length == HashLength && f.LastWriteTimeUtc < until.UtcDateTime).Select(f => f.Name)
            : [];
    }

    private static async Task<Received?> ReceiveAsync(Stream content, string draft, long maxBytes, CancellationToken cancellation)
    {
        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            await using FileStream file = Disk(() => new FileStream(draft, Draft()));
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var head = new MemoryStream(HeadBytes);
            long size = 0;
            int read;
            while ((read = await content.ReadAsync(chunk, cancellation)) > 0)
            {
                if ((size += read) > maxBytes)
                    return null;
                hash.AppendData(chunk, 0, read);
                head.Write(chunk, 0, (int)Math.Min(read, HeadBytes - head.Length));
                await DiskAsync(() => file.WriteAsync(chunk.AsMemory(0, read), cancellation));
            }
            Disk(() => DurableFile.Sync(file));
            return new Received(Convert.ToHexStringLower(hash.GetHashAndReset()), size, head.ToArray());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private static void RemoveDraft(string draft)
    {
        try
        {
            File.Delete(draft);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The next start empties the folder; what went wrong before says more.
        }
    }

    private StoredFile Place(string draft, Received received)
    {
        string target = PathOf(received.Sha256);
        string shelf = Path.GetDirectoryName(target)!;
        string upper = Path.GetDirectoryName(shelf)!;
        var stored = new StoredFile(this, received.Sha256, received.Size, received.Head);
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
                DurableFile.SyncFolder(folder.Attachments);
            });
        }
        catch
        {
            stored.Dispose();
            throw;
        }
        return stored;
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

    private static async Task<bool> IsIntactAsync(FileStream file, string sha256, CancellationToken cancellation)
    {
        try
        {
            byte[] hash = await SHA256.HashDataAsync(file, cancellation);
            file.Position = 0;
            return Convert.ToHexStringLower(hash) == sha256;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private string PathOf(string sha256) =>
        sha256.Length == HashLength && sha256.All(char.IsAsciiHexDigitLower)
            ? Path.Combine(folder.Attachments, sha256[..2], sha256[2..4], sha256)
            : throw new ArgumentException("this is no SHA-256 in lower-case hex", nameof(sha256));

    private void Pin(string sha256)
    {
        lock (gate)
            pins[sha256] = pins.GetValueOrDefault(sha256) + 1;
    }

    internal void Unpin(string sha256)
    {
        lock (gate)
        {
            if (--pins[sha256] == 0)
                pins.Remove(sha256);
        }
    }

    private static FileStreamOptions Draft()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, Options = FileOptions.Asynchronous, BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }

    // A full disk is told apart from a source that breaks off: one is the hub's trouble, the other the sender's.
    private static T Disk<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException("the folder of attachments cannot be written", fault);
        }
    }

    private static void Disk(Action work) => Disk(() =>
    {
        work();
        return true;
    });

    private static async ValueTask DiskAsync(Func<ValueTask> work)
    {
        try
        {
            await work();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException("the folder of attachments cannot be written", fault);
        }
    }

    private sealed record Received(string Sha256, long Size, byte[] Head);
}

/// <summary>A file that has just been kept. Until it is disposed, cleaning leaves it alone.</summary>
public sealed class StoredFile : IDisposable
{
    private readonly FileStore store;
    private bool isDisposed;

    internal StoredFile(FileStore store, string sha256, long size, ReadOnlyMemory<byte> head)
    {
        this.store = store;
        Sha256 = sha256;
        Size = size;
        Head = head;
    }

    /// <summary>Lower-case hex.</summary>
    public string Sha256 { get; }

    /// <summary>Bytes, as counted.</summary>
    public long Size { get; }

    /// <summary>The first bytes, to see what it is.</summary>
    public ReadOnlyMemory<byte> Head { get; }

    public void Dispose()
    {
        if (isDisposed)
            return;
        isDisposed = true;
        store.Unpin(Sha256);
    }
}
