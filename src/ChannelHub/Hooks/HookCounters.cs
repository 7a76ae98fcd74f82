using System.Collections.Concurrent;
using ChannelHub.Adapters;
using ChannelHub.Channels;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Hooks;

/// <summary>
/// Counts what is not stored: forged requests, and what adapters ignored and why. Kept in memory and written every few seconds, so that a flood of forgeries
/// costs no writes.
/// </summary>
public sealed class HookCounters(Database database)
{
    private readonly ConcurrentDictionary<long, long> forged = [];
    private readonly ConcurrentDictionary<(long Channel, string Reason), long> ignored = [];

    /// <summary>A request was not authentic.</summary>
    public void Forged(LiveChannel channel) => Add(forged, channel.Id, 1);

    /// <summary>Forged requests of a channel that are not written yet.</summary>
    public long ForgedSince(long channelId) => forged.GetValueOrDefault(channelId);

    /// <summary>An input was committed; notes what was ignored for the channel's log.</summary>
    public void Saw(LiveChannel channel, IReadOnlyList<Entry> entries)
    {
        foreach (Entry entry in entries)
        {
            if (entry is Entry.Understood { Event: Ignored dropped })
                Add(ignored, (channel.Id, dropped.Reason), 1);
            else if (entry is Entry.Elsewhere elsewhere)
                Add(ignored, (channel.Id, AppWebhooks.Unknown(elsewhere).Reason), 1);
        }
    }

    /// <summary>Writes what has been counted; it counts as unwritten until that is durable. False if there was nothing.</summary>
    public async Task<bool> FlushAsync()
    {
        KeyValuePair<long, long>[] forgeries = [.. forged];
        KeyValuePair<(long Channel, string Reason), long>[] drops = [.. ignored];
        if (forgeries.Length + drops.Length == 0)
            return false;
        await database.WriteAsync(session =>
        {
            foreach ((long channel, long count) in forgeries)
            {
                ChannelStore.Count(session, channel, forged: count);
                ChannelStore.Log(session, channel, "warning", "forged",
                    count == 1 ? "a request without a valid secret or signature was refused" : $"{count} requests without a valid secret or signature were refused");
            }
            foreach (((long channel, string reason), long count) in drops)
                ChannelStore.Log(session, channel, "info", "ignored", count == 1 ? reason : $"{reason} ({count} times)");
        });
        foreach ((long channel, long count) in forgeries)
            Add(forged, channel, -count);
        foreach (((long Channel, string Reason) drop, long count) in drops)
            Add(ignored, drop, -count);
        return true;
    }

    private static void Add<TKey>(ConcurrentDictionary<TKey, long> counts, TKey key, long count) where TKey : notnull
    {
        // Taken out only while it is still nothing, so that what is counted in between is not lost.
        if (counts.AddOrUpdate(key, count, (_, n) => n + count) == 0)
            counts.TryRemove(KeyValuePair.Create(key, 0L));
    }
}
