using System.Runtime.InteropServices;
using ChannelHub.Adapters;
using ChannelHub.Channels;
using ChannelHub.Core.Ids;
using ChannelHub.Options;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Attachments;

/// <summary>Keeps files that are sent to the hub, before any message names them. One that nobody names in time is removed.</summary>
public sealed class UploadStore(Database database, FileStore files, UnusedFiles unused, HubOptions options)
{
    /// <summary>Keeps the uploads among the entries of an input. What became of each entry that is one; null for every other.</summary>
    public async Task<IReadOnlyList<EntryOutcome?>> KeepAsync(LiveChannel channel, IReadOnlyList<Entry> entries)
    {
        var outcomes = new EntryOutcome?[entries.Count];
        for (int i = 0; i < outcomes.Length; i++)
        {
            if (entries[i] is Entry.Uploaded upload)
                outcomes[i] = await KeepAsync(channel, upload);
        }
        return outcomes;
    }

    /// <summary>Writes a file of a client of the API, which may be of any type. Null if it is too large.</summary>
    public Task<StoredFile?> WriteAsync(Stream content, CancellationToken cancellation) =>
        files.WriteAsync(content, options.Attachments.UploadBytes, cancellation);

    /// <summary>Keeps a file that a client of the API has written.</summary>
    public Task<AttachmentRow> InsertAsync(StoredFile file, string? claimedType, string? fileName) =>
        InsertAsync(file, SafeType.Judge(file.Head.Span, claimedType, fileName), fileName, channelId: null);

    /// <summary>Gives up a file that has been written.</summary>
    public Task DiscardAsync(StoredFile file) => unused.DiscardAsync(file);

    private async Task<EntryOutcome> KeepAsync(LiveChannel channel, Entry.Uploaded upload)
    {
        ChannelLimits limits = channel.Limits;
        long most = Math.Min(limits.MaxInboundFileBytes, options.Media.DownloadBytes);
        // What was begun is finished, like every input of a channel.
        using StoredFile? file = await files.WriteAsync(Reading(upload.Content), most, CancellationToken.None);
        if (file is null)
            return Rejected($"must be at most {most} bytes");
        JudgedType type = SafeType.Judge(file.Head.Span, upload.ContentType, upload.FileName);
        if (TypePolicy.Refuses(type, [.. options.Media.RefusedTypes, .. limits.RefusedTypes]))
        {
            await unused.DiscardAsync(file);
            return Rejected("is of a type that is not accepted");
        }
        AttachmentRow row = await InsertAsync(file, type, upload.FileName, channel.Id);
        return new EntryOutcome(EntryOutcomeKind.Uploaded, UploadId: HubId.Format(IdPrefix.Attachment, row.Id));
    }

    private Task<AttachmentRow> InsertAsync(StoredFile file, JudgedType type, string? fileName, long? channelId)
    {
        var row = new NewFile(database.Ids.Next(), SafeName.Of(fileName), type.ContentType, file.Size, file.Sha256, channelId);
        return database.WriteAsync(session =>
        {
            AttachmentStore.Insert(session, row);
            return AttachmentStore.Find(session, row.Id)!;
        });
    }

    private static EntryOutcome Rejected(string why) => new(EntryOutcomeKind.Rejected, [new FieldError("body", why)]);

    private static MemoryStream Reading(ReadOnlyMemory<byte> content) => MemoryMarshal.TryGetArray(content, out ArraySegment<byte> array)
        ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
        : new MemoryStream(content.ToArray(), writable: false);
}
