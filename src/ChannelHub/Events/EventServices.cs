using ChannelHub.Operation;

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
