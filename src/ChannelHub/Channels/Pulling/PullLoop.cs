using System.Net.Sockets;
using ChannelHub.Adapters;
using ChannelHub.Options;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Channels.Pulling;

/// <summary>
/// Pulls one channel for as long as it is told to: opens the stream at the stored cursor, commits each batch with its cursor, and asks for the next, which
/// tells the provider that the last one is safe. After any trouble it begins again at the stored cursor.
/// </summary>
public sealed class PullLoop(Database database, PulledInput input, ChannelHealth health, HubOptions options, Random random, ILogger<PullLoop> log)
{
    private const int FailuresUntilDown = 3;

    // A stream that has outlived the longest request has had an answer, though a quiet provider gives it nothing to yield.
    private readonly TimeSpan signOfLife = TimeSpan.FromSeconds(options.Egress.ChannelSeconds + 10);

    /// <summary>Ends when it is stopped, or when the provider refuses the credentials and the channel has been paused for that.</summary>
    public async Task RunAsync(LiveChannel channel, IMessagePuller puller, CancellationToken stop)
    {
        var backOff = new BackOff(random);
        int failures = 0;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await PullAsync(channel, puller, () => (backOff, failures) = (new BackOff(random), 0), stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (PullRefusedException refused)
            {
                PullLog.Refused(log, channel.PublicId, refused.Fault.Detail);
                if (await ToldAsync(() => health.PauseAsync(channel, refused.Fault.Detail)))
                    return;
            }
            catch (StoreUnavailableException unavailable)
            {
                PullLog.NotStored(log, channel.PublicId, unavailable.Message);
            }
            catch (Exception failure)
            {
                PullLog.Failed(log, channel.PublicId, Words(failure));
                if (++failures >= FailuresUntilDown)
                    await ToldAsync(() => health.DownAsync(channel, Words(failure)));
            }
            await Task.Delay(backOff.Next(), database.Clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task PullAsync(LiveChannel channel, IMessagePuller puller, Action succeeded, CancellationToken stop)
    {
        string? cursor = database.Read(session => ChannelStore.PullCursor(session, channel.Id));
        bool known = false;
        await using ITimer quiet = database.Clock.CreateTimer(_ => _ = ToldAsync(() => health.UpAsync(channel)), null, signOfLife, Timeout.InfiniteTimeSpan);
        await foreach (PulledBatch batch in puller.PullAsync(cursor, stop))
        {
            // What was fetched is kept, even if the hub is being stopped.
            if (batch.Items.Count > 0 || batch.Cursor != cursor)
                await input.CommitAsync(channel, puller, batch);
            cursor = batch.Cursor;
            succeeded();
            if (!known)
                known = await ToldAsync(() => health.UpAsync(channel));
        }
        succeeded();
    }

    /// <summary>False if it could not be stored; it will be found out again.</summary>
    private async Task<bool> ToldAsync(Func<Task> tell)
    {
        try
        {
            await tell();
            return true;
        }
        catch (StoreUnavailableException unavailable)
        {
            log.LogWarning("A channel's state could not be stored: {Reason}", unavailable.Message);
            return false;
        }
    }

    // Other exceptions come from code that nobody here knows, and their words may hold a secret.
    private static string Words(Exception failure) => failure switch
    {
        OperationCanceledException => "the provider did not answer in time",
        IOException or HttpRequestException or TimeoutException or SocketException => failure.Message,
        _ => failure.GetType().Name,
    };
}

internal static partial class PullLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Pulling channel {Channel} failed: {Reason}")]
    public static partial void Failed(ILogger log, string channel, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Channel {Channel} is paused, since the provider refuses it: {Reason}")]
    public static partial void Refused(ILogger log, string channel, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "What was pulled for channel {Channel} was not stored and will be pulled again: {Reason}")]
    public static partial void NotStored(ILogger log, string channel, string reason);
}
