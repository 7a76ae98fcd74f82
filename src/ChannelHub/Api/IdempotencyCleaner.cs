using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Storage.Access;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Api;

/// <summary>Forgets kept answers when their time is over.</summary>
public sealed class IdempotencyCleaner(Database database, HubOptions options) : IWorker
{
    private const int AtOnce = 1000;

    public string Name => "idempotency cleaner";

    public TimeSpan Idle => TimeSpan.FromMinutes(10);

    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        long before = database.Clock.GetUtcNow().AddHours(-options.Api.IdempotencyHours).ToUnixTimeMilliseconds();
        return await database.WriteAsync(session => IdempotencyStore.Forget(session, before, AtOnce)) == AtOnce;
    }
}
