using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Attachments;

/// <summary>Takes bytes away that no row names.</summary>
public sealed class UnusedFiles(FileStore files)
{
    /// <summary>Removes the bytes unless a row names them. False if they stay.</summary>
    public Task<bool> DeleteAsync(string sha256) => files.DeleteUnusedAsync(sha256, (Session session) => !AttachmentStore.IsUsed(session, sha256));

    /// <summary>Gives up a file that has just been kept.</summary>
    public Task DiscardAsync(StoredFile file)
    {
        file.Dispose();
        return DeleteAsync(file.Sha256);
    }
}
