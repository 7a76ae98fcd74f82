namespace ChannelHub.Email;

/// <summary>
/// Counts what programs wrote to each correspondent. Two programs that answer each other without saying what they are would never end; people who are written
/// to by a program do not notice the limit.
/// </summary>
internal sealed class LoopGuard(TimeProvider clock)
{
    public const int MostAnHour = 12;

    private const int MostCorrespondents = 10_000;
    private static readonly TimeSpan Span = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Dictionary<string, DateTimeOffset>> written = [];

    /// <summary>Whether a program may write that unit; another attempt at one that was counted is not another mail.</summary>
    public bool Allows(string correspondent, string unit)
    {
        DateTimeOffset now = clock.GetUtcNow();
        lock (gate)
        {
            if (written.Count >= MostCorrespondents)
                Forget(now);
            if (!written.TryGetValue(correspondent, out Dictionary<string, DateTimeOffset>? units))
                written[correspondent] = units = [];
            foreach (string old in units.Where(one => now - one.Value > Span).Select(one => one.Key).ToList())
                units.Remove(old);
            return units.ContainsKey(unit) || (units.Count < MostAnHour && units.TryAdd(unit, now));
        }
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (string quiet in written.Where(one => one.Value.Values.All(at => now - at > Span)).Select(one => one.Key).ToList())
            written.Remove(quiet);
        if (written.Count >= MostCorrespondents)
            written.Clear();
    }
}
