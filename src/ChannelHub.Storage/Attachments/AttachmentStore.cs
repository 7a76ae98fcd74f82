using ChannelHub.Core.Messages;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Ingest;

namespace ChannelHub.Storage.Attachments;

/// <summary>What a file's row says. The bytes lie under their SHA-256 in the data folder.</summary>
public static class AttachmentStore
{
    private const string Columns = """
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

    /// <summary>Binds the files of a received message to it: new ones are to be fetched, stored ones are taken into use.</summary>
    internal static void Attach(WriteSession session, Intake intake, long messageId, long identityId, DateTimeOffset? writtenAt, IReadOnlyList<PartFile> files)
    {
        long expires = (writtenAt?.ToUnixTimeMilliseconds() ?? intake.ReceivedAt) + (long)intake.MediaExpiry.TotalMilliseconds;
        foreach (PartFile file in files)
        {
            if (file.Ready)
            {
                session.Execute("UPDATE attachment SET message_id = @messageId, identity_id = @identityId WHERE id = @Id AND message_id IS NULL",
                    new { messageId, identityId, file.Id });
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

/// <summary>Where a file stands. The numbers stand in rows.</summary>
public enum AttachmentState
{
    Pending = 0,
    Ready = 1,
    Failed = 2,
    Refused = 3,
}
