namespace ChannelHub.Channels.Pulling;

/// <summary>
/// How long to wait after each further failure: twice as long as the last time up to less than a minute, so that a provider that has come back is found within one,
/// and never all channels at the same moment.
/// </summary>
internal sealed class BackOff(Random random)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(45);

    private TimeSpan next = TimeSpan.FromSeconds(1);

    public TimeSpan Next()
    {
        // Between half of it and all of it.
        TimeSpan wait = next * (0.5 + (random.NextDouble() / 2));
        next = next * 2 < Longest ? next * 2 : Longest;
        return wait;
    }
}
