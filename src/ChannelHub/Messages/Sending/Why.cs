using ChannelHub.Api;
using ChannelHub.Channels;
using ChannelHub.Core.Customers;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Messages;
using ChannelHub.Customers;
using ChannelHub.Inbox;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Ingest;
using ChannelHub.Storage.Messages;
using ChannelHub.Storage.Outbox;

namespace ChannelHub.Messages.Sending;

/// <summary>How a message came to stand where it stands.</summary>
public sealed record WhyShape
{
    /// <summary><c>msg_…</c></summary>
    public required string MessageId { get; init; }

    /// <summary>The raw input it came from (<c>inb_…</c>); null for what the shop wrote here, or when it is no longer kept.</summary>
    public string? InboxId { get; init; }

    /// <summary>That input as it arrived.</summary>
    public InboxContentShape? RawInput { get; init; }

    /// <summary>The channel's type, and the version of its adapter that read the raw input.</summary>
    public required AdapterShape Adapter { get; init; }

    /// <summary>The provider's id of a received message.</summary>
    public string? ExternalId { get; init; }

    /// <summary>The key that decided whose thread it is on.</summary>
    public required KeyShape Key { get; init; }

    /// <summary>The identity that owns that key.</summary>
    public required string IdentityId { get; init; }

    /// <summary>The customer of which it is part now.</summary>
    public required string CustomerId { get; init; }

    /// <summary>How well its sender was proven; null for what the shop wrote.</summary>
    public string? SenderAssurance { get; init; }

    /// <summary>Every recorded reason by which that identity is, or is not, one customer with others.</summary>
    public required IReadOnlyList<LinkShape> Links { get; init; }

    /// <summary>For what the shop wrote: its units, and what was last known of each.</summary>
    public required IReadOnlyList<ReceiptShape> Receipts { get; init; }
}

/// <summary>An adapter.</summary>
/// <param name="Type">The channel's type.</param>
/// <param name="Version">Version that read the raw input.</param>
public sealed record AdapterShape(string Type, string? Version);

/// <summary>A key.</summary>
/// <param name="Kind">phone, email, telegram, …</param>
/// <param name="Scope">Where the value is unique.</param>
/// <param name="Value">Canonical.</param>
/// <param name="Original">As written, where that differs.</param>
/// <param name="Generation">1 for the first owner of the key.</param>
public sealed record KeyShape(string Kind, string Scope, string Value, string? Original, long Generation);

/// <summary>What is known of one unit.</summary>
/// <param name="Index">Its part.</param>
/// <param name="ProviderId">The provider's id.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Attempt">1, and one more with every resend.</param>
/// <param name="Tries">How often it was tried in an attempt that is not over.</param>
/// <param name="NextAt">When it is tried next, if that is known.</param>
/// <param name="Error">What went wrong last.</param>
/// <param name="At">Since when.</param>
public sealed record ReceiptShape(
    long Index, string? ProviderId, string State, long Attempt, long? Tries, DateTimeOffset? NextAt, RawJson? Error, DateTimeOffset At);

/// <summary>Explains messages.</summary>
public sealed class WhyReader(ChannelDirectory channels)
{
    /// <summary>Null if there is no such message.</summary>
    public WhyShape? Find(Session session, long messageId)
    {
        if (MessageStore.Find(session, messageId) is not { } message || IdentityStore.Find(session, message.IdentityId) is not { } identity)
            return null;
        InboxRow? inbox = message.InboxId is { } inboxId ? InboxStore.Find(session, inboxId) : null;
        Region region = CustomerGraph.Load(session, identity.Id);
        return new WhyShape
        {
            MessageId = HubId.Format(IdPrefix.Message, messageId),
            InboxId = HubId.Format(IdPrefix.Inbox, inbox?.Id),
            RawInput = inbox is null ? null : InboxView.Show(inbox),
            Adapter = new AdapterShape(channels.TypeOf(session, message.ChannelId), inbox?.Adapter),
            ExternalId = message.ExternalId,
            Key = new KeyShape(identity.Kind, identity.Scope, identity.Value, identity.Original, identity.Generation),
            IdentityId = HubId.Format(IdPrefix.Identity, identity.Id),
            CustomerId = HubId.Format(IdPrefix.Customer, identity.CustomerId),
            SenderAssurance = message.Direction == 0 ? ((Adapters.Assurance)message.Assurance).ToString().ToLowerInvariant() : null,
            Links = [.. region.Facts.Select(MergeShapes.Link)],
            Receipts = Receipts(session, messageId),
        };
    }

    private static List<ReceiptShape> Receipts(Session session, long messageId)
    {
        Dictionary<long, OutboxRow> waiting = OutboxStore.OfMessage(session, messageId).ToDictionary(row => row.Idx);
        return SentParts.Of(session, [messageId]).ConvertAll(part =>
        {
            OutboxRow? row = waiting.GetValueOrDefault(part.Idx);
            long? next = row is { DueAt: < OutboxStore.Never } ? row.DueAt : null;
            return new ReceiptShape(part.Idx, part.ProviderId, ((MessageState)part.State).Name(), part.Attempt, row?.Attempt, ApiJson.Time(next),
                part.Error is { } error ? new RawJson(error) : null, ApiJson.Time(part.UpdatedAt));
        });
    }
}
