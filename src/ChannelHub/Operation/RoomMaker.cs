using ChannelHub.Storage.Engine;

namespace ChannelHub.Operation;

/// <summary>Has the store make ready for what comes in the next days.</summary>
internal sealed class RoomMaker(Database database) : IWorker
{
    public string Name => "room";

    public TimeSpan Idle => TimeSpan.FromMinutes(1);

    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        await Task.Run(database.MakeRoom, cancellation);
        return false;
    }
}
