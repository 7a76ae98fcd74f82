using ChannelHub.Operation;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Hooks;

/// <summary>Writes the hook counters every few seconds, and what is left of them when the hub stops.</summary>
public sealed class HookCounterWriter(HookCounters counters) : IWorker, IHostedService
{
    public string Name => "hook counters";

    public TimeSpan Idle => TimeSpan.FromSeconds(2);

    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        await counters.FlushAsync();
        return false; // what comes in meanwhile waits for the next time
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await counters.FlushAsync();
        }
        catch (StoreUnavailableException)
        {
            // The store has said so itself; counters are no reason to end badly.
        }
    }
}
