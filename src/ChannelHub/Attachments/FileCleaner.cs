using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Attachments;

/// <summary>
/// Removes uploads that no message took into use, and bytes that no row names: left by a process that was killed between the two, or by rows that were
/// removed since. It looks through one of 256 shelves at a time.
/// </summary>
public sealed class FileCleaner(Database database, FileStore files, UnusedFiles unused, HubOptions options) : IWorker
{
    private const int Step = 200;

    private byte shelf;

    public string Name => "file cleaning";

    public TimeSpan Idle => TimeSpan.FromSeconds(30);

    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        DateTimeOffset until = database.Clock.GetUtcNow() - TimeSpan.FromHours(options.Attachments.UnclaimedHours);
        long before = until.ToUnixTimeMilliseconds();
        List<string> unclaimed = await database.WriteAsync(session => AttachmentStore.ForgetUnclaimed(session, before, Step));
        foreach (string sha256 in unclaimed)
            await unused.DeleteAsync(sha256);
        if (unclaimed.Count == Step)
            return true;
        // A young file may belong to a database that is being put back from a copy.
        await files.TidyAsync();
        foreach (string sha256 in files.OnShelf(shelf++, until))
            await unused.DeleteAsync(sha256);
        return false;
    }
}
