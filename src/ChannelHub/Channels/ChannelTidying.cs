using ChannelHub.Operation;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Channels;

/// <summary>Forgets what nobody looks at any more: arrivals beyond the memory of a channel's rhythm, and the old end of each channel's log.</summary>
public sealed class ChannelTidying(Database database, ChannelDirectory channels) : IWorker
{
    private const int LogLines = 1000;
    private static readonly TimeSpan HoursKept = TimeSpan.FromDays(35);

    public string Name => "channel tidying";

    public TimeSpan Idle => TimeSpan.FromHours(1);

    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        long firstHour = (database.Clock.GetUtcNow() - HoursKept).ToUnixTimeMilliseconds() / 3_600_000;
        await database.WriteAsync(session => { ChannelStore.ForgetHours(session, firstHour); });
        foreach (LiveChannel channel in channels.All)
            await database.WriteAsync(session => { ChannelStore.TrimLog(session, channel.Id, LogLines); });
        return false;
    }
}
