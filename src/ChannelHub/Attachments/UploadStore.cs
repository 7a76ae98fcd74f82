using ChannelHub.Adapters;
using ChannelHub.Channels;

namespace ChannelHub.Attachments;

/// <summary>Keeps files that arrive inside an input, before the input is committed.</summary>
public sealed class UploadStore
{
    /// <summary>What became of each entry that is an upload; null for every other.</summary>
    public Task<IReadOnlyList<EntryOutcome?>> KeepAsync(LiveChannel channel, IReadOnlyList<Entry> entries) =>
        Task.FromResult<IReadOnlyList<EntryOutcome?>>(new EntryOutcome?[entries.Count]);
}
