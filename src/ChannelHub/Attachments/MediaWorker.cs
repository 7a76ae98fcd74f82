using System.Text.Json;
using ChannelHub.Api;
using ChannelHub.Core.Attachments;
using ChannelHub.Core.Ids;
using ChannelHub.Messages;
using ChannelHub.Operation;
using ChannelHub.Options;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Attachments;

/// <summary>
/// Fetches received files, one a run; several loops drive it. Their messages are there long before. A file is tried until its provider
/// forgets it, and in the end it is ready, failed or refused, with an event that says so.
/// </summary>
public sealed class MediaWorker(Database database, MediaFetch fetch, UnusedFiles unused, HubOptions options, Random random) : IWorker, IDisposable
{
    // Bytes that after so many attempts come wrong twice in the same way are wrong where they lie.
    private const int MostWrong = 5;

    private static readonly TimeSpan Recording = TimeSpan.FromMinutes(1);

    public string Name => "media";

    /// <summary>Wakes one of the loops.</summary>
    public WorkerBell Bell { get; } = new();

    public TimeSpan Idle => TimeSpan.FromSeconds(5);

    public async Task<bool> RunOnceAsync(CancellationToken cancellation)
    {
        DateTimeOffset now = database.Clock.GetUtcNow();
        if (!database.Read(session => PendingFiles.AnyDue(session, now.ToUnixTimeMilliseconds())))
            return false;
        long until = (now + TimeSpan.FromSeconds(options.Media.DownloadSeconds) + Recording).ToUnixTimeMilliseconds();
        if (await database.WriteAsync(session => PendingFiles.Lease(session, until)) is not { } row)
            return false;
        Bell.Ring(); // where one came, another loop may find the next
        await RecordAsync(row, await fetch.TryAsync(row, cancellation));
        return true;
    }

    public void Dispose() => Bell.Dispose();

    private async Task RecordAsync(AttachmentRow row, Fetched fetched)
    {
        switch (fetched)
        {
            case Fetched.Ready ready:
                await KeepAsync(row, ready);
                break;
            case Fetched.Refused refused:
                await SettleAsync(row with { State = (long)AttachmentState.Refused, Reason = refused.Reason });
                break;
            case Fetched.Failed failed:
                await SettleAsync(row with { State = (long)AttachmentState.Failed, Reason = failed.Reason });
                break;
            case Fetched.Wrong wrong when row.Attempts >= MostWrong && row.Reason == wrong.Reason:
                await SettleAsync(row with { State = (long)AttachmentState.Failed, Reason = wrong.Reason });
                break;
            case Fetched.Wrong wrong:
                await PostponeAsync(row, wrong.Reason, retryAfter: null);
                break;
            case Fetched.Later later:
                await PostponeAsync(row, later.Reason, later.RetryAfter);
                break;
        }
    }

    private async Task KeepAsync(AttachmentRow row, Fetched.Ready ready)
    {
        bool wanted;
        using (ready.File)
        {
            wanted = await SettleAsync(row with
            {
                State = (long)AttachmentState.Ready, ContentType = ready.Type.ContentType, Size = ready.File.Size, Sha256 = ready.File.Sha256, Reason = null,
            });
        }
        // Its message, or the person whose it was, may have gone meanwhile.
        if (!wanted)
            await unused.DeleteAsync(ready.File.Sha256);
    }

    private Task PostponeAsync(AttachmentRow row, string reason, TimeSpan? retryAfter)
    {
        DateTimeOffset expires = DateTimeOffset.FromUnixTimeMilliseconds(row.ExpiresAt ?? row.CreatedAt);
        return FetchSchedule.Next(row.Attempts, retryAfter, database.Clock.GetUtcNow(), expires, random.NextDouble()) is { } due
            ? database.WriteAsync(session => PendingFiles.Postpone(session, row, due.ToUnixTimeMilliseconds(), reason))
            : SettleAsync(row with { State = (long)AttachmentState.Failed, Reason = "expired at the provider: " + reason });
    }

    private Task<bool> SettleAsync(AttachmentRow row)
    {
        var data = new FileSettled(AttachmentShape.Of(row), HubId.Format(IdPrefix.Message, row.MessageId));
        string json = JsonSerializer.Serialize(data, ApiJson.Options);
        return database.WriteAsync(session => PendingFiles.Settle(session, row, json));
    }

    /// <summary>What the event of a settled file says.</summary>
    private sealed record FileSettled(AttachmentShape Attachment, string? MessageId);
}
