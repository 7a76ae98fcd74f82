using ChannelHub.Channels.Pulling;
using ChannelHub.Hooks;
using ChannelHub.Inbox;
using ChannelHub.Operation;

namespace ChannelHub.Channels;

/// <summary>Channels: settings, API, pulling, alarms and the raw inbox.</summary>
internal static class ChannelServices
{
    public static IServiceCollection AddChannels(this IServiceCollection services)
    {
        services.AddSingleton<ChannelSettings>();
        services.AddSingleton<ChannelDirectory>();
        services.AddSingleton<ChannelHealth>();
        services.AddSingleton<ChannelView>();
        services.AddSingleton<ChannelProbe>();
        services.AddSingleton<ChannelsApi>();
        services.AddSingleton<ChannelActionsApi>();
        services.AddSingleton<ChannelRecordsApi>();

        services.AddSingleton<InputParser>();
        services.AddSingleton<AppWebhooks>();
        services.AddSingleton<NamedUploads>();
        services.AddSingleton<IntakeBuilder>();
        services.AddSingleton<HookCounters>();
        services.AddSingleton<HookEndpoint>();
        // Stopped after its loop has ended, so that nothing is written twice.
        services.AddSingleton<IHostedService>(s => s.GetRequiredService<HookCounterWriter>());
        services.AddWorkerOnEveryNode<HookCounterWriter>();
        services.AddWorker<Customers.ProfileWorker>();

        services.AddSingleton<PulledInput>();
        services.AddSingleton<PullLoop>();
        services.AddHostedService<PullSupervisor>();

        services.AddSingleton<InboxReplay>();
        services.AddSingleton<InboxApi>();
        services.AddWorker<InboxRetention>();
        services.AddWorker<SilenceAlarm>();
        services.AddWorker<RecoveryProbe>();
        services.AddWorker<ChannelTidying>();
        return services;
    }

    public static void MapChannels(this IEndpointRouteBuilder app)
    {
        HookEndpoint.Map(app);
        ChannelTypesApi.Map(app);
        ChannelsApi.Map(app);
        ChannelActionsApi.Map(app);
        ChannelRecordsApi.Map(app);
        InboxApi.Map(app);
    }
}
