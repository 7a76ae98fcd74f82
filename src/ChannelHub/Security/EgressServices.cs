using ChannelHub.Options;

namespace ChannelHub.Security;

/// <summary>Builds the one way out from the settings.</summary>
internal static class EgressServices
{
    public static GuardedHttp Http(HubOptions options, IServiceProvider services)
    {
        TimeSpan connect = TimeSpan.FromSeconds(options.Egress.ConnectSeconds);
        TimeProvider clock = services.GetRequiredService<TimeProvider>();
        var guard = new EgressGuard([.. options.EgressAllow.Select(EgressAllowance.Parse)], EgressGuard.SystemResolver, connect, clock,
            services.GetRequiredService<ILogger<EgressGuard>>());
        return new GuardedHttp(guard, connect, clock, services.GetRequiredService<ILogger<GuardedHttp>>());
    }
}
