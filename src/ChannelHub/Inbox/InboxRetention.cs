using ChannelHub.Core.Ids;
using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Inbox;

/// <summary>Forgets raw input that is old and settled, a little at a time so that no customer waits for it.</summary>
public sealed class InboxRetention(Database database, HubOptions options) : IWorker
{
    public string Name => "inbox retention";

    public TimeSpan Idle => TimeSpan.FromMinutes(10);

    public Task<bool> RunOnceAsync(CancellationToken cancellation) =>
        database.ForgetInputAsync(IdGenerator.FirstAt(database.Clock.GetUtcNow() - TimeSpan.FromDays(options.Inbox.RetentionDays)));
}
