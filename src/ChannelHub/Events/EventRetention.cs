using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Publishing;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Events;

namespace ChannelHub.Events;

/// <summary>Forgets events beyond their retention, a few at a time. The newest is always kept, and what is still to be published longer than the rest.</summary>
internal sealed class EventRetention(Database database, HubOptions options) : IWorker
{
    public string Name => "event retention";

    public TimeSpan Idle => TimeSpan.FromMinutes(10);

    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        if (options.Events.RetentionDays is not { } days)
            return false;
        if (options.Rabbitmq.Uri is null)
            return await database.ForgetEventsAsync(DaysAgo(days), upTo: long.MaxValue);
        long published = database.Read(session => EventStore.ReaderPosition(session, EventPublisher.Reader));
        return await database.ForgetEventsAsync(DaysAgo(days), published)
            || await database.ForgetEventsAsync(DaysAgo(days + options.Rabbitmq.HoldDays), upTo: long.MaxValue);
    }

    private long DaysAgo(int days) => (database.Clock.GetUtcNow() - TimeSpan.FromDays(days)).ToUnixTimeMilliseconds();
}
