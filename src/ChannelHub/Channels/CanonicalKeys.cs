using ChannelHub.Adapters;
using ChannelHub.Core.Keys;

namespace ChannelHub.Channels;

/// <summary>Keys as an adapter wrote them, in the form in which the hub compares them.</summary>
internal static class CanonicalKeys
{
    /// <summary>A key as it is meant on a channel, or what is wrong with it.</summary>
    public static NormalisedKey Of(LiveChannel channel, Key key) =>
        KeyNormalizer.Normalise(key.Scope == KeyScopes.Channel ? key with { Scope = channel.PublicId } : key, channel.DefaultCountry);

    /// <summary>Keys that were learned. What cannot be normalised is left out: what somebody typed badly is no reason to lose their message.</summary>
    public static IReadOnlyList<LearnedKey> Of(LiveChannel channel, IReadOnlyList<LearnedKey> learned)
    {
        if (learned.Count == 0)
            return learned;
        var canonical = new List<LearnedKey>(learned.Count);
        foreach (LearnedKey beside in learned)
        {
            if (Of(channel, beside.Key).Key is { } key)
                canonical.Add(beside with { Key = key });
        }
        return canonical;
    }
}
