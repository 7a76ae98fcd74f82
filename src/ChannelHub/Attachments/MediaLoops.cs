using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Attachments;

/// <summary>Drives <see cref="MediaWorker"/> in as many loops as files may be fetched at once, and wakes them when something new is in the log.</summary>
public sealed class MediaLoops(Database database, MediaWorker worker, HubOptions options, ILogger<MediaWorker> log) : BackgroundService
{
    // Messages come in bursts, and looking once after each of these times finds them all.
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(50);

    private readonly List<WorkerLoop> loops = [];

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await database.WriteAsync(PendingFiles.EndLeases);
        for (int i = 0; i < options.Media.Concurrency; i++)
        {
            var loop = new WorkerLoop(worker, worker.Bell, log);
            loops.Add(loop);
            await loop.StartAsync(cancellationToken);
        }
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(loops.Select(loop => loop.StopAsync(cancellationToken)));
    }

    public override void Dispose()
    {
        loops.ForEach(loop => loop.Dispose());
        base.Dispose();
    }

    // A file to fetch comes with a message, and a message with an event.
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (true)
        {
            long seen = database.Head;
            worker.Bell.Ring();
            await database.WaitBeyondAsync(seen, stoppingToken);
            await Task.Delay(Burst, database.Clock, stoppingToken);
        }
    }
}
