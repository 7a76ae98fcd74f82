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
    public string Name => "event retention";

    public TimeSpan Idle => TimeSpan.FromMinutes(10);

    public async Task<bool> RunOnceAsync(CancellationToken cancellation) => options.Events.RetentionDays is { } days
        && await database.ForgetEventsAsync((database.Clock.GetUtcNow() - TimeSpan.FromDays(days)).ToUnixTimeMilliseconds());
}
