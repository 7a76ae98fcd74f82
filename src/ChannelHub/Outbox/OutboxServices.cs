using ChannelHub.Channels;
using ChannelHub.Operation;
using ChannelHub.Options;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ChannelHub.Outbox;

/// <summary>What the way out is made of.</summary>
internal static class OutboxServices
{
    public static IServiceCollection AddOutbox(this IServiceCollection services)
    {
        services.TryAddSingleton<ChannelHealth>();
        services.AddSingleton<Lanes>();
        services.AddSingleton<UnitSender>();
        services.AddSingleton<SendRunner>();
        // Services stop in reverse: first the loop lets nothing more go, then what is under way is waited for.
        services.AddHostedService<OutboxDrain>();
        services.AddWorkerOnEveryNode<Dispatcher>(s => s.GetRequiredService<Lanes>().Bell);
        return services;
    }
}

/// <summary>Lets a stop wait for the answers of what is being sent.</summary>
internal sealed class OutboxDrain(SendRunner runner, HubOptions options) : IHostedService
{
    // What is cut off must still be recorded before the process ends.
    private const int SecondsToRecord = 3;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) =>
        runner.StopAsync(TimeSpan.FromSeconds(Math.Max(1, options.ShutdownSeconds - SecondsToRecord)), cancellationToken);
}
