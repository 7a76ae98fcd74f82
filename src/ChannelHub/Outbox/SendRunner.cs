using ChannelHub.Channels;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Outbox;

namespace ChannelHub.Outbox;

/// <summary>
/// Sends units that have been marked as being sent, and records what became of them. A result that cannot be stored is kept until it can: the provider's
/// answer is not asked for twice.
/// </summary>
public sealed class SendRunner(Database database, Lanes lanes, UnitSender sender, ChannelHealth health, ILogger<SendRunner> log) : IDisposable
{
    private static readonly TimeSpan StorePause = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly CancellationTokenSource stop = new();
    private TaskCompletionSource idle = Completed();
    private int running;

    /// <summary>Units between their first byte and their answer, over all channels.</summary>
    public int UnderWay { get; private set; }

    /// <summary>Sends one unit in the background.</summary>
    internal void Start(LiveChannel channel, ChannelLanes of, OutboxRow unit, UnitToSend? content)
    {
        lock (gate)
        {
            UnderWay++;
            if (running++ == 0)
                idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        _ = Task.Run(() => RunAsync(channel, of, unit, content));
    }

    /// <summary>Ends once nothing is under way and everything is recorded.</summary>
    public Task IdleAsync()
    {
        lock (gate)
            return idle.Task;
    }

    /// <summary>Waits for what is under way; what takes longer than <paramref name="patience"/> is cut off and recorded as unconfirmed.</summary>
    public async Task StopAsync(TimeSpan patience, CancellationToken cancellation)
    {
        try
        {
            await IdleAsync().WaitAsync(patience, database.Clock, cancellation);
        }
        catch (TimeoutException)
        {
            await stop.CancelAsync();
            await IdleAsync().WaitAsync(cancellation);
        }
    }

    public void Dispose() => stop.Dispose();

    private async Task RunAsync(LiveChannel channel, ChannelLanes of, OutboxRow unit, UnitToSend? content)
    {
        bool refused = false;
        bool ended = false;
        try
        {
            if (!database.Share.IsAlive)
            {
                await PutBackAsync(unit);
                return;
            }
            Verdict verdict = await sender.TryAsync(channel, unit, content, stop.Token);
            refused = verdict.Channel == ChannelSign.Refuses;
            bool turned = Heed(of, verdict);
            ended = End(of);
            await RecordAsync(unit, verdict, of.NextAt(unit.IdentityId, Now));
            await TellAsync(channel, verdict, turned);
        }
        catch (Exception failure)
        {
            OutboxLog.RecordFailed(log, UnitSender.KeyOf(unit.MessageId, unit.Idx), failure);
        }
        finally
        {
            // From here on the channel's state stops it; unless its settings are new ones, of which the refusal says nothing.
            if (refused)
                of.Release();
            if (!ended)
                End(of);
            Finished(channel.Id);
        }
    }

    /// <summary>
    /// A node that was asleep, or cut off from the store, sends nothing: it may have been taken for dead, and the unit given up. If it was not, the unit waits again.
    /// </summary>
    private Task PutBackAsync(OutboxRow unit) => RecordAsync(
        unit, new Verdict(new UnitOutcome.Deferred(SentParts.Json("node_cut_off", "The node was cut off from the store before this left."), Now, Counts: false), ChannelSign.Answers), Now);

    /// <summary>Holds the channel before its slot is free again, so that nothing slips through. True if it went up, or counts as down.</summary>
    private bool Heed(ChannelLanes of, Verdict verdict)
    {
        if (verdict.HoldUntil is { } until)
            of.Hold(until.ToUnixTimeMilliseconds());
        switch (verdict.Channel)
        {
            case ChannelSign.Refuses:
                of.Hold(long.MaxValue);
                return true;
            case ChannelSign.Silent:
                return of.Silent(Now, verdict.WholeChannel);
            default:
                return of.Answered();
        }
    }

    private async Task RecordAsync(OutboxRow unit, Verdict verdict, long nextDueAt)
    {
        while (true)
        {
            try
            {
                await database.WriteAsync(session =>
                {
                    SendRecords.Record(session, unit, verdict.Outcome, nextDueAt);
                    if (verdict.Address == AddressSign.OptedOut)
                        ReachMarks.OptOut(session, unit.IdentityId, unit.ChannelId);
                    else if (verdict.Address == AddressSign.Unreachable)
                        ReachMarks.Unreachable(session, unit.IdentityId, unit.ChannelId);
                    else if (verdict.Address == AddressSign.WindowClosed)
                        ReachMarks.CloseWindow(session, unit.IdentityId, unit.ChannelId);
                });
                return;
            }
            catch (StoreUnavailableException unavailable) when (!stop.IsCancellationRequested)
            {
                OutboxLog.NotRecorded(log, UnitSender.KeyOf(unit.MessageId, unit.Idx), unavailable.Message);
                await Task.Delay(StorePause, database.Clock, stop.Token);
            }
        }
    }

    /// <summary>Says in the channel's state what its provider did.</summary>
    private async Task TellAsync(LiveChannel channel, Verdict verdict, bool turned)
    {
        switch (verdict.Channel)
        {
            case ChannelSign.Refuses:
                await health.PauseAsync(channel, verdict.Reason);
                break;
            case ChannelSign.Silent when turned:
                await health.DownAsync(channel, verdict.Reason);
                break;
            case ChannelSign.Answers when turned || channel.Row.State == ChannelStates.Down:
                await health.UpAsync(channel);
                break;
        }
    }

    private long Now => database.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    private bool End(ChannelLanes of)
    {
        of.End();
        lock (gate)
            UnderWay--;
        return true;
    }

    private void Finished(long channelId)
    {
        lock (gate)
        {
            if (--running == 0)
                idle.SetResult();
        }
        lanes.Ring(channelId);
    }

    private static TaskCompletionSource Completed()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }
}
