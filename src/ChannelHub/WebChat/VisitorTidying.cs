using ChannelHub.Attachments;
using ChannelHub.Core.Ids;
using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.WebChat;

namespace ChannelHub.WebChat;

/// <summary>Forgets sessions that have ended and uploads that no message took into use.</summary>
internal sealed class VisitorTidying(Database database, UnusedFiles unused, HubOptions options) : IWorker
{
    private const int Step = 500;

    // Limits look back for an hour, from the last try at a code that lives for another at most.
    private static readonly TimeSpan CodesKept = TimeSpan.FromHours(3);

    public string Name => "tidying of the live chat";

    public TimeSpan Idle => TimeSpan.FromMinutes(5);

    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        DateTimeOffset now = database.Clock.GetUtcNow();
        long unclaimed = now.AddMinutes(-options.Webchat.UnclaimedMinutes).ToUnixTimeMilliseconds();
        (int ended, List<string> files) = await database.WriteAsync(session =>
            (VisitorSessionStore.Forget(session, now.ToUnixTimeMilliseconds(), Step) + VisitorCodeStore.Forget(session, IdGenerator.FirstAt(now - CodesKept), Step), VisitorFileStore.ForgetUnclaimed(session, unclaimed, Step)));
        foreach (string sha256 in files)
            await unused.DeleteAsync(sha256);
        return ended >= Step || files.Count == Step;
    }
}
