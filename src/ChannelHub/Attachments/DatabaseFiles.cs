using System.Buffers;
using System.Globalization;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Attachments;

/// <summary>Files in the database, for nodes that share nothing else. One that is read passes through a draft, which goes when it is closed.</summary>
public sealed class DatabaseFiles(Database database, string drafts) : FileStore(drafts)
{
    public override async Task<Stream?> OpenAsync(string sha256, long size, CancellationToken cancellation)
    {
        if (database.Read(session => FileBytes.Find(session, sha256)) is not { } row || row.Size != size)
            return null;
        FileStream draft = Create(NewDraft(), FileOptions.DeleteOnClose);
        bool isWhole = false;
        try
        {
            for (long place = 0; place * FileBytes.ChunkBytes < size; place++)
            {
                if (database.Read(session => FileBytes.Chunk(session, row.UploadId, place)) is not { } chunk)
                    return null;
                await DiskAsync(() => draft.WriteAsync(chunk, cancellation));
            }
            isWhole = await HasHashAsync(draft, sha256, cancellation);
            return isWhole ? draft : null;
        }
        finally
        {
            if (!isWhole)
                await draft.DisposeAsync();
        }
    }

    public override async ValueTask<Stream> ReopenAsync(string sha256, long size, CancellationToken cancellation) =>
        await OpenAsync(sha256, size, cancellation) ?? throw new FileNotFoundException("the bytes of the file are no longer there");

    public override Task<bool> DeleteUnusedAsync(string sha256, Func<Session, bool> isUnused) =>
        database.WriteAsync(session => isUnused(session) && FileBytes.Delete(session, sha256));

    public override IEnumerable<string> OnShelf(byte shelf, DateTimeOffset until)
    {
        string first = shelf.ToString("x2", CultureInfo.InvariantCulture);
        string end = shelf == byte.MaxValue ? "g" : (shelf + 1).ToString("x2", CultureInfo.InvariantCulture);
        return database.Read(session => FileBytes.Between(session, first, end, until.ToUnixTimeMilliseconds()));
    }

    public override Task TidyAsync() => database.WriteAsync(FileBytes.ForgetBroken);

    protected override async Task<StoredFile> KeepAsync(string draft, Received received)
    {
        long id = database.Ids.Next();
        var stored = new StoredFile(received.Sha256, received.Size, received.Head, () => _ = ReleaseAsync(id));
        try
        {
            if (!await database.WriteAsync(session => FileBytes.Hold(session, id, received.Sha256)))
                await AddAsync(draft, received, id);
            return stored;
        }
        catch
        {
            stored.Dispose();
            throw;
        }
    }

    private async Task AddAsync(string draft, Received received, long id)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(FileBytes.ChunkBytes);
        try
        {
            await using var file = new FileStream(draft, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
            int read;
            for (long place = 0; (read = await file.ReadAtLeastAsync(buffer.AsMemory(0, FileBytes.ChunkBytes), FileBytes.ChunkBytes, throwOnEndOfStream: false)) > 0; place++)
            {
                byte[] chunk = buffer[..read];
                long at = place;
                await database.WriteAsync(session => FileBytes.AddChunk(session, id, at, chunk));
            }
            await database.WriteAsync(session => FileBytes.Complete(session, id, received.Sha256, received.Size));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task ReleaseAsync(long id)
    {
        try
        {
            await database.WriteAsync(session => FileBytes.Release(session, id));
        }
        catch (StoreUnavailableException)
        {
            // It is released when it has become old.
        }
    }
}
