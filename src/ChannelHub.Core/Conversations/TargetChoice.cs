using ChannelHub.Core.Messages;

namespace ChannelHub.Core.Conversations;

/// <summary>Why an address cannot be answered.</summary>
public enum TargetObstacle
{
    /// <summary>It can.</summary>
    None,

    /// <summary>The channel is retired, disabled or cannot send.</summary>
    ChannelCannotSend,

    /// <summary>The channel has no way to this kind of address.</summary>
    NotReached,

    /// <summary>The address changed hands.</summary>
    Closed,

    /// <summary>The shop has blocked it.</summary>
    Blocked,

    /// <summary>The customer does not want to be written to there.</summary>
    OptedOut,

    /// <summary>The provider knows nobody there.</summary>
    Unreachable,

    /// <summary>The provider's rules forbid writing until the customer does.</summary>
    WindowClosed,
}

/// <summary>One way to a customer: an identity through a channel.</summary>
/// <param name="IdentityId">The address.</param>
/// <param name="ChannelId">The channel.</param>
/// <param name="Obstacle">What stands in the way.</param>
public sealed record TargetCandidate(long IdentityId, long ChannelId, TargetObstacle Obstacle)
{
    /// <summary>Its newest inbound message whose sender was proven or confirmed. Those of participants do not count.</summary>
    public ThreadOrder? NewestProven { get; init; }

    /// <summary>Its newest inbound message.</summary>
    public ThreadOrder? NewestInbound { get; init; }

    /// <summary>What the shop last sent there.</summary>
    public ThreadOrder? NewestOutbound { get; init; }
}

/// <summary>Where a message goes.</summary>
public abstract record Target
{
    private Target() { }

    /// <summary>There.</summary>
    public sealed record Chosen(long IdentityId, long ChannelId) : Target;

    /// <summary>Nowhere.</summary>
    /// <param name="Obstacle">What stands before the address that would have been chosen; none if there is no address at all.</param>
    public sealed record Nowhere(TargetObstacle Obstacle) : Target;
}

/// <summary>
/// Chooses where an answer goes: where the customer last wrote and was known to be themselves, else where they last wrote, else where they were last
/// written to. What the caller names is kept to; a named address needs no message before.
/// </summary>
public static class TargetChoice
{
    /// <summary>Chooses among the ways to one customer.</summary>
    /// <param name="candidates">Every way there is.</param>
    /// <param name="channelId">The channel the caller named.</param>
    /// <param name="identityId">The identity the caller named.</param>
    public static Target Choose(IEnumerable<TargetCandidate> candidates, long? channelId = null, long? identityId = null)
    {
        bool named = channelId is not null || identityId is not null;
        TargetCandidate[] ranked = [.. candidates
            .Where(c => (channelId is null || c.ChannelId == channelId) && (identityId is null || c.IdentityId == identityId))
            .Where(c => named || c.NewestInbound is not null || c.NewestOutbound is not null)
            .OrderByDescending(c => c.NewestProven).ThenByDescending(c => c.NewestInbound).ThenByDescending(c => c.NewestOutbound)
            .ThenBy(c => c.IdentityId).ThenBy(c => c.ChannelId)];
        if (Array.Find(ranked, c => c.Obstacle == TargetObstacle.None) is { } answerable)
            return new Target.Chosen(answerable.IdentityId, answerable.ChannelId);
        // What a customer or a colleague decided says more than a channel that has never led there.
        return new Target.Nowhere(ranked.Select(c => c.Obstacle).OrderBy(o => o is TargetObstacle.NotReached or TargetObstacle.ChannelCannotSend).FirstOrDefault());
    }
}
