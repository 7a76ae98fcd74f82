using System.Collections.Concurrent;
using ChannelHub.Operation;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Channels;

/// <summary>
/// Asks the providers of channels that are down whether they are back, so that a channel on which nobody writes is not shown as down for ever, and what waits
/// for one goes soon after its provider returned.
/// </summary>
public sealed class RecoveryProbe(Database database, ChannelDirectory channels, ChannelHealth health, ChannelProbe probe) : IWorker
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(30);

    private readonly ConcurrentDictionary<long, Watch> watched = [];

    public string Name => "recovery probe";

    public TimeSpan Idle => TimeSpan.FromSeconds(15);

    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        DateTimeOffset now = database.Clock.GetUtcNow();
        LiveChannel[] down = [.. channels.All.Where(channel => channel is { State: ChannelStates.Down, Account: not null })];
        // One that has stayed well for so long begins anew.
        foreach (long id in watched.Where(w => now - w.Value.Next > LongestPause).Select(w => w.Key).Except(down.Select(channel => channel.Id)))
            watched.TryRemove(id, out _);
        await Task.WhenAll(down.Where(channel => WatchOf(channel, now).Next <= now).Select(channel => ProbeAsync(channel, now, cancellation)));
        return false;
    }

    private Watch WatchOf(LiveChannel channel, DateTimeOffset now) => watched.GetOrAdd(channel.Id, _ => new Watch(now + FirstPause, FirstPause));

    private async Task ProbeAsync(LiveChannel channel, DateTimeOffset now, CancellationToken cancellation)
    {
        bool answers = (await probe.TryAsync(channel, channel.Account!.ProbeAsync, cancellation)).Ok;
        // A provider may answer this and nothing else: the sooner it is found down again, the less its answer is worth.
        TimeSpan pause = WatchOf(channel, now).Pause * (answers ? 2 : 1);
        pause = pause < LongestPause ? pause : LongestPause;
        watched[channel.Id] = new Watch(now + pause, pause);
        if (answers)
            await health.UpAsync(channel);
    }

    private sealed record Watch(DateTimeOffset Next, TimeSpan Pause);
}
