using ChannelHub.Adapters;
using ChannelHub.Channels;
using ChannelHub.Operation;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Customers;

/// <summary>Asks providers who somebody is, where messages do not tell. A name is a nicety: after a few tries it is done without.</summary>
public sealed class ProfileWorker(Database database, ChannelDirectory channels, ILogger<ProfileWorker> log) : IWorker
{
    private const int Batch = 20;
    private const int Tries = 4;

    private static readonly TimeSpan FirstWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(6);

    public string Name => "profiles";

    public TimeSpan Idle => TimeSpan.FromSeconds(2);

    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        long now = database.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        List<ProfileRequestRow> due = database.Read(session => ProfileRequests.Due(session, now, Batch));
        foreach (ProfileRequestRow request in due)
            await AskAsync(request, cancellation);
        return due.Count == Batch;
    }

    private async Task AskAsync(ProfileRequestRow request, CancellationToken cancellation)
    {
        ProfileResult answer = await AskProviderAsync(request, cancellation);
        await database.WriteAsync(session =>
        {
            switch (answer)
            {
                case ProfileResult.Found found:
                    ProfileRequests.Found(session, request, found.DisplayName, found.Learned);
                    break;
                case ProfileResult.Later later when request.Tries + 1 < Tries:
                    TimeSpan wait = later.RetryAfter is { } asked && asked > FirstWait ? asked : FirstWait * Math.Pow(6, request.Tries);
                    ProfileRequests.Later(session, request, session.Now + (long)(wait < LongestWait ? wait : LongestWait).TotalMilliseconds);
                    break;
                default:
                    ProfileRequests.Done(session, request);
                    break;
            }
        });
    }

    private async Task<ProfileResult> AskProviderAsync(ProfileRequestRow request, CancellationToken cancellation)
    {
        if (!channels.TryGet(request.ChannelId, out LiveChannel? channel) || channel.Ability<IProfileSource>() is not { } source)
            return new ProfileResult.Unknown("the channel cannot be asked");
        if (!channel.Enabled || channel.Paused)
            return new ProfileResult.Later("the channel is not in use now");
        try
        {
            return await source.GetProfileAsync(request.Key, request.Address, cancellation);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            log.LogError("The adapter of channel {Channel} failed to fetch a profile: {Failure}", channel.PublicId, failure.GetType().Name);
            return new ProfileResult.Unknown("the adapter failed");
        }
    }
}
