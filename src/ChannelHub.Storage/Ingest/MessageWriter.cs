using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Core.Events;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Outbox;

namespace ChannelHub.Storage.Ingest;

/// <summary>Stores messages that came from a channel. The statements here run for every message.</summary>
internal sealed class MessageWriter(WriteSession session, EventKeys keys, IdentityResolver identities)
{
    private readonly Statement insertMessage = session.PrepareInsert("""
        INSERT INTO message (id, identity_id, channel_id, direction, occurred_at, sequence, provider_at, received_at, external_id, content, files, state,
          assurance, revision, reply_to, group_key, author_kind, metadata, reactions, inbox_id, author_identity_id, subject, recipients)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, 0, ?, ?, ?, ?)
        """);

    private readonly Statement threadOf = session.Prepare("""
        SELECT i.id, i.customer_id, i.blocked_at FROM message m JOIN identity i ON i.id = m.identity_id WHERE m.id = ?
        """);

    /// <summary>Folds a message into the summary of its identity's thread.</summary>
    internal const string FoldIntoThread = """
        INSERT INTO activity (identity_id, last_at, last_sequence, last_message_id, unread) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (identity_id) DO UPDATE SET unread = activity.unread + excluded.unread,
          last_message_id = CASE WHEN (excluded.last_at, excluded.last_sequence) >= (activity.last_at, activity.last_sequence)
            THEN excluded.last_message_id ELSE activity.last_message_id END,
          last_sequence = CASE WHEN (excluded.last_at, excluded.last_sequence) >= (activity.last_at, activity.last_sequence)
            THEN excluded.last_sequence ELSE activity.last_sequence END,
          last_at = CASE WHEN excluded.last_at > activity.last_at THEN excluded.last_at ELSE activity.last_at END
        """;

    private readonly Statement summarise = session.Prepare(FoldIntoThread);

    private readonly Statement summariseMany = session.PrepareInsert(FoldIntoThread);

    private readonly Dictionary<long, Summary> summaries = [];

    /// <summary>Whether summaries are folded here, and written once for each thread by <see cref="WriteSummaries"/>.</summary>
    public bool GathersSummaries { get; set; }

    /// <summary>A customer wrote.</summary>
    public void Receive(Intake intake, IntakeEntry.Understood entry, MessageReceived received, long inboxId)
    {
        KnownIdentity author = identities.Resolve(intake, entry.Sender!);
        identities.OpenWindow(author, intake, received.At);
        var own = new Thread(author.Id, author.CustomerId, author.Blocked);
        long? sent = received.ThreadOf is { } answered ? SentParts.Reported(session, intake.ChannelId, answered.Value)?.MessageId : null;
        // One customer's addresses each keep their own thread; somebody else's words join the thread that they answer.
        Thread thread = sent is { } message && ThreadOf(message) is { } found && found.CustomerId != own.CustomerId ? found : own;
        long? reply = sent ?? Answered(intake, received.ReplyTo, thread);
        Insert(intake, entry, new Incoming(thread, Direction.In, received.Id, received.At, received.Sequence, reply, inboxId)
        {
            Assurance = received.Sender.Assurance,
            Group = received.Group,
            Metadata = received.Metadata,
            AuthorId = thread == own ? null : author.Id,
            Subject = received.Subject,
            Recipients = received.Recipients,
        });
        Summarise(thread.IdentityId, OccurredAt(intake, received.At), received.Sequence, entry.MessageId, unread: thread.Blocked || author.Blocked ? 0 : 1);
    }

    /// <summary>The shop answered in the provider's own app. False if it is only the echo of what the hub sent.</summary>
    public bool Echo(Intake intake, IntakeEntry.Understood entry, MessageEchoed echoed, long inboxId)
    {
        if (keys.SentMessageOf(intake.ChannelId, echoed.Id.Value) is not null)
            return false;
        KnownIdentity identity = identities.Resolve(intake, entry.Sender!);
        var thread = new Thread(identity.Id, identity.CustomerId, identity.Blocked);
        long? reply = Answered(intake, echoed.ReplyTo, thread);
        Insert(intake, entry, new Incoming(thread, Direction.Out, echoed.Id, echoed.At, echoed.Sequence, reply, inboxId));
        Summarise(identity.Id, OccurredAt(intake, echoed.At), echoed.Sequence, entry.MessageId, unread: 0);
        return true;
    }

    /// <summary>Folds a message into its identity's summary.</summary>
    public void Summarise(long identityId, long occurredAt, long sequence, long messageId, long unread)
    {
        if (!GathersSummaries)
            summarise.Bind(identityId).Bind(occurredAt).Bind(sequence).Bind(messageId).Bind(unread).Run();
        else if (!summaries.TryGetValue(identityId, out Summary? known))
            summaries[identityId] = new Summary(occurredAt, sequence, messageId, unread);
        else if ((occurredAt, sequence).CompareTo((known.At, known.Sequence)) >= 0)
            summaries[identityId] = new Summary(occurredAt, sequence, messageId, known.Unread + unread);
        else
            summaries[identityId] = known with { Unread = known.Unread + unread };
    }

    /// <summary>Writes what was gathered, and gathers no more.</summary>
    public void WriteSummaries()
    {
        foreach ((long identityId, Summary summary) in summaries)
            summariseMany.Bind(identityId).Bind(summary.At).Bind(summary.Sequence).Bind(summary.MessageId).Bind(summary.Unread).Run();
        Forget();
    }

    /// <summary>Forgets what was gathered.</summary>
    public void Forget()
    {
        summaries.Clear();
        GathersSummaries = false;
    }

    // Whoever knows the id of a message may name it; only an answer within the customer's own threads is shown as one.
    private long? Answered(Intake intake, ExternalId? replyTo, Thread thread) =>
        replyTo is { } reply && keys.MessageOf(intake.ChannelId, reply.Value) is { } id && ThreadOf(id)?.CustomerId == thread.CustomerId ? id : null;

    private Thread? ThreadOf(long messageId) => threadOf.Bind(messageId).First(
        columns => new Thread(columns.Number(0), columns.Number(1), columns.NumberOrNull(2) is not null));

    private void Insert(Intake intake, IntakeEntry.Understood entry, Incoming message)
    {
        Content content = entry.Content!;
        bool fromCustomer = message.Direction == Direction.In;
        insertMessage.Bind(entry.MessageId).Bind(message.Thread.IdentityId).Bind(intake.ChannelId).Bind((long)message.Direction)
            .Bind(OccurredAt(intake, message.At)).Bind(message.Sequence)
            .Bind(message.At?.ToUnixTimeMilliseconds()).Bind(intake.ReceivedAt).Bind(message.Id.Value)
            .BindText(content.Json).Bind(content.Files.Count)
            .Bind((long)(fromCustomer ? MessageState.Received : MessageState.Sent)).Bind((long)message.Assurance)
            .Bind(message.ReplyTo)
            .Bind(message.Group).Bind(fromCustomer ? null : "agent")
            .Bind(message.Metadata is { Count: > 0 } metadata ? JsonSerializer.Serialize(metadata, StoredJson.Default.IReadOnlyDictionaryStringString) : null)
            .Bind(message.InboxId).Bind(message.AuthorId).Bind(message.Subject)
            .Bind(message.Recipients.Count > 0 ? JsonSerializer.Serialize(message.Recipients, StoredJson.Default.IReadOnlyListMessageRecipient) : null)
            .Run();
        if (content.Files.Count > 0)
            AttachmentStore.Attach(session, intake, entry.MessageId, message.Thread.IdentityId, message.At, content.Files);
        session.Append(fromCustomer ? EventType.MessageReceived : EventType.MessageSent, session.Now, message.Thread.IdentityId, message.Thread.CustomerId,
            entry.MessageId, revision: 1);
    }

    private static long OccurredAt(Intake intake, DateTimeOffset? providerTime) =>
        ThreadOrder.Incoming(providerTime, DateTimeOffset.FromUnixTimeMilliseconds(intake.ReceivedAt), sequence: 0, id: 0).OccurredAt.ToUnixTimeMilliseconds();

    private sealed record Summary(long At, long Sequence, long MessageId, long Unread);

    private readonly record struct Incoming(
        Thread Thread, Direction Direction, ExternalId Id, DateTimeOffset? At, long Sequence, long? ReplyTo, long InboxId)
    {
        public Assurance Assurance { get; init; } = Assurance.Proven;
        public string? Group { get; init; }
        public IReadOnlyDictionary<string, string>? Metadata { get; init; }
        public long? AuthorId { get; init; }
        public string? Subject { get; init; }
        public IReadOnlyList<MessageRecipient> Recipients { get; init; } = [];
    }

    private sealed record Thread(long IdentityId, long CustomerId, bool Blocked);
}

/// <summary>Which way a message went.</summary>
public enum Direction
{
    /// <summary>The customer wrote.</summary>
    In = 0,

    /// <summary>The shop wrote.</summary>
    Out = 1,
}
