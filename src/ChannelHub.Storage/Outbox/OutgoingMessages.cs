using ChannelHub.Adapters;
using ChannelHub.Core.Events;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Ingest;

namespace ChannelHub.Storage.Outbox;

/// <summary>To whom a message goes.</summary>
public abstract record Recipient
{
    private Recipient() { }

    /// <summary>A known identity.</summary>
    public sealed record Known(long IdentityId) : Recipient;

    /// <summary>The open identity that owns a key, opened if nobody does.</summary>
    public sealed record ByKey(Key Key, string? Original) : Recipient;
}

/// <summary>A message to be sent, planned and rendered.</summary>
public sealed record OutgoingMessage
{
    public required long Id { get; init; }
    public required long ChannelId { get; init; }
    public required Recipient To { get; init; }

    /// <summary>How many units it has.</summary>
    public required int Units { get; init; }

    /// <summary>JSON array of the units, UTF-8.</summary>
    public required byte[] Content { get; init; }

    /// <summary>Its files.</summary>
    public IReadOnlyList<OutgoingFile> Files { get; init; } = [];

    public long? ReplyTo { get; init; }
    public required string AuthorKind { get; init; }
    public string? AuthorName { get; init; }

    /// <summary>JSON object, or null.</summary>
    public string? Metadata { get; init; }
}

/// <summary>A file of a message.</summary>
/// <param name="Id">The attachment that the message names.</param>
/// <param name="SourceId">The attachment that the caller named: the same if no message has it yet, else the one that is copied.</param>
public sealed record OutgoingFile(long Id, long SourceId);

/// <summary>Stores messages that are to be sent, with their units, in one transaction.</summary>
public static class OutgoingMessages
{
    /// <summary>Stores a message and puts its units in the outbox. False, with nothing changed, if a file is no longer as the caller saw it.</summary>
    public static bool Queue(WriteSession session, OutgoingMessage message)
    {
        if (!FilesAreThere(session, message.Files))
            return false;
        (long identityId, long customerId) = Resolve(session, message.To);
        Insert(session, message, identityId);
        foreach (OutgoingFile file in message.Files)
            AttachmentStore.Use(session, file.SourceId, file.Id, message.Id, identityId);
        for (int index = 0; index < message.Units; index++)
        {
            session.Units.AddPart(message.Id, index, message.ChannelId);
            session.Units.AddRow(message.Id, index, message.ChannelId, identityId);
        }
        session.Units.Promote(message.ChannelId, identityId, session.Now);
        session.Units.Reach(identityId, message.ChannelId);
        session.Units.Fold(identityId, session.Now, message.Id);
        session.Append(EventType.MessageQueued, session.Now, identityId, customerId, message.Id, revision: 1);
        return true;
    }

    private static (long IdentityId, long CustomerId) Resolve(WriteSession session, Recipient to)
    {
        long identityId = to switch
        {
            Recipient.Known known => known.IdentityId,
            Recipient.ByKey(var key, var original) => IdentityStore.FindByKey(session, key)?.Id
                ?? IdentityStore.Open(session, key, original, Assurance.Asserted, name: null, session.Now),
            _ => throw new ArgumentOutOfRangeException(nameof(to)),
        };
        return (identityId, IdentityStore.CustomerOf(session, identityId)!.Value);
    }

    private static void Insert(WriteSession session, OutgoingMessage message, long identityId) => session.Execute("""
        INSERT INTO message (id, identity_id, channel_id, direction, occurred_at, sequence, received_at, content, files, state, assurance, revision,
          reply_to, author_kind, author_name, metadata, reactions)
        VALUES (@Id, @identityId, @ChannelId, @direction, @Now, 0, @Now, CAST(@Content AS TEXT), @files, @state, @assurance, 1,
          @ReplyTo, @AuthorKind, @AuthorName, @Metadata, 0)
        """, new
    {
        message.Id, identityId, message.ChannelId, direction = (long)Direction.Out, session.Now, message.Content, files = (long)message.Files.Count,
        state = (long)MessageState.Queued, assurance = (long)Assurance.Proven, message.ReplyTo, message.AuthorKind, message.AuthorName, message.Metadata,
    });

    private static bool FilesAreThere(Session session, IReadOnlyList<OutgoingFile> files)
    {
        if (files.Count == 0)
            return true;
        long[] taken = [.. files.Where(file => file.Id == file.SourceId).Select(file => file.SourceId)];
        long[] copied = [.. files.Where(file => file.Id != file.SourceId).Select(file => file.SourceId)];
        long found = session.Find<long>("""
            SELECT count(*) FROM attachment WHERE state = @ready AND (id IN @taken AND message_id IS NULL OR id IN @copied)
            """, new { ready = (long)AttachmentState.Ready, taken, copied });
        return found == taken.Union(copied).Count();
    }
}
