namespace ChannelHub.Storage.Engine;

/// <summary>
/// Judges by time whether more may come in from outside to be written: by what the writes that wait will take, going by the last transactions, and by how long
/// the oldest has waited. A limit by count would be milliseconds on one disk and minutes on another.
/// </summary>
public sealed class Backlog
{
    // Of the second in which an input is to be answered the greater part is left for all that is not the writer's: reading, parsing, and a processor that is
    // busy with refusing others.
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100);

    // One slow commit is not overload, but a store that does not get on for so long keeps nobody else waiting.
    private static readonly TimeSpan Stalled = TimeSpan.FromSeconds(1);

    // So many may always wait.
    private const int Few = 32;

    // A transaction of fewer says nothing of what many would take: nearly all its time is the commit's.
    private const int Telling = 8;

    private readonly (int Count, double Seconds)[] lately = [(1, 0.0002), (1, 0.0002), (1, 0.0002), (1, 0.0002), (1, 0.0002)];
    private int oldestOfThem;

    /// <summary>A transaction became durable.</summary>
    /// <param name="count">How many writes it held.</param>
    /// <param name="took">How long it took.</param>
    public void Wrote(int count, TimeSpan took)
    {
        if (count < Telling && took <= Longest)
            return;
        lately[oldestOfThem] = (count, took.TotalSeconds);
        oldestOfThem = (oldestOfThem + 1) % lately.Length;
    }

    /// <summary>Whether whoever comes now would wait for too long.</summary>
    /// <param name="waiting">How many writes wait, or are about to.</param>
    /// <param name="oldest">How long the first of them has waited.</param>
    public bool IsTooLong(int waiting, TimeSpan oldest) => oldest > Stalled || (waiting > Few && SecondsFor(waiting) > Longest.TotalSeconds);

    // The best of the last is believed: a small transaction makes many look dearer than they are together, and a disk may hesitate once.
    private double SecondsFor(int writes)
    {
        double best = double.MaxValue;
        foreach ((int count, double seconds) in lately)
            best = Math.Min(best, seconds * Math.Max(1, (double)writes / count));
        return best;
    }
}
