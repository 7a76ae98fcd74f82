using ChannelHub.Adapters;
using ChannelHub.Channels;

namespace ChannelHub.Hooks;

/// <summary>
/// Providers whose apps have one webhook address for many accounts: any channel's address may be called. What is for another enabled channel of the same type goes there
/// if that channel, with its own secret, takes the same request for authentic; nothing is routed by the body alone.
/// </summary>
public sealed class AppWebhooks(ChannelDirectory channels, InputParser parser)
{
    /// <summary>Who gets what of a request: the channel that was called first, then those whose entries it brought along.</summary>
    public IReadOnlyList<Delivery> Split(
        LiveChannel called, WebhookRequest request, IReadOnlyDictionary<string, string> query, AuthenticInput input, IReadOnlyList<Entry> entries)
    {
        if (!entries.Any(entry => entry is Entry.Elsewhere))
            return [new(called, input, entries)];
        var others = new List<Delivery>();
        var routed = new HashSet<string>(StringComparer.Ordinal);
        foreach (string account in entries.OfType<Entry.Elsewhere>().Select(entry => entry.Account).Distinct(StringComparer.Ordinal))
        {
            if (Find(called, request, query, account) is not { } other)
                continue;
            routed.Add(account);
            Received received = parser.Parse(other.Channel, other.Receiver, other.Input);
            others.Add(new(other.Channel, other.Input, [.. received.Entries.Where(entry => entry is not Entry.Elsewhere)]));
        }
        return [new(called, input, [.. entries.Where(entry => !(entry is Entry.Elsewhere there && routed.Contains(there.Account)))]), .. others];
    }

    /// <summary>Of kept input: what is for accounts of other channels has gone there when it came.</summary>
    public IReadOnlyList<Entry> Own(LiveChannel channel, IReadOnlyList<Entry> entries) =>
        [.. entries.Where(entry => entry is not Entry.Elsewhere there || !Accounts(channel, there.Account).Any())];

    /// <summary>What becomes of an entry for whose account there is no channel.</summary>
    public static Ignored Unknown(Entry.Elsewhere entry) => new("elsewhere", $"unknown account {CleanText.Truncate(entry.Account, 64)}");

    private (LiveChannel Channel, IAppWebhookReceiver Receiver, AuthenticInput Input)? Find(
        LiveChannel called, WebhookRequest request, IReadOnlyDictionary<string, string> query, string account)
    {
        foreach ((LiveChannel channel, IAppWebhookReceiver receiver) in Accounts(called, account))
        {
            if (parser.Verify(channel, receiver, request, channel.Type!.Info, query) is { } input)
                return (channel, receiver, input);
        }
        return null;
    }

    private IEnumerable<(LiveChannel Channel, IAppWebhookReceiver Receiver)> Accounts(LiveChannel called, string account)
    {
        foreach (LiveChannel channel in channels.All)
        {
            if (channel.Enabled && channel.Id != called.Id && channel.Row.Type == called.Row.Type
                && channel.Ability<IAppWebhookReceiver>() is { } receiver && receiver.Account == account)
                yield return (channel, receiver);
        }
    }

    /// <summary>What one channel gets of a request.</summary>
    public sealed record Delivery(LiveChannel Channel, AuthenticInput Input, IReadOnlyList<Entry> Entries);
}
