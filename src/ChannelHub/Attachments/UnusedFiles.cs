using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Attachments;

/// <summary>Takes bytes away that no row names.</summary>
public sealed class UnusedFiles(FileStore files, Database database)
{
    /// <summary>Removes the bytes unless a row names them. False if they stay.</summary>
    public bool Delete(string sha256) => files.DeleteUnused(sha256, () => !database.Read(session => AttachmentStore.IsUsed(session, sha256)));

    /// <summary>Gives up a file that has just been kept.</summary>
    public void Discard(StoredFile file)
    {
        file.Dispose();
        Delete(file.Sha256);
    }
}
