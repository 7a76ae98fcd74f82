using ChannelHub.Adapters;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Channels.Pulling;

/// <summary>
/// Keeps one pull loop for every channel that is to be pulled by this node: enabled, not paused, and opened as one that pulls. Settings that change start it
/// anew, after the old loop has ended, so that a provider is never asked twice at once.
/// </summary>
public sealed class PullSupervisor(ChannelDirectory channels, Database database, PullLoop loop, ILogger<PullSupervisor> log) : IHostedService, IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<long, Running> loops = [];
    private readonly CancellationTokenSource stopping = new();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        channels.Changed += Consider;
        database.Share.Changed += ConsiderAll;
        ConsiderAll();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        channels.Changed -= Consider;
        database.Share.Changed -= ConsiderAll;
        await stopping.CancelAsync();
        Task[] running;
        lock (gate)
            running = [.. loops.Values.Select(r => r.Loop)];
        await Task.WhenAll(running).WaitAsync(cancellationToken);
    }

    public void Dispose() => stopping.Dispose();

    private void ConsiderAll()
    {
        foreach (LiveChannel channel in channels.All)
            Consider(channel);
    }

    private void Consider(LiveChannel channel)
    {
        lock (gate)
        {
            IMessagePuller? puller = channel is { Row.DeletedAt: null, Enabled: true, Paused: false } ? channel.Ability<IMessagePuller>() : null;
            if (puller is not null && !database.Share.IsMine("pull:" + channel.PublicId))
                puller = null;
            loops.TryGetValue(channel.Id, out Running? before);
            if (stopping.IsCancellationRequested || (before is { Stop.IsCancellationRequested: false } && puller is not null && before.Version == channel.Row.Version))
                return;
            _ = before?.Stop.CancelAsync();
            if (puller is null)
                return; // its entry stays until it starts again, so that the new loop waits for the old one's end
            var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
            loops[channel.Id] = new Running(channel.Row.Version, stop, RunAsync(channel, puller, before?.Loop ?? Task.CompletedTask, stop));
        }
    }

    private async Task RunAsync(LiveChannel channel, IMessagePuller puller, Task before, CancellationTokenSource stop)
    {
        await before;
        await Task.Yield();
        try
        {
            await loop.RunAsync(channel, puller, stop.Token);
        }
        catch (Exception bug)
        {
            log.LogCritical(bug, "Pulling of channel {Channel} ended by a bug; it goes on when the channel is changed or the hub is started again", channel.PublicId);
        }
    }

    private sealed record Running(long Version, CancellationTokenSource Stop, Task Loop);
}
