using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Events;

namespace ChannelHub.Events;

/// <summary>What the event feature brings.</summary>
internal static class EventServices
{
    public static IServiceCollection AddEvents(this IServiceCollection services)
    {
        services.AddSingleton<EventReader>();
        services.AddSingleton<EventTail>();
        services.AddSingleton<LiveSignals>();
        services.AddSingleton<StreamPlaces>();
        services.AddSingleton<EventsApi>();
        services.AddHostedService(s => s.GetRequiredService<EventTail>());
        services.AddWorker<EventRetention>();
        return services;
    }
}

/// <summary>Forgets events beyond their retention, a few at a time; the newest is always kept.</summary>
internal sealed class EventRetention(Database database, HubOptions options) : IWorker
{
    private const int Step = 1000;

    public string Name => "event retention";

    public TimeSpan Idle => TimeSpan.FromMinutes(10);

    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        if (options.Events.RetentionDays is not { } days)
            return false;
        long before = (database.Clock.GetUtcNow() - TimeSpan.FromDays(days)).ToUnixTimeMilliseconds();
        return await database.WriteAsync(session => EventStore.Forget(session, before, Step)) == Step;
    }
}
