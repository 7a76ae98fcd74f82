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

    private readonly Dictionary<long, Watch> watched = [];

    public string Name => "recovery probe";

    public TimeSpan Idle => TimeSpan.FromSeconds(15);

    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        DateTimeOffset now = database.Clock.GetUtcNow();
        HashSet<long> down = [.. channels.All.Where(IsDown).Select(channel => channel.Id)];
        // One that has stayed well for so long begins anew.
        foreach (long id in watched.Where(w => !down.Contains(w.Key) && now - w.Value.Next > LongestPause).Select(w => w.Key).ToArray())
            watched.Remove(id);
        LiveChannel[] due = [.. channels.All.Where(channel => down.Contains(channel.Id) && IsDue(channel.Id, now))];
        await Task.WhenAll(due.Select(channel => ProbeAsync(channel, now, cancellation)));
        return false;
    }

    private static bool IsDown(LiveChannel channel) => channel is { State: ChannelStates.Down, Account: not null };

    private bool IsDue(long id, DateTimeOffset now)
    {
        if (!watched.TryGetValue(id, out Watch? watch))
            watched[id] = watch = new Watch(now + FirstPause, FirstPause);
        return watch.Next <= now;
    }

    private async Task ProbeAsync(LiveChannel channel, DateTimeOffset now, CancellationToken cancellation)
    {
        bool answers = (await probe.TryAsync(channel, channel.Account!.ProbeAsync, cancellation)).Ok;
        lock (watched)
        {
            TimeSpan pause = watched[channel.Id].Pause;
            // A provider may answer this and nothing else: the sooner it is found down again, the less its answer is worth.
            TimeSpan next = answers ? pause * 2 : pause;
            next = next < LongestPause ? next : LongestPause;
            watched[channel.Id] = new Watch(now + next, next);
        }
        if (answers)
            await health.UpAsync(channel);
    }

    private sealed record Watch(DateTimeOffset Next, TimeSpan Pause);
}
