using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Core.Events;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Storage.Ingest;

/// <summary>Stores messages that came from a channel. The statements here run for every message.</summary>
internal sealed class MessageWriter(WriteSession session, EventKeys keys, IdentityResolver identities)
{
    private readonly Statement insertMessage = session.Prepare("""
        INSERT INTO message (id, identity_id, channel_id, direction, occurred_at, sequence, provider_at, received_at, external_id, content, files, state,
          assurance, revision, reply_to, group_key, author_kind, metadata, reactions, inbox_id)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, 0, ?)
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

    /// <summary>A customer wrote.</summary>
    public void Receive(Intake intake, IntakeEntry.Understood entry, MessageReceived received, long inboxId)
    {
        KnownIdentity identity = identities.Resolve(intake, entry.Sender!);
        identities.OpenWindow(identity, intake, received.At);
        Insert(intake, entry, new Incoming(identity, Direction.In, received.Id, received.At, received.Sequence, received.ReplyTo, inboxId)
        {
            Assurance = received.Sender.Assurance,
            Group = received.Group,
            Metadata = received.Metadata,
        });
        Summarise(identity.Id, OccurredAt(intake, received.At), received.Sequence, entry.MessageId, unread: identity.Blocked ? 0 : 1);
    }

    /// <summary>The shop answered in the provider's own app. False if it is only the echo of what the hub sent.</summary>
    public bool Echo(Intake intake, IntakeEntry.Understood entry, MessageEchoed echoed, long inboxId)
    {
        if (keys.SentMessageOf(intake.ChannelId, echoed.Id.Value) is not null)
            return false;
        KnownIdentity identity = identities.Resolve(intake, entry.Sender!);
        Insert(intake, entry, new Incoming(identity, Direction.Out, echoed.Id, echoed.At, echoed.Sequence, echoed.ReplyTo, inboxId));
        Summarise(identity.Id, OccurredAt(intake, echoed.At), echoed.Sequence, entry.MessageId, unread: 0);
        return true;
    }

    /// <summary>Folds a message into its identity's summary.</summary>
    public void Summarise(long identityId, long occurredAt, long sequence, long messageId, long unread) =>
        summarise.Bind(identityId).Bind(occurredAt).Bind(sequence).Bind(messageId).Bind(unread).Run();

    private void Insert(Intake intake, IntakeEntry.Understood entry, Incoming message)
    {
        Content content = entry.Content!;
        bool fromCustomer = message.Direction == Direction.In;
        insertMessage.Bind(entry.MessageId).Bind(message.Identity.Id).Bind(intake.ChannelId).Bind((long)message.Direction)
            .Bind(OccurredAt(intake, message.At)).Bind(message.Sequence)
            .Bind(message.At?.ToUnixTimeMilliseconds()).Bind(intake.ReceivedAt).Bind(message.Id.Value)
            .BindText(content.Json).Bind(content.Files.Count)
            .Bind((long)(fromCustomer ? MessageState.Received : MessageState.Sent)).Bind((long)message.Assurance)
            .Bind(message.ReplyTo is { } reply ? keys.MessageOf(intake.ChannelId, reply.Value) : null)
            .Bind(message.Group).Bind(fromCustomer ? null : "agent")
            .Bind(message.Metadata is { Count: > 0 } metadata ? JsonSerializer.Serialize(metadata, StoredJson.Default.IReadOnlyDictionaryStringString) : null)
            .Bind(message.InboxId)
            .Run();
        if (content.Files.Count > 0)
            AttachmentStore.Attach(session, intake, entry.MessageId, message.Identity.Id, message.At, content.Files);
        session.Append(fromCustomer ? EventType.MessageReceived : EventType.MessageSent, session.Now, message.Identity.Id, message.Identity.CustomerId,
            entry.MessageId, revision: 1);
    }

    private static long OccurredAt(Intake intake, DateTimeOffset? providerTime) =>
        ThreadOrder.Incoming(providerTime, DateTimeOffset.FromUnixTimeMilliseconds(intake.ReceivedAt), sequence: 0, id: 0).OccurredAt.ToUnixTimeMilliseconds();

    private readonly record struct Incoming(
        KnownIdentity Identity, Direction Direction, ExternalId Id, DateTimeOffset? At, long Sequence, ExternalId? ReplyTo, long InboxId)
    {
        public Assurance Assurance { get; init; } = Assurance.Proven;
        public string? Group { get; init; }
        public IReadOnlyDictionary<string, string>? Metadata { get; init; }
    }
}

/// <summary>Which way a message went.</summary>
public enum Direction
{
    /// <summary>The customer wrote.</summary>
    In = 0,

    /// <summary>The shop wrote.</summary>
    Out = 1,
}
