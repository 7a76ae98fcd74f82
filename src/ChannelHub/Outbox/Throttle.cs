using ChannelHub.Adapters;

namespace ChannelHub.Outbox;

/// <summary>What a channel's provider allows: so many sends a second in all, and so many to one recipient. Not thread-safe.</summary>
internal sealed class Throttle(ChannelLimits limits)
{
    private const int SweepAbove = 10_000;

    // Spread over the second: a burst as large as the rate would let twice the rate through in the first second.
    private readonly TokenBucket channel = new(limits.SendsPerSecond, limits.SendsPerSecond / 10);
    private readonly Dictionary<long, TokenBucket> recipients = [];
    private int sweepAt = SweepAbove;

    /// <summary>Takes leave to send to a recipient now.</summary>
    public Leave Take(long identityId, long now)
    {
        TokenBucket recipient = Of(identityId);
        if (recipient.NextAt(now) is var recipientAt && recipientAt > now)
            return new Leave(Granted: false, OfRecipient: true, recipientAt);
        if (!channel.TryTake(now))
            return new Leave(Granted: false, OfRecipient: false, channel.NextAt(now));
        recipient.TryTake(now);
        Sweep(now);
        return new Leave(Granted: true, OfRecipient: false, now);
    }

    /// <summary>When a recipient may be sent the next unit.</summary>
    public long NextAt(long identityId, long now) => recipients.TryGetValue(identityId, out TokenBucket? recipient) ? recipient.NextAt(now) : now;

    private TokenBucket Of(long identityId)
    {
        if (!recipients.TryGetValue(identityId, out TokenBucket? bucket))
            recipients.Add(identityId, bucket = new TokenBucket(limits.SendsPerSecondPerRecipient, limits.RecipientBurst));
        return bucket;
    }

    // A full bucket is the same as none. The threshold moves so that a busy channel does not sweep at every send.
    private void Sweep(long now)
    {
        if (recipients.Count < sweepAt)
            return;
        foreach (long identityId in recipients.Where(r => r.Value.IsFull(now)).Select(r => r.Key).ToList())
            recipients.Remove(identityId);
        sweepAt = Math.Max(SweepAbove, recipients.Count * 2);
    }
}

/// <summary>Whether a unit may go.</summary>
/// <param name="Granted">Now.</param>
/// <param name="OfRecipient">If not: whether the recipient's rate stands in the way, and not the channel's.</param>
/// <param name="At">When to ask again.</param>
internal readonly record struct Leave(bool Granted, bool OfRecipient, long At);
