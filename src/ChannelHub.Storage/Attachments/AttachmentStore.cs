using ChannelHub.Core.Messages;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Ingest;

namespace ChannelHub.Storage.Attachments;

/// <summary>What a file's row says. The bytes lie under their SHA-256 in the data folder.</summary>
public static class AttachmentStore
{
    internal const string Columns = """
        id, state, file_name AS FileName, content_type AS ContentType, size, sha256, reason, channel_id AS ChannelId, identity_id AS IdentityId,
        message_id AS MessageId, reference, expected_sha256 AS ExpectedSha256, expires_at AS ExpiresAt, attempts, created_at AS CreatedAt
        """;

    public static AttachmentRow? Find(Session session, long id) =>
        session.Find<AttachmentRow>($"SELECT {Columns} FROM attachment WHERE id = @id", new { id });

    public static List<AttachmentRow> OfMessages(Session session, IReadOnlyCollection<long> messageIds) =>
        session.Query<AttachmentRow>($"SELECT {Columns} FROM attachment WHERE message_id IN @messageIds ORDER BY id", new { messageIds });

    /// <summary>Takes an uploaded file into use by a message of the shop; one that a message has already is copied under a new id.</summary>
    internal static void Use(WriteSession session, long sourceId, long id, long messageId, long identityId)
    {
        if (sourceId == id)
        {
            session.Execute("UPDATE attachment SET message_id = @messageId, identity_id = @identityId WHERE id = @id", new { id, messageId, identityId });
            return;
        }
        session.Execute("""
            INSERT INTO attachment (id, state, file_name, content_type, size, sha256, channel_id, identity_id, message_id, attempts, created_at)
            SELECT @id, state, file_name, content_type, size, sha256, channel_id, @identityId, @messageId, 0, @Now FROM attachment WHERE id = @sourceId
            """, new { sourceId, id, messageId, identityId, session.Now });
    }

    /// <summary>
    /// A file that was uploaded through a channel, for the event that names it: it is there, and no other message has it. An event that comes again,
    /// or an edit, finds the file that its own message took.
    /// </summary>
    public static AttachmentRow? FindUpload(Session session, long id, long channelId, IReadOnlyCollection<string> keys) => session.Find<AttachmentRow>($"""
        SELECT {Columns} FROM attachment WHERE id = @id AND channel_id = @channelId AND state = @ready
          AND (message_id IS NULL OR message_id IN (SELECT message_id FROM event_key WHERE channel_id = @channelId AND key IN @keys))
        """, new { id, channelId, ready = (long)AttachmentState.Ready, keys });

    /// <summary>Whether any row names these bytes.</summary>
    public static bool IsUsed(Session session, string sha256) =>
        session.Find<long?>("SELECT id FROM attachment WHERE sha256 = @sha256 LIMIT 1", new { sha256 }) is not null;

    /// <summary>All files whose bytes are kept.</summary>
    public static List<NamedFile> Named(Session session) =>
        session.Query<NamedFile>("SELECT DISTINCT sha256, size FROM attachment WHERE sha256 IS NOT NULL AND size IS NOT NULL ORDER BY sha256");

    /// <summary>Adds a file whose bytes are there.</summary>
    public static void Insert(WriteSession session, NewFile file) => session.Execute("""
        INSERT INTO attachment (id, state, file_name, content_type, size, sha256, channel_id, attempts, created_at)
        VALUES (@Id, @ready, @FileName, @ContentType, @Size, @Sha256, @ChannelId, 0, @Now)
        """, new { file.Id, ready = (long)AttachmentState.Ready, file.FileName, file.ContentType, file.Size, file.Sha256, file.ChannelId, session.Now });

    /// <summary>Removes old uploads that no message took into use; answers their bytes' hashes.</summary>
    public static List<string> ForgetUnclaimed(WriteSession session, long before, int limit) => session.Query<string>("""
        DELETE FROM attachment WHERE id IN
          (SELECT id FROM attachment WHERE message_id IS NULL AND created_at < @before ORDER BY created_at LIMIT @limit)
        RETURNING sha256
        """, new { before, limit });

    /// <summary>Binds the files of a received message to it: new ones are to be fetched, stored ones are taken into use.</summary>
    internal static void Attach(WriteSession session, Intake intake, long messageId, long identityId, DateTimeOffset? writtenAt, IReadOnlyList<PartFile> files)
    {
        long expires = (writtenAt?.ToUnixTimeMilliseconds() ?? intake.ReceivedAt) + (long)intake.MediaExpiry.TotalMilliseconds;
        foreach (PartFile file in files)
        {
            if (file.Ready)
            {
                session.Execute("UPDATE attachment SET message_id = @messageId, identity_id = @identityId WHERE id = @Id AND channel_id = @ChannelId AND message_id IS NULL",
                    new { messageId, identityId, file.Id, intake.ChannelId });
                continue;
            }
            session.Execute("""
                INSERT INTO attachment (id, state, file_name, content_type, size, channel_id, identity_id, message_id, reference, expected_sha256, expires_at, due_at, attempts, created_at)
                VALUES (@Id, 0, @FileName, @ContentType, @Size, @ChannelId, @identityId, @messageId, @Reference, @Sha256, @expires, @now, 0, @now)
                """, new
            {
                file.Id, file.FileName, file.ContentType, file.Size, intake.ChannelId, identityId, messageId, file.Media.Reference, file.Media.Sha256, expires,
                now = session.Now,
            });
        }
    }
}

/// <summary>A row of <c>attachment</c>.</summary>
public sealed record AttachmentRow(
    long Id, long State, string? FileName, string ContentType, long? Size, string? Sha256, string? Reason, long? ChannelId, long? IdentityId,
    long? MessageId, string? Reference, string? ExpectedSha256, long? ExpiresAt, long Attempts, long CreatedAt);

/// <summary>A file whose bytes are there.</summary>
/// <param name="Id">Of its row.</param>
/// <param name="FileName">Name to show.</param>
/// <param name="ContentType">As found in its bytes.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Where the bytes are.</param>
/// <param name="ChannelId">The channel it was uploaded through; null for a client of the API.</param>
public sealed record NewFile(long Id, string? FileName, string ContentType, long Size, string Sha256, long? ChannelId);

/// <summary>Where a file stands. The numbers stand in rows.</summary>
public enum AttachmentState
{
    Pending = 0,
    Ready = 1,
    Failed = 2,
    Refused = 3,
}

/// <summary>Bytes that a row of <c>attachment</c> names.</summary>
public sealed record NamedFile(string Sha256, long Size);
