using System.Buffers;
using System.Security.Cryptography;
using ChannelHub.Operation;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Attachments;

/// <summary>
/// The bytes of files, each under its SHA-256: under a hash there is either everything or nothing. The same content twice is one file. No name that
/// anybody chose is ever used as a path.
/// </summary>
/// <param name="drafts">Where files are written that have not come whole yet.</param>
public abstract class FileStore(string drafts)
{
    private const int ChunkBytes = 64 * 1024;
    private const int HeadBytes = 4096;

    /// <summary>Length of a hash as text.</summary>
    protected const int HashLength = 64;

    /// <summary>
    /// Keeps a file. Null if it has more than <paramref name="maxBytes"/>: the bytes are counted, whatever anybody announced. What
    /// <paramref name="content"/> throws comes through. Dispose the answer after the row that names the file is committed.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The disk or the database does not take it.</exception>
    public async Task<StoredFile?> WriteAsync(Stream content, long maxBytes, CancellationToken cancellation)
    {
        string draft = NewDraft();
        try
        {
            return await ReceiveAsync(content, draft, maxBytes, cancellation) is { } received ? await KeepAsync(draft, received) : null;
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
    /// <exception cref="StoreUnavailableException">The database cannot be asked.</exception>
    public abstract Task<Stream?> OpenAsync(string sha256, long size, CancellationToken cancellation);

    /// <summary>Whether a file is there and is what its hash and size say.</summary>
    public async Task<bool> IsIntactAsync(string sha256, long size, CancellationToken cancellation)
    {
        await using Stream? file = await OpenAsync(sha256, size, cancellation);
        return file is not null;
    }

    /// <summary>Opens a file that has been found intact just now.</summary>
    /// <exception cref="IOException">It has gone meanwhile.</exception>
    public abstract ValueTask<Stream> ReopenAsync(string sha256, long size, CancellationToken cancellation);

    /// <summary>
    /// Removes a file that nobody refers to. <paramref name="isUnused"/> looks at the rows; while it does, nobody can begin to use the file, since a
    /// file that has just been written is held until its row is there. False if it stays.
    /// </summary>
    public abstract Task<bool> DeleteUnusedAsync(string sha256, Func<Session, bool> isUnused);

    /// <summary>Hashes of the files in one of 256 shelves that were written before <paramref name="until"/>: to find those without a row.</summary>
    public abstract IEnumerable<string> OnShelf(byte shelf, DateTimeOffset until);

    /// <summary>Clears away what was left where adding a file broke off; to be called now and then.</summary>
    public abstract Task TidyAsync();

    /// <summary>Keeps what has been received.</summary>
    /// <param name="draft">The file with its bytes; it is removed afterwards, if it is still there.</param>
    /// <param name="received">What it is.</param>
    protected abstract Task<StoredFile> KeepAsync(string draft, Received received);

    /// <summary>A path for a file that is to be written.</summary>
    protected string NewDraft() => Path.Combine(drafts, Guid.NewGuid().ToString("N"));

    /// <summary>Opens a new draft for writing.</summary>
    protected static FileStream Create(string draft, FileOptions more = FileOptions.None)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.Read | FileShare.Delete, Options = FileOptions.Asynchronous | more, BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return Disk(() => new FileStream(draft, options));
    }

    /// <summary>Whether the bytes of a file are those of its hash; it stands at its beginning afterwards.</summary>
    protected static async Task<bool> HasHashAsync(FileStream file, string sha256, CancellationToken cancellation)
    {
        try
        {
            file.Position = 0;
            byte[] hash = await SHA256.HashDataAsync(file, cancellation);
            file.Position = 0;
            return Convert.ToHexStringLower(hash) == sha256;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task<Received?> ReceiveAsync(Stream content, string draft, long maxBytes, CancellationToken cancellation)
    {
        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            await using FileStream file = Create(draft);
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

    /// <summary>Removes a draft that may be there.</summary>
    protected static void RemoveDraft(string draft)
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

    /// <summary>A full disk is told apart from a source that breaks off: one is the hub's trouble, the other the sender's.</summary>
    protected static T Disk<T>(Func<T> work)
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

    /// <inheritdoc cref="Disk{T}"/>
    protected static void Disk(Action work) => Disk(() =>
    {
        work();
        return true;
    });

    /// <inheritdoc cref="Disk{T}"/>
    protected static async ValueTask DiskAsync(Func<ValueTask> work)
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

    /// <summary>What came.</summary>
    /// <param name="Sha256">Lower-case hex.</param>
    /// <param name="Size">Bytes, as counted.</param>
    /// <param name="Head">The first bytes.</param>
    protected sealed record Received(string Sha256, long Size, byte[] Head);
}

/// <summary>A file that has just been kept. Until it is disposed, cleaning leaves it alone.</summary>
public sealed class StoredFile : IDisposable
{
    private Action? release;

    internal StoredFile(string sha256, long size, ReadOnlyMemory<byte> head, Action release)
    {
        Sha256 = sha256;
        Size = size;
        Head = head;
        this.release = release;
    }

    /// <summary>Lower-case hex.</summary>
    public string Sha256 { get; }

    /// <summary>Bytes, as counted.</summary>
    public long Size { get; }

    /// <summary>The first bytes, to see what it is.</summary>
    public ReadOnlyMemory<byte> Head { get; }

    public void Dispose() => Interlocked.Exchange(ref release, null)?.Invoke();
}
