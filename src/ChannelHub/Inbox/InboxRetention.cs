using ChannelHub.Core.Ids;
using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Ingest;

namespace ChannelHub.Inbox;

/// <summary>Forgets raw input that is old and settled, a little at a time so that no customer waits for it.</summary>
public sealed class InboxRetention(Database database, HubOptions options) : IWorker
{
    private const int BatchSize = 500;

    public string Name => "inbox retention";

    public TimeSpan Idle => TimeSpan.FromMinutes(10);

    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        long beforeId = IdGenerator.FirstAt(database.Clock.GetUtcNow() - TimeSpan.FromDays(options.Inbox.RetentionDays));
        return await database.WriteAsync(session => InboxStore.Forget(session, beforeId, BatchSize)) == BatchSize;
    }
}
