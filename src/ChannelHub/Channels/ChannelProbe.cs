using ChannelHub.Adapters;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Channels;

/// <summary>Asks providers something through an adapter. Whatever goes wrong is an answer too.</summary>
public sealed class ChannelProbe(Database database, ILogger<ChannelProbe> log)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Asks on an operator's behalf, and notes the answer in the channel's log.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="what">What is asked, for the log.</param>
    /// <param name="ask">The adapter's ability.</param>
    /// <param name="aborted">Nobody waits for the answer any more.</param>
    public async Task<ProbeShape> AskAsync(LiveChannel channel, string what, Func<CancellationToken, ValueTask<ProbeResult>> ask, CancellationToken aborted)
    {
        ProbeShape answer = await TryAsync(channel, ask, aborted);
        await database.WriteAsync(session => ChannelStore.Log(session, channel.Id, answer.Ok ? "info" : "warning", what, answer.Detail));
        return answer;
    }

    /// <summary>Asks, and notes nothing.</summary>
    internal async Task<ProbeShape> TryAsync(LiveChannel channel, Func<CancellationToken, ValueTask<ProbeResult>> ask, CancellationToken aborted)
    {
        using var patience = new CancellationTokenSource(Patience, database.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, patience.Token);
        try
        {
            ProbeResult result = await ask(either.Token);
            return new ProbeShape(result.Ok, result.Detail);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            return new ProbeShape(Ok: false, "the provider did not answer in time");
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // The words of a foreign exception may hold a secret.
            log.LogError("The adapter of channel {Channel} failed: {Failure}", channel.PublicId, failure.GetType().FullName);
            return new ProbeShape(Ok: false, $"the adapter failed ({failure.GetType().Name})");
        }
    }
}

/// <summary>What asking the provider gave.</summary>
/// <param name="Ok">True when it works.</param>
/// <param name="Detail">Who we are there, or what is wrong and how to mend it.</param>
public sealed record ProbeShape(bool Ok, string Detail);
