using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Channels;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;
using ChannelHub.Storage.Outbox;
using System.Text.Json;

namespace ChannelHub.Messages;

/// <summary>Renders message rows. What most messages do not have (files, edits, reactions, parts to send) is only looked up for those that do.</summary>
public sealed class MessageReader(ChannelDirectory channels)
{
    private static readonly string[] States = [.. Enum.GetNames<MessageState>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];
    private static readonly string[] Assurances = [.. Enum.GetNames<Assurance>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    /// <summary>One message as it is now; null if there is none.</summary>
    public MessageShape? Find(Session session, long id) =>
        MessageStore.Find(session, id) is { } row ? Render(session, [row])[0] : null;

    /// <summary>Messages as they are now, in the order given.</summary>
    public List<MessageShape> Render(Session session, IReadOnlyList<MessageRow> rows)
    {
        var around = Surroundings.Load(session, rows);
        var shapes = new List<MessageShape>(rows.Count);
        foreach (MessageRow row in rows)
            shapes.Add(Render(session, row, around, PartsRenderer.Now(row, around)));
        return shapes;
    }

    /// <summary>A message with given parts and state: as it was when an event spoke of it.</summary>
    internal MessageShape Render(Session session, MessageRow row, Surroundings around, string parts, string? state = null, string? error = null, long? customerThen = null)
    {
        IdentityRow identity = around.Identities[row.IdentityId];
        long customer = customerThen ?? identity.CustomerId;
        bool fromCustomer = row.Direction == 0;
        string? fault = state is null ? row.Error : error;
        return new MessageShape
        {
            Id = HubId.Format(IdPrefix.Message, row.Id),
            ConversationId = HubId.Format(IdPrefix.Conversation, customer),
            CustomerId = HubId.Format(IdPrefix.Customer, customer),
            IdentityId = HubId.Format(IdPrefix.Identity, row.IdentityId),
            AuthorIdentityId = fromCustomer ? HubId.Format(IdPrefix.Identity, row.AuthorIdentityId ?? row.IdentityId) : null,
            ChannelId = HubId.Format(IdPrefix.Channel, row.ChannelId),
            ChannelType = channels.TypeOf(session, row.ChannelId),
            Direction = fromCustomer ? "in" : "out",
            Author = fromCustomer
                ? new AuthorShape(row.AuthorIdentityId is null ? "customer" : "participant", row.AuthorName ?? identity.Name)
                : new AuthorShape(row.AuthorKind ?? "agent", row.AuthorName),
            SenderAssurance = fromCustomer ? Assurances[row.Assurance] : null,
            Parts = new RawJson(parts),
            State = state ?? States[row.State],
            Error = fault is null ? null : JsonSerializer.Deserialize<StoredFault>(fault, ApiJson.Options),
            ReplyTo = HubId.Format(IdPrefix.Message, row.ReplyTo),
            Group = row.GroupKey,
            Subject = row.Subject,
            Recipients = row.Recipients is null ? null : new RawJson(row.Recipients),
            Reactions = row.Reactions == 0 ? [] : [.. around.Reactions[row.Id].SelectMany(Shapes)],
            Metadata = row.Metadata is null ? null : new RawJson(row.Metadata),
            ProviderTime = ApiJson.Time(row.ProviderAt),
            ReceivedAt = ApiJson.Time(row.ReceivedAt),
            Revision = row.Revision,
            EditedAt = ApiJson.Time(row.EditedAt),
            DeletedAt = ApiJson.Time(row.DeletedAt),
        };
    }

    private static IEnumerable<ReactionShape> Shapes(ReactionRow row) =>
        JsonSerializer.Deserialize<string[]>(row.Reactions)!.Select(reaction => new ReactionShape(
            reaction, row.IdentityId == ReactionStore.Shop ? null : HubId.Format(IdPrefix.Identity, row.IdentityId), ApiJson.Time(row.At)));
}

/// <summary>What rendering a few messages needs beside their rows.</summary>
internal sealed record Surroundings(
    Dictionary<long, IdentityRow> Identities, ILookup<long, AttachmentRow> Files, ILookup<long, PartRow> Units, ILookup<long, ReactionRow> Reactions,
    Dictionary<(long Message, long Revision), string> Revisions)
{
    public static Surroundings Load(Session session, IReadOnlyList<MessageRow> rows)
    {
        long[] withFiles = [.. rows.Where(r => r.Files > 0).Select(r => r.Id)];
        long[] outgoing = [.. rows.Where(r => r.Direction == 1).Select(r => r.Id)];
        long[] reacted = [.. rows.Where(r => r.Reactions > 0).Select(r => r.Id)];
        long[] edited = [.. rows.Where(r => r.Revision > 1).Select(r => r.Id)];
        return new Surroundings(
            IdentityStore.FindAll(session, [.. rows.Select(r => r.IdentityId).Distinct()]).ToDictionary(i => i.Id),
            (withFiles.Length == 0 ? [] : AttachmentStore.OfMessages(session, withFiles)).ToLookup(a => a.MessageId!.Value),
            (outgoing.Length == 0 ? [] : SentParts.Of(session, outgoing)).ToLookup(p => p.MessageId),
            (reacted.Length == 0 ? [] : ReactionStore.Of(session, reacted)).ToLookup(r => r.MessageId),
            (edited.Length == 0 ? [] : MessageStore.Revisions(session, edited)).ToDictionary(r => (r.MessageId, r.Revision), r => r.Content));
    }
}
