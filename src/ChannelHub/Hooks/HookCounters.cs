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
    public void Forged(LiveChannel channel) => forged.AddOrUpdate(channel.Id, 1, (_, n) => n + 1);

    /// <summary>Forged requests of a channel that are not written yet.</summary>
    public long ForgedSince(long channelId) => forged.GetValueOrDefault(channelId);

    /// <summary>An input was committed; notes what was ignored for the channel's log.</summary>
    public void Saw(LiveChannel channel, IReadOnlyList<Entry> entries)
    {
        foreach (Entry entry in entries)
        {
            if (entry is Entry.Understood { Event: Ignored dropped })
                ignored.AddOrUpdate((channel.Id, dropped.Reason), 1, (_, n) => n + 1);
        }
    }

    /// <summary>Writes what has been counted. False if there was nothing.</summary>
    public async Task<bool> FlushAsync()
    {
        if (forged.IsEmpty && ignored.IsEmpty)
            return false;
        List<(long Channel, long Count)> forgeries = [.. forged.Keys.Select(k => forged.TryRemove(k, out long n) ? (k, n) : (k, 0))];
        List<(long Channel, string Reason, long Count)> drops = [.. ignored.Keys.Select(k => ignored.TryRemove(k, out long n) ? (k.Channel, k.Reason, n) : (k.Channel, k.Reason, 0))];
        await database.WriteAsync(session =>
        {
            foreach ((long channel, long count) in forgeries.Where(f => f.Count > 0))
            {
                ChannelStore.Count(session, channel, forged: count);
                ChannelStore.Log(session, channel, "warning", "forged", $"{count} requests without a valid secret or signature were refused");
            }
            foreach ((long channel, string reason, long count) in drops.Where(d => d.Count > 0))
                ChannelStore.Log(session, channel, "info", "ignored", count == 1 ? reason : $"{reason} ({count} times)");
        });
        return true;
    }
}
