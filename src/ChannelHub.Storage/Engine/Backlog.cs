namespace ChannelHub.Storage.Engine;

/// <summary>
/// Judges by time whether more may come in from outside to be written: by what the writes that wait will take, at the rate that was measured, and by how long
/// the oldest has waited. A limit by count would be milliseconds on one disk and minutes on another.
/// </summary>
public sealed class Backlog
{
    // A write waits for the transaction before its own, and each may take this long. Of the second in which an input is to be answered the greater part is
    // left for all that is not the writer's: reading, parsing, and a processor that is busy with refusing others.
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100);

    // One slow commit is not overload, but a store that does not get on for so long keeps nobody else waiting.
    private static readonly TimeSpan Stalled = TimeSpan.FromSeconds(1);

    // So many may always wait, and fewer say little of what each of many costs: nearly all their time is the commit's.
    private const int Few = 32;

    // What each write cost in the last large transactions. Their middle is believed: a disk that hesitates once says nothing of the next.
    private readonly double[] lately = [0.0002, 0.0002, 0.0002, 0.0002, 0.0002];
    private int oldestOfThem;
    private double secondsEach = 0.0002;

    /// <summary>A transaction became durable.</summary>
    /// <param name="count">How many writes it held.</param>
    /// <param name="took">How long it took.</param>
    public void Wrote(int count, TimeSpan took)
    {
        if (count < Few && took <= Longest)
            return;
        lately[oldestOfThem] = took.TotalSeconds / count;
        oldestOfThem = (oldestOfThem + 1) % lately.Length;
        secondsEach = lately.Order().ElementAt(lately.Length / 2);
    }

    /// <summary>Whether whoever comes now would wait for too long.</summary>
    /// <param name="waiting">How many writes wait, or are about to.</param>
    /// <param name="oldest">How long the first of them has waited.</param>
    public bool IsTooLong(int waiting, TimeSpan oldest) => oldest > Stalled || (waiting > Few && waiting * secondsEach > Longest.TotalSeconds);
}
