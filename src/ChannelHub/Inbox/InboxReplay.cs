using ChannelHub.Adapters;
using ChannelHub.Channels;
using ChannelHub.Hooks;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Ingest;

namespace ChannelHub.Inbox;

/// <summary>
/// Runs kept input again through the adapter as it is now. What is missing is completed under the times at which it first arrived; what is
/// there already is recognised by its key. Whether the channel is switched on does not matter, since nobody is called.
/// </summary>
public sealed class InboxReplay(Database database, InputParser parser, AppWebhooks apps, IntakeBuilder intakes)
{
    private const int BatchSize = 200;

    /// <summary>Runs one input again.</summary>
    public async Task<ReplayShape> RunAsync(LiveChannel channel, IReceiver receiver, InboxRow row, string actor)
    {
        ReplayShape result = ReplayShape.Nothing.With(await database.IngestAsync(Prepare(channel, receiver, row)));
        await NoteAsync(channel, result, actor);
        return result;
    }

    /// <summary>Runs again all that arrived in a span of time, in the order of its arrival. What was done stays done if it is broken off.</summary>
    public async Task<ReplayShape> RunAsync(
        LiveChannel channel, IReceiver receiver, DateTimeOffset from, DateTimeOffset to, string actor, CancellationToken cancellation)
    {
        ReplayShape result = ReplayShape.Nothing;
        DateTimeOffset now = database.Clock.GetUtcNow();
        to = to < now ? to : now;
        long after = 0;
        while (from <= to && !cancellation.IsCancellationRequested)
        {
            List<InboxRow> rows = database.Read(session => InboxStore.Range(session, channel.Id, after, from, to, BatchSize));
            if (rows.Count == 0)
                break;
            // Handed over in order and written in that order, together.
            IngestOutcome[] outcomes = await Task.WhenAll(rows.Select(row => database.IngestAsync(Prepare(channel, receiver, row))));
            result = outcomes.Aggregate(result, (sum, outcome) => sum.With(outcome));
            after = rows[^1].Id;
        }
        if (result.Replayed > 0)
            await NoteAsync(channel, result, actor);
        return result;
    }

    private Intake Prepare(LiveChannel channel, IReceiver receiver, InboxRow row)
    {
        AuthenticInput input = InboxView.InputOf(row);
        IReadOnlyList<Entry> entries = apps.Own(channel, parser.Parse(channel, receiver, input).Entries);
        // A file that came in was kept as a file at once.
        EntryOutcome?[] kept = [.. entries.Select(e => e is Entry.Uploaded ? new EntryOutcome(EntryOutcomeKind.Uploaded) : null)];
        return intakes.Build(channel, input, entries, kept, replayOf: row.Id);
    }

    private Task NoteAsync(LiveChannel channel, ReplayShape result, string actor) => database.WriteAsync(session => ChannelStore.Log(session, channel.Id, "info", "replayed",
        $"{result.Replayed} inputs by {actor}: {result.Stored} events stored, {result.Quarantined} still not readable"));
}

/// <summary>What running input again came to.</summary>
/// <param name="Replayed">Inputs that were run again.</param>
/// <param name="Stored">Events that were missing and are stored now.</param>
/// <param name="Duplicate">Events that were there already.</param>
/// <param name="Ignored">Events that are deliberately not kept.</param>
/// <param name="Quarantined">Entries that still cannot be read.</param>
public sealed record ReplayShape(long Replayed, long Stored, long Duplicate, long Ignored, long Quarantined)
{
    internal static ReplayShape Nothing { get; } = new(0, 0, 0, 0, 0);

    internal ReplayShape With(IngestOutcome outcome) => new(
        Replayed + 1, Stored + Count(outcome, EntryOutcomeKind.Stored), Duplicate + Count(outcome, EntryOutcomeKind.Duplicate),
        Ignored + Count(outcome, EntryOutcomeKind.Ignored), Quarantined + Count(outcome, EntryOutcomeKind.Quarantined));

    private static int Count(IngestOutcome outcome, EntryOutcomeKind kind) => outcome.Entries.Count(e => e.Kind == kind);
}
