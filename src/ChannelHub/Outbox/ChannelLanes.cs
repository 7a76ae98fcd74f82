using ChannelHub.Adapters;
using ChannelHub.Storage.Outbox;

namespace ChannelHub.Outbox;

/// <summary>
/// The lanes of one channel as this process runs them: how many units are under way, until when the provider wants to be left alone, and whether
/// there is anything to look for. Thread-safe; times are Unix milliseconds.
/// </summary>
internal sealed class ChannelLanes(ChannelLimits limits)
{
    /// <summary>Units of one channel under way at once.</summary>
    public const int MostAtOnce = 16;

    /// <summary>So many sends in a row without an answer mean that the provider is down.</summary>
    public const int SilencesUntilDown = 3;

    private const int FirstHold = 5_000;
    private const int LongestHold = 60_000;

    private readonly Lock gate = new();
    private ChannelLimits limits = limits;
    private Throttle throttle = new(limits);
    private int sending;
    private int silences;
    private long heldUntil;
    private long nextDueAt = OutboxStore.Never;
    private bool rung = true;

    /// <summary>The limits may have changed with the channel's settings.</summary>
    public void Obey(ChannelLimits now)
    {
        lock (gate)
        {
            if (ReferenceEquals(limits, now))
                return;
            limits = now;
            throttle = new Throttle(now);
        }
    }

    /// <summary>There is something new to look for.</summary>
    public void Ring()
    {
        lock (gate)
            rung = true;
    }

    /// <summary>
    /// How many units may begin now. A channel may always have one under way, however many of others there are; one that does not answer has one only, so that
    /// it costs the others nothing and loses few units to uncertainty.
    /// </summary>
    public int Room(long now, int freeOverAll)
    {
        lock (gate)
        {
            if (heldUntil > now || (!rung && nextDueAt > now))
                return 0;
            int most = silences >= SilencesUntilDown ? 1 : MostAtOnce;
            return Math.Max(sending == 0 ? 1 : 0, Math.Min(most - sending, freeOverAll));
        }
    }

    /// <summary>Begins to look: whatever rings from now on is looked for again.</summary>
    public void Look()
    {
        lock (gate)
            (rung, nextDueAt) = (false, OutboxStore.Never);
    }

    /// <summary>Ends looking: nothing is to be found before <paramref name="dueAt"/>.</summary>
    public void Looked(long dueAt)
    {
        lock (gate)
            nextDueAt = Math.Min(nextDueAt, dueAt);
    }

    /// <summary>When to look again if nobody rings.</summary>
    public long WakeAt(long now)
    {
        lock (gate)
            return heldUntil > now ? heldUntil : nextDueAt;
    }

    /// <summary>Leave to begin a unit; it is then under way.</summary>
    public Leave Begin(long identityId, long now)
    {
        lock (gate)
        {
            Leave leave = throttle.Take(identityId, now);
            sending += leave.Granted ? 1 : 0;
            return leave;
        }
    }

    /// <summary>A unit is no longer under way.</summary>
    public void End()
    {
        lock (gate)
            (sending, rung) = (sending - 1, true);
    }

    /// <summary>When the next unit of a lane may go.</summary>
    public long NextAt(long identityId, long now)
    {
        lock (gate)
            return throttle.NextAt(identityId, now);
    }

    /// <summary>Nothing begins before <paramref name="until"/>.</summary>
    public void Hold(long until)
    {
        lock (gate)
            heldUntil = Math.Max(heldUntil, until);
    }

    /// <summary>Ends every hold.</summary>
    public void Release()
    {
        lock (gate)
            (heldUntil, rung) = (0, true);
    }

    /// <summary>The provider answered. True if it had been silent for so long that it counted as down.</summary>
    public bool Answered()
    {
        lock (gate)
        {
            bool wasDown = silences >= SilencesUntilDown;
            silences = 0;
            return wasDown;
        }
    }

    /// <summary>The provider did not answer, or said that it cannot. True if it counts as down.</summary>
    /// <param name="now">Now.</param>
    /// <param name="wholeChannel">Whether that is known to hold for every recipient.</param>
    public bool Silent(long now, bool wholeChannel)
    {
        lock (gate)
        {
            silences++;
            if (wholeChannel || silences >= SilencesUntilDown)
            {
                int doublings = Math.Clamp(silences - (wholeChannel ? 1 : SilencesUntilDown), 0, 10);
                heldUntil = Math.Max(heldUntil, now + Math.Min(LongestHold, FirstHold << doublings));
            }
            return silences >= SilencesUntilDown;
        }
    }
}
