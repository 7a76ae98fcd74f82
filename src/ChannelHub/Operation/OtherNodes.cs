using ChannelHub.Access;
using ChannelHub.Channels;
using ChannelHub.Outbox;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Operation;

/// <summary>
/// What a hub of several nodes needs on each of them: channels and keys that another node changed are known here within a second, and what another node
/// queued for lanes of this one is looked for.
/// </summary>
internal sealed class OtherNodes(Database database, ChannelDirectory channels, ApiKeyCache keys, Lanes lanes, ILogger<OtherNodes> log) : BackgroundService
{
    private static readonly TimeSpan LooksEvery = TimeSpan.FromSeconds(1);

    // Messages come in bursts, and looking once after each of these times finds them all.
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(50);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(FollowAsync(stoppingToken), RingAsync(stoppingToken));

    private async Task FollowAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(LooksEvery);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            try
            {
                channels.Follow();
                keys.Follow();
            }
            catch (StoreUnavailableException unavailable)
            {
                log.LogWarning("What other nodes changed is not known here until the store is back: {Reason}", unavailable.Message);
            }
        }
    }

    private async Task RingAsync(CancellationToken stopping)
    {
        await Task.Yield();
        while (true)
        {
            long seen = database.Head;
            lanes.RingAll();
            await database.WaitBeyondAsync(seen, stopping);
            await Task.Delay(Burst, stopping);
        }
    }
}
