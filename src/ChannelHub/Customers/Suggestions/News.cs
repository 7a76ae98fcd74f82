using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Core.Customers.Suggestions;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Events;
using ChannelHub.Storage.Messages;

namespace ChannelHub.Customers.Suggestions;

/// <summary>What is new in a stretch of the log.</summary>
/// <param name="Identities">Identities of which more is known than before.</param>
/// <param name="Writers">Identities that wrote.</param>
/// <param name="Since">When the stretch begins.</param>
internal sealed record News(HashSet<long> Identities, HashSet<long> Writers, long Since)
{
    // Clocks of messages and events are not the same.
    private static readonly long Slack = (long)TimeSpan.FromHours(1).TotalMilliseconds;

    /// <summary>Traits to keep.</summary>
    public List<(long Identity, Trait Trait)> Traits { get; } = [];

    /// <summary>Identities whose notes were written anew.</summary>
    public HashSet<long> Described { get; } = [];

    public static News Of(Session session, List<EventRow> events)
    {
        var news = new News([], [], events.Count > 0 ? events[0].At - Slack : 0);
        foreach (EventRow row in events.Where(row => row.IdentityId is not null || row.CustomerId is not null))
            news.Add(session, row);
        news.ReadMessages(session, [.. events.Where(row => row.Type == (long)EventType.MessageReceived).Select(row => row.MessageId).OfType<long>()]);
        news.ReadKeys(session);
        news.Identities.UnionWith(news.Traits.Select(trait => trait.Identity));
        return news;
    }

    private void Add(Session session, EventRow row)
    {
        long identity = row.IdentityId ?? row.CustomerId!.Value;
        switch ((EventType)row.Type)
        {
            case EventType.MessageReceived:
                Writers.Add(identity);
                break;
            case EventType.CustomerUnmerged when !IsDetach(session, row):
                // They may be each other's again.
                Identities.UnionWith(IdentityStore.OfCustomer(session, identity).Select(member => member.Id));
                break;
            case EventType.CustomerUnmerged:
                break;
            case EventType.CustomerUpdated:
                Identities.Add(identity);
                Described.Add(identity);
                Traits.RemoveAll(trait => trait.Identity == identity);
                Traits.AddRange(CustomerStore.Profiles(session, [identity]).SelectMany(profile => TraitReader.OfAttributes(profile.Attributes)).Select(trait => (identity, trait)));
                break;
            default:
                Identities.Add(identity);
                break;
        }
    }

    // Who takes an identity out by hand need not be told why it was there.
    private static bool IsDetach(Session session, EventRow row)
    {
        // Of somebody who was erased, the log does not tell any more.
        if (row.Data is null)
            return true;
        using JsonDocument data = JsonDocument.Parse(row.Data);
        return HubId.TryParse(IdPrefix.Merge, data.RootElement.GetProperty("merge_id").GetString(), out long action) && ActionStore.Find(session, action)?.Kind == "detach";
    }

    private void ReadMessages(Session session, IReadOnlyList<long> ids)
    {
        foreach (WordsRow words in ids.Count == 0 ? [] : MessageStore.Words(session, ids))
            Traits.AddRange(OrderNumbers.In(words.Content, words.Metadata).Select(number => (words.IdentityId, new Trait(TraitKind.Order, number))));
    }

    private void ReadKeys(Session session)
    {
        if (Identities.Count == 0)
            return;
        foreach (IdentityRow identity in IdentityStore.FindAll(session, Identities))
            Traits.AddRange(TraitReader.OfKey(identity.Key).Select(trait => (identity.Id, trait)));
        foreach (AliasRow alias in CustomerStore.Aliases(session, Identities).Where(alias => alias.Until is null))
            Traits.AddRange(TraitReader.OfAlias(new Key(alias.Kind, alias.Scope, alias.Value)).Select(trait => (alias.IdentityId, trait)));
    }
}
