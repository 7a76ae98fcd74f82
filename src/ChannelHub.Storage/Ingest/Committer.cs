using ChannelHub.Adapters;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Channels;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Ingest;

/// <summary>
/// Writes one input after another into the transaction of the <see cref="Writer"/>: raw input, event keys, messages, identities, links,
/// summaries, counters, events.
/// </summary>
internal sealed class Committer
{
    private static readonly EntryOutcome Stored = new(EntryOutcomeKind.Stored);
    private static readonly EntryOutcome Duplicate = new(EntryOutcomeKind.Duplicate);
    private static readonly EntryOutcome Ignored = new(EntryOutcomeKind.Ignored);
    private static readonly EntryOutcome Quarantined = new(EntryOutcomeKind.Quarantined);

    private readonly WriteSession session;
    private readonly IngestCounts counts;
    private readonly EventKeys keys;
    private readonly IdentityResolver identities;
    private readonly MessageWriter messages;
    private readonly ChangeWriter changes;
    private readonly InboxTraces traces;
    private readonly Statement insertInbox;
    private Lookahead? lookahead;

    public Committer(WriteSession session)
    {
        this.session = session;
        counts = new IngestCounts(session);
        keys = new EventKeys(session);
        identities = new IdentityResolver(session);
        messages = new MessageWriter(session, keys, identities);
        changes = new ChangeWriter(session, keys, identities, messages);
        traces = new InboxTraces(session, keys);
        insertInbox = session.PrepareInsert("""
            INSERT INTO inbox (id, channel_id, received_at, method, sub_path, query, headers, body, adapter, state, reason, stored, duplicate, ignored, quarantined)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """);
    }

    public IngestOutcome Commit(Intake intake)
    {
        long inboxId = intake.ReplayOf ?? session.NewId();
        var outcomes = new EntryOutcome[intake.Entries.Count];
        var tally = new Tally();
        string? reason = null;
        for (int i = 0; i < outcomes.Length; i++)
        {
            outcomes[i] = Commit(intake, intake.Entries[i], inboxId);
            tally.Add(outcomes[i].Kind);
            if (intake.Entries[i] is IntakeEntry.Unreadable unreadable)
                reason ??= unreadable.Reason;
        }

        if (intake.ReplayOf is null)
            Keep(intake, inboxId, tally, reason);
        else
            InboxStore.Replayed(session, counts.Of(intake.ChannelId), intake, tally, reason);
        return new IngestOutcome(outcomes);
    }

    /// <summary>Commits what one pull brought, and where to go on.</summary>
    public IReadOnlyList<IngestOutcome> Commit(PulledIntake pulled)
    {
        var outcomes = new IngestOutcome[pulled.Items.Count];
        for (int i = 0; i < outcomes.Length; i++)
            outcomes[i] = Commit(pulled.Items[i]);
        ChannelStore.MovePullCursor(session, pulled.ChannelId, pulled.Cursor, pulled.Waiting);
        return outcomes;
    }

    /// <summary>Writes what was added up over the transaction.</summary>
    public void Flush()
    {
        counts.Write();
        keys.Clear();
    }

    public void RolledBack()
    {
        counts.Clear();
        keys.Clear();
        messages.Forget();
    }

    /// <summary>These inputs, which bring nothing but messages, are committed next; then comes <see cref="Gathered"/>.</summary>
    public void LookAhead(IReadOnlyList<Intake> intakes)
    {
        lookahead ??= new Lookahead(session, keys);
        lookahead.At(intakes);
        messages.GathersSummaries = true;
    }

    /// <summary>Ends what <see cref="LookAhead"/> began.</summary>
    public void Gathered() => messages.WriteSummaries();

    private EntryOutcome Commit(Intake intake, IntakeEntry entry, long inboxId) => entry switch
    {
        IntakeEntry.Understood understood => Commit(intake, understood, inboxId),
        IntakeEntry.Settled settled => settled.Outcome,
        _ => Quarantined,
    };

    private EntryOutcome Commit(Intake intake, IntakeEntry.Understood entry, long inboxId)
    {
        // What is kept nowhere needs no key: an ignored entry is counted as often as it comes.
        if (entry.Event is Adapters.Ignored or TypingChanged)
        {
            traces.Note(intake, entry, inboxId);
            return Ignored;
        }
        long? messageId = entry.Event is MessageReceived or MessageEchoed ? entry.MessageId : null;
        if (!keys.Claim(intake.ChannelId, entry.Event.Key, messageId))
        {
            traces.Note(intake, entry, inboxId);
            return Duplicate;
        }
        switch (entry.Event)
        {
            case MessageReceived received:
                messages.Receive(intake, entry, received, inboxId);
                return Stored;
            case MessageEchoed echoed:
                return messages.Echo(intake, entry, echoed, inboxId) ? Stored : Duplicate;
            default:
                bool applied = changes.Apply(intake, entry, inboxId);
                traces.Note(intake, entry, inboxId);
                if (applied)
                    return Stored;
                // It speaks of nothing that is here yet: a replay may find it.
                keys.Release(intake.ChannelId, entry.Event.Key);
                return Ignored;
        }
    }

    private void Keep(Intake intake, long inboxId, Tally tally, string? reason)
    {
        IngestCounts.Counts c = counts.Of(intake.ChannelId);
        c.Stored += tally.Stored;
        c.Duplicate += tally.Duplicate;
        c.Ignored += tally.Ignored;
        c.Quarantined += tally.Quarantined;
        c.Rejected += tally.Rejected;
        c.LastAt = intake.ReceivedAt;
        // A file on its way to a message is kept as a file; a copy here would only double it.
        if (tally.OnlySettled && intake.Entries.Count > 0)
            return;
        insertInbox.Bind(inboxId).Bind(intake.ChannelId).Bind(intake.ReceivedAt).Bind(intake.Method).Bind(intake.SubPath).Bind(intake.Query);
        if (intake.Headers is { } headers)
            insertInbox.BindText(headers);
        else
            insertInbox.Bind((string?)null);
        insertInbox.BindBlob(intake.Body.Span).Bind(intake.Adapter).Bind(tally.Quarantined > 0 ? 1L : 0L).Bind(reason)
            .Bind(tally.Stored).Bind(tally.Duplicate).Bind(tally.Ignored).Bind(tally.Quarantined).Run();
        if (tally.Quarantined > 0)
            InboxStore.Announce(session, inboxId, intake, tally.Quarantined, reason!);
    }
}

/// <summary>What became of the entries of one input.</summary>
internal sealed class Tally
{
    public long Stored { get; private set; }
    public long Duplicate { get; private set; }
    public long Ignored { get; private set; }
    public long Quarantined { get; private set; }
    public long Rejected { get; private set; }

    public bool OnlySettled => Stored + Duplicate + Ignored + Quarantined == 0;

    public void Add(EntryOutcomeKind kind)
    {
        switch (kind)
        {
            case EntryOutcomeKind.Stored: Stored++; break;
            case EntryOutcomeKind.Duplicate: Duplicate++; break;
            case EntryOutcomeKind.Ignored: Ignored++; break;
            case EntryOutcomeKind.Quarantined: Quarantined++; break;
            case EntryOutcomeKind.Rejected: Rejected++; break;
        }
    }
}
