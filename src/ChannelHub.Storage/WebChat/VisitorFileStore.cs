using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.WebChat;

/// <summary>Files that visitors uploaded. The row names the visitor in <c>reference</c>: nobody else may send or fetch what no message has taken into use.</summary>
public static class VisitorFileStore
{
    private const string Owner = "visitor:";

    /// <summary>What stands in <c>reference</c> of a visitor's uploads.</summary>
    internal static string OwnerOf(string visitor) => Owner + visitor;

    /// <summary>Whether a file was uploaded by this visitor of this channel.</summary>
    public static bool IsOf(AttachmentRow row, long channelId, string visitor) => row.ChannelId == channelId && row.Reference == Owner + visitor;

    public static void Insert(WriteSession session, NewFile file, string visitor)
    {
        AttachmentStore.Insert(session, file);
        session.Execute("UPDATE attachment SET reference = @owner WHERE id = @Id", new { file.Id, owner = Owner + visitor });
    }

    /// <summary>Removes old uploads that no message took into use; answers their bytes' hashes.</summary>
    public static List<string> ForgetUnclaimed(WriteSession session, long before, int limit) => session.Query<string>("""
        DELETE FROM attachment WHERE id IN
          (SELECT id FROM attachment WHERE message_id IS NULL AND created_at < @before AND reference LIKE 'visitor:%' ORDER BY created_at LIMIT @limit)
        RETURNING sha256
        """, new { before, limit });
}
