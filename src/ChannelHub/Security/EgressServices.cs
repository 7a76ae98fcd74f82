using ChannelHub.Options;

namespace ChannelHub.Security;

/// <summary>Builds the one way out from the settings.</summary>
internal static class EgressServices
{
    public static EgressGuard Guard(HubOptions options, IServiceProvider services) => new(
        [.. options.EgressAllow.Select(EgressAllowance.Parse)], EgressGuard.SystemResolver, TimeSpan.FromSeconds(options.Egress.ConnectSeconds),
        services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<EgressGuard>>());

    public static GuardedHttp Http(HubOptions options, IServiceProvider services) => new(
        services.GetRequiredService<EgressGuard>(), TimeSpan.FromSeconds(options.Egress.ConnectSeconds), services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<ILogger<GuardedHttp>>());
}
