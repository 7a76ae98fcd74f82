namespace ChannelHub.Operation;

/// <summary>What watches over the hub.</summary>
internal static class OperationServices
{
    public static void AddOperation(this IServiceCollection services)
    {
        services.AddSingleton<HubMetrics>();
        services.AddSingleton<HubGauges>();
        services.AddSingleton<OpenMetrics>();
        services.AddSingleton<MetricsEndpoint>();
        services.AddSingleton<HealthApi>();
        services.AddSingleton<NodesApi>();
        services.AddHostedService<Telemetry>();
        services.AddWorker<RoomMaker>();
    }
}
