using ChannelHub.Adapters;
using ChannelHub.Attachments;
using ChannelHub.Hooks;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Ingest;

namespace ChannelHub.Channels.Pulling;

/// <summary>The way in for what a channel fetched itself: parse each item like any other input, commit all of them with the cursor.</summary>
public sealed class PulledInput(Database database, InputParser parser, IntakeBuilder intakes, UploadStore uploads, HookCounters counters)
{
    /// <summary>Commits what one pull brought. It is not cancelled with the stream: what was fetched is kept.</summary>
    /// <exception cref="StoreUnavailableException">Nothing is stored and the cursor has not moved.</exception>
    public async Task CommitAsync(LiveChannel channel, IReceiver receiver, PulledBatch batch)
    {
        DateTimeOffset now = database.Clock.GetUtcNow();
        var items = new List<Intake>(batch.Items.Count);
        var seen = new List<Entry>(batch.Items.Count);
        foreach (ReadOnlyMemory<byte> item in batch.Items)
        {
            AuthenticInput input = AuthenticInput.Pulled(item, now);
            IReadOnlyList<Entry> entries = parser.Parse(channel, receiver, input).Entries;
            if (entries.Count == 0 || (batch.IsHistory && AreKnown(channel.Id, entries)))
                continue;
            items.Add(intakes.Build(channel, input, entries, kept: await uploads.KeepAsync(channel, entries)));
            seen.AddRange(entries);
        }
        await database.IngestAsync(new PulledIntake(channel.Id, items, batch.Cursor, batch.Waiting));
        counters.Saw(channel, seen);
    }

    private bool AreKnown(long channelId, IReadOnlyList<Entry> entries) => database.Read(session =>
        entries.All(entry => entry is Entry.Understood understood && EventKeyStore.IsKnown(session, channelId, understood.Event.Key)));
}
