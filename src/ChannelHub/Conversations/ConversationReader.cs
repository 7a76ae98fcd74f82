using ChannelHub.Api;
using ChannelHub.Channels;
using ChannelHub.Core.Ids;
using ChannelHub.Customers;
using ChannelHub.Messages;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;

namespace ChannelHub.Conversations;

/// <summary>A customer's one lifelong thread.</summary>
public sealed record ConversationShape
{
    /// <summary><c>cnv_…</c></summary>
    public required string Id { get; init; }

    /// <summary>Whose thread it is.</summary>
    public required CustomerShape Customer { get; init; }

    /// <summary>The newest message of the thread.</summary>
    public MessageShape? LastMessage { get; init; }

    /// <summary>When it was written.</summary>
    public DateTimeOffset? LastActivityAt { get; init; }

    /// <summary>Messages from the customer that the shop has not read.</summary>
    public required long Unread { get; init; }

    /// <summary>The channels it runs over.</summary>
    public required IReadOnlyList<ConversationChannelShape> Channels { get; init; }
}

/// <summary>A channel of a conversation.</summary>
/// <param name="ChannelId">The channel.</param>
/// <param name="Type">Its type, such as <c>telegram</c>.</param>
public sealed record ConversationChannelShape(string ChannelId, string Type);

/// <summary>Renders conversations from the summaries of their identities.</summary>
public sealed class ConversationReader(MessageReader messages, ChannelDirectory channels)
{
    public List<ConversationShape> Render(Session session, IReadOnlyList<long> customers)
    {
        ILookup<long, IdentityRow> members = IdentityStore.OfCustomers(session, customers);
        var details = IdentityDetails.Load(session, [.. members.SelectMany(g => g)]);
        List<CustomerShape> people = CustomerReader.Render(session, customers, members, details);
        Dictionary<long, ActivityRow> activities = details.Activities;
        ActivityRow?[] newest = [.. customers.Select(c => members[c].Select(i => activities.GetValueOrDefault(i.Id)).MaxBy(a => (a?.LastAt ?? -1, a?.LastSequence ?? 0, a?.LastMessageId ?? 0)))];
        Dictionary<string, MessageShape> last = messages.Render(session, MessageStore.FindAll(session, [.. newest.OfType<ActivityRow>().Select(a => a.LastMessageId)]))
            .ToDictionary(m => m.Id);
        return [.. customers.Select((customer, i) => new ConversationShape
        {
            Id = HubId.Format(IdPrefix.Conversation, customer),
            Customer = people[i],
            LastMessage = newest[i] is { } activity ? last.GetValueOrDefault(HubId.Format(IdPrefix.Message, activity.LastMessageId)) : null,
            LastActivityAt = ApiJson.Time(newest[i]?.LastAt),
            Unread = members[customer].Sum(m => activities.GetValueOrDefault(m.Id)?.Unread ?? 0),
            Channels = [.. members[customer].SelectMany(m => details.Reaches[m.Id]).Select(r => r.ChannelId).Distinct()
                .Select(c => new ConversationChannelShape(HubId.Format(IdPrefix.Channel, c), channels.TypeOf(session, c)))],
        })];
    }
}
