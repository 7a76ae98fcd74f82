using ChannelHub.Adapters;
using ChannelHub.Api;
using ChannelHub.Channels;
using ChannelHub.Core.Conversations;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Customers;
using ChannelHub.Storage.Engine;
using ChannelHub.Storage.Messages;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Messages.Sending;

/// <summary>Finds the ways to a customer, for <see cref="TargetChoice"/>.</summary>
public sealed class Targets(ChannelDirectory channels, TimeProvider clock)
{
    // Where an address last wrote is nearly always among its newest messages; what is not is ordered by when it first came that way.
    private const int Newest = 50;

    /// <summary>Chooses among the ways to a customer's identities.</summary>
    internal Target Choose(Session session, IReadOnlyList<IdentityRow> identities, long? channelId = null, long? identityId = null, bool isTemplate = false) =>
        TargetChoice.Choose(Candidates(session, identities, channelId, identityId, isTemplate), channelId, identityId);

    /// <summary>What stands between a channel and an identity. A template passes where the messaging window is closed.</summary>
    internal TargetObstacle Obstacle(IdentityRow identity, long channelId, ReachRow? reach, bool isTemplate = false)
    {
        if (identity.Until is not null)
            return TargetObstacle.Closed;
        if (identity.BlockedAt is not null)
            return TargetObstacle.Blocked;
        if (reach?.OptedOutAt is not null)
            return TargetObstacle.OptedOut;
        if (reach?.UnreachableAt is not null)
            return TargetObstacle.Unreachable;
        if (!channels.TryGet(channelId, out LiveChannel? channel) || !CanSend(channel))
            return TargetObstacle.ChannelCannotSend;
        if (reach is null && !Addresses(channel, identity.Key))
            return TargetObstacle.NotReached;
        return MayWrite(channel, reach, isTemplate) ? TargetObstacle.None : TargetObstacle.WindowClosed;
    }

    /// <summary>Whether the provider's rules allow it now: always, for some time after the customer's last word, or because it is a template.</summary>
    internal bool MayWrite(LiveChannel channel, ReachRow? reach, bool isTemplate) =>
        (isTemplate && channel.Limits.Templates)
        || (reach?.WindowUntil is { } until ? until >= clock.GetUtcNow().ToUnixTimeMilliseconds() : channel.Limits.Window is null);

    /// <summary>A paused channel can: what it is given waits.</summary>
    internal static bool CanSend(LiveChannel channel) => channel.Enabled && channel.Ability<IMessageSender>() is not null;

    /// <summary>Whether a channel writes to keys of this kind.</summary>
    internal static bool Addresses(LiveChannel channel, Key key) =>
        channel.KeyKind == key.Kind && (key.Scope.Length == 0 || key.Scope == channel.PublicId);

    /// <summary>Why there is nowhere to send to. What the caller named is answered with its own reason.</summary>
    internal static ProblemHttpResult Problem(TargetObstacle obstacle, bool named) => obstacle switch
    {
        TargetObstacle.WindowClosed => Api.Problem.Conflict("window-closed", "The channel's rules forbid writing to this customer until they write again; a template can be sent."),
        TargetObstacle.OptedOut when named => Api.Problem.Conflict("opted-out", "The customer does not want to be written to there."),
        TargetObstacle.Blocked when named => Api.Problem.Conflict("blocked", "This identity is blocked; unblock it first."),
        _ => Api.Problem.Conflict("no-target", obstacle switch
        {
            TargetObstacle.ChannelCannotSend => "The channel is disabled, deleted, or its settings do not allow sending.",
            TargetObstacle.NotReached => "The channel has no way to this kind of address.",
            TargetObstacle.Closed => "The address has changed hands.",
            TargetObstacle.Unreachable => "The provider knows nobody at this address.",
            TargetObstacle.OptedOut => "The customer does not want to be written to anywhere.",
            TargetObstacle.Blocked => "Every identity through which this customer could be answered is blocked.",
            _ => "The customer has never been in touch through a channel that can be answered; name channel_id, or identity_id.",
        }),
    };

    private List<TargetCandidate> Candidates(
        Session session, IReadOnlyList<IdentityRow> identities, long? channelId, long? identityId, bool isTemplate)
    {
        ILookup<long, ReachRow> reaches = CustomerStore.Reaches(session, [.. identities.Select(i => i.Id)]).ToLookup(r => r.IdentityId);
        List<TargetCandidate> candidates = [.. identities.SelectMany(identity => Reached(session, identity, [.. reaches[identity.Id]], isTemplate))];
        if (!candidates.Exists(c => c.NewestInbound is not null))
            candidates = [.. candidates.Select(c => c with { NewestOutbound = Outbound(session, c) })];
        // What is named can be written to without a word before; but a known address is not tried through channels it has never used.
        IEnumerable<long> named = channelId is { } one ? [one]
            : identityId is null || candidates.Exists(c => c.IdentityId == identityId) ? []
            : channels.All.Select(c => c.Id);
        return [.. candidates, .. named.SelectMany(channel => identities
            .Where(i => !candidates.Exists(c => c.IdentityId == i.Id && c.ChannelId == channel))
            .Select(i => new TargetCandidate(i.Id, channel, Obstacle(i, channel, reach: null, isTemplate))))];
    }

    private IEnumerable<TargetCandidate> Reached(Session session, IdentityRow identity, IReadOnlyList<ReachRow> reaches, bool isTemplate)
    {
        List<PlaceRow> newest = reaches.Count == 0 ? [] : MessageStore.NewestInbound(session, identity.Id, Newest);
        foreach (ReachRow reach in reaches)
        {
            PlaceRow? inbound = newest.Find(m => m.ChannelId == reach.ChannelId);
            PlaceRow? proven = newest.Find(m => m.ChannelId == reach.ChannelId && m.Assurance >= (long)Assurance.Confirmed);
            yield return new TargetCandidate(identity.Id, reach.ChannelId, Obstacle(identity, reach.ChannelId, reach, isTemplate))
            {
                NewestInbound = Place(inbound) ?? (newest.Count == Newest ? default(ThreadOrder) : null),
                NewestProven = Place(proven),
            };
        }
    }

    private static ThreadOrder? Outbound(Session session, TargetCandidate candidate) =>
        MessageStore.NewestOutbound(session, candidate.IdentityId) is { } row && row.ChannelId == candidate.ChannelId ? Place(row) : null;

    private static ThreadOrder? Place(PlaceRow? row) =>
        row is null ? null : new ThreadOrder(DateTimeOffset.FromUnixTimeMilliseconds(row.OccurredAt), row.Sequence, row.Id);
}
