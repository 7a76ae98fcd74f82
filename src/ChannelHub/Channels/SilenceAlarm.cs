using ChannelHub.Api;
using ChannelHub.Core.Channels;
using ChannelHub.Operation;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Channels;

/// <summary>
/// Notices channels from which nothing comes though by their own rhythm it should: a webhook that was taken away makes no error. Once for each
/// silence, also over a restart: the channel's log remembers.
/// </summary>
public sealed class SilenceAlarm(Database database, ChannelDirectory channels) : IWorker
{
    private const string Silent = "silent";
    private static readonly TimeSpan Memory = TimeSpan.FromDays(28);

    // Since when a channel could have brought something, and the last arrival before the silence that was told of.
    private readonly Dictionary<long, DateTimeOffset> watched = [];
    private readonly Dictionary<long, long> told = [];

    public string Name => "silence alarm";

    public TimeSpan Idle => TimeSpan.FromMinutes(1);

    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        DateTimeOffset now = database.Clock.GetUtcNow();
        foreach (LiveChannel channel in channels.All)
        {
            if (!channel.Enabled || channel.Paused)
                watched.Remove(channel.Id);
            else
                await JudgeAsync(channel.Id, now);
        }
        return false;
    }

    private async Task JudgeAsync(long id, DateTimeOffset now)
    {
        watched.TryAdd(id, now);
        (long? last, Dictionary<long, int> arrivals, long? logged) = database.Read(session => (
            ChannelStore.Accounting(session, id).LastAt,
            ChannelStore.Hours(session, id, (now - Memory).ToUnixTimeMilliseconds() / 3_600_000).ToDictionary(h => h.Hour, h => (int)Math.Min(h.Received, int.MaxValue)),
            ChannelStore.LastLogged(session, id, Silent)));
        if (last is not { } lastAt || logged > lastAt || told.GetValueOrDefault(id) == lastAt)
            return;
        // Time in which the hub or the channel was off is nobody's silence.
        DateTimeOffset since = ApiJson.Time(lastAt) > watched[id] ? ApiJson.Time(lastAt) : watched[id];
        Silence silence = Rhythm.Judge(arrivals, since, now);
        if (!silence.IsSilent)
            return;
        double expected = Math.Round(silence.Expected, 1);
        await database.WriteAsync(session =>
        {
            ChannelEvents.AppendSilent(session, id, ApiJson.Time(lastAt), expected);
            ChannelStore.Log(session, id, "warning", Silent, $"nothing has come for {silence.Quiet.TotalHours:0.0} h, in which {expected} would be usual");
        });
        told[id] = lastAt;
    }
}
