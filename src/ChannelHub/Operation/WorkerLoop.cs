using System.Diagnostics;

namespace ChannelHub.Operation;

/// <summary>Something that works through a table in the background.</summary>
public interface IWorker
{
    /// <summary>For the log.</summary>
    string Name { get; }

    /// <summary>How long to wait when there was nothing to do and nobody wakes it.</summary>
    TimeSpan Idle { get; }

    /// <summary>Does one piece of work; true if there may be more at once.</summary>
    Task<bool> RunOnceAsync(CancellationToken cancellation);
}

/// <summary>Lets a worker be woken before its time.</summary>
public sealed class WorkerBell : IDisposable
{
    private readonly SemaphoreSlim signal = new(0, 1);

    /// <summary>There is work. Thread-safe; ringing twice is ringing once.</summary>
    public void Ring()
    {
        try
        {
            if (signal.CurrentCount == 0)
                signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else rang between the two lines.
        }
    }

    internal Task<bool> WaitAsync(TimeSpan time, CancellationToken cancellation) => signal.WaitAsync(time, cancellation);

    public void Dispose() => signal.Dispose();
}

/// <summary>Drives a worker: waits, wakes, backs off after a failure, stops with the hub.</summary>
/// <param name="worker">What to drive.</param>
/// <param name="bell">Wakes it.</param>
/// <param name="log">Its log.</param>
/// <param name="isTurn">Whether this node is the one that does it now; null if every node does.</param>
public sealed class WorkerLoop(IWorker worker, WorkerBell bell, ILogger log, Func<bool>? isTurn = null) : BackgroundService
{
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan TurnIsAskedEvery = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield(); // the start of the hub does not wait for the first piece of work
        TimeSpan backOff = TimeSpan.FromSeconds(1);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (isTurn is not null && !isTurn())
                    await bell.WaitAsync(TurnIsAskedEvery, stoppingToken);
                else if (!await RunTracedAsync(stoppingToken))
                    await bell.WaitAsync(worker.Idle, stoppingToken);
                backOff = TimeSpan.FromSeconds(1);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                log.LogError(failure, "{Worker} failed and goes on in {Seconds} s", worker.Name, backOff.TotalSeconds);
                await bell.WaitAsync(backOff, stoppingToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                backOff = backOff * 2 < LongestBackOff ? backOff * 2 : LongestBackOff;
            }
        }
    }

    /// <summary>Only rounds that found work are worth a span.</summary>
    private async Task<bool> RunTracedAsync(CancellationToken stopping)
    {
        using Activity? span = Telemetry.Source.StartActivity(worker.Name);
        bool worked = await worker.RunOnceAsync(stopping);
        if (!worked && span is not null)
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        return worked;
    }
}
