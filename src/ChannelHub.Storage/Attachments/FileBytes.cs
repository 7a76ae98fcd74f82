using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Attachments;

/// <summary>
/// The bytes of files in chunks, where nodes share a database and no folder. Whoever adds a file holds it, under the id by which its chunks go, until a row
/// of <c>attachment</c> names it.
/// </summary>
public static class FileBytes
{
    // Between the last byte and the row that names the file lies one commit; this is for a node that lives on and forgot.
    private static readonly TimeSpan LongestHold = TimeSpan.FromHours(1);

    /// <summary>Bytes in every chunk but the last: large enough for few statements, small enough for many files at once.</summary>
    public const int ChunkBytes = 256 * 1024;

    /// <summary>Begins to add a file. Whether its bytes are there already.</summary>
    public static bool Hold(WriteSession session, long id, string sha256)
    {
        session.Execute("INSERT INTO file_hold (id, sha256, run, at) VALUES (@id, @sha256, @Run, @Now)", new { id, sha256, session.Run, session.Now });
        return Find(session, sha256) is not null;
    }

    public static void AddChunk(WriteSession session, long uploadId, long place, byte[] bytes) =>
        session.Execute("INSERT INTO file_chunk (upload_id, place, bytes) VALUES (@uploadId, @place, @bytes)", new { uploadId, place, bytes });

    /// <summary>All chunks are there. If somebody else has added the same file meanwhile, theirs stays.</summary>
    public static void Complete(WriteSession session, long uploadId, string sha256, long size)
    {
        if (session.Execute("""
            INSERT INTO file (sha256, upload_id, size, kept_at) VALUES (@sha256, @uploadId, @size, @Now) ON CONFLICT (sha256) DO NOTHING
            """, new { sha256, uploadId, size, session.Now }) == 0)
        {
            DeleteChunks(session, uploadId);
        }
    }

    /// <summary>A row names the file, or nobody wants it.</summary>
    public static void Release(WriteSession session, long id) => session.Execute("DELETE FROM file_hold WHERE id = @id", new { id });

    public static FileRow? Find(Session session, string sha256) =>
        session.Find<FileRow>("SELECT upload_id AS UploadId, size FROM file WHERE sha256 = @sha256", new { sha256 });

    /// <summary>One chunk; null if it is not there.</summary>
    public static byte[]? Chunk(Session session, long uploadId, long place) =>
        session.Find<byte[]>("SELECT bytes FROM file_chunk WHERE upload_id = @uploadId AND place = @place", new { uploadId, place });

    /// <summary>Removes a file that nobody holds. False if it stays.</summary>
    public static bool Delete(WriteSession session, string sha256)
    {
        long since = session.Now - (long)LongestHold.TotalMilliseconds;
        if (session.Find<long?>("SELECT id FROM file_hold WHERE sha256 = @sha256 AND at > @since AND run IN (SELECT run FROM node) LIMIT 1", new { sha256, since }) is not null)
            return false;
        if (Find(session, sha256) is { } row)
        {
            session.Execute("DELETE FROM file WHERE sha256 = @sha256", new { sha256 });
            DeleteChunks(session, row.UploadId);
        }
        return true;
    }

    /// <summary>Hashes from <paramref name="first"/> up to but without <paramref name="end"/> of files that were kept before a time.</summary>
    public static List<string> Between(Session session, string first, string end, long before) =>
        session.Query<string>("SELECT sha256 FROM file WHERE sha256 >= @first AND sha256 < @end AND kept_at < @before", new { first, end, before });

    /// <summary>Clears away what nodes left that ended, or gave up, while they added a file.</summary>
    public static void ForgetBroken(WriteSession session)
    {
        long before = session.Now - (long)TimeSpan.FromDays(1).TotalMilliseconds;
        foreach (long id in session.Query<long>("SELECT id FROM file_hold WHERE at < @before OR run NOT IN (SELECT run FROM node) ORDER BY id LIMIT 20", new { before }))
        {
            if (session.Find<long?>("SELECT upload_id FROM file WHERE upload_id = @id", new { id }) is null)
                DeleteChunks(session, id);
            Release(session, id);
        }
    }

    private static void DeleteChunks(WriteSession session, long uploadId) => session.Execute("DELETE FROM file_chunk WHERE upload_id = @uploadId", new { uploadId });
}

/// <summary>A row of <c>file</c>.</summary>
public sealed record FileRow(long UploadId, long Size);
