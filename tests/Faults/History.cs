using System.Collections.Concurrent;

namespace ChannelHub.Faults;

/// <summary>What was asked of the hub and how each asking ended, to be held against what is there when all is over.</summary>
internal sealed class History
{
    private readonly ConcurrentDictionary<string, Ending> calls = new();

    // Ordered: what is known about a call only grows. After an attempt without an answer a later refusal proves nothing.
    private enum Ending { Refused = 1, Unknown, Ok }

    /// <summary>Calls that ended well so far.</summary>
    public int OkCount => calls.Count(call => call.Value == Ending.Ok);

    /// <summary>An attempt begins; until it ends nobody knows how.</summary>
    public void Called(string id) => calls.TryAdd(id, 0);

    /// <summary>The hub took it: from now on it must be there.</summary>
    public void Ok(string id) => End(id, Ending.Ok);

    /// <summary>The hub said that it did not take it.</summary>
    public void Refused(string id) => End(id, Ending.Refused);

    /// <summary>The attempt ended without an answer.</summary>
    public void Unknown(string id) => End(id, Ending.Unknown);

    /// <summary>Holds the calls against everything that is there, each thing as often as it is there.</summary>
    public Verdict Check(IEnumerable<string> seen)
    {
        var counts = seen.CountBy(id => id).ToDictionary();
        return new Verdict
        {
            Called = calls.Count,
            Ok = calls.Count(c => c.Value == Ending.Ok),
            Failed = calls.Count(c => c.Value == Ending.Refused),
            Unknown = calls.Count(c => c.Value is 0 or Ending.Unknown),
            Seen = counts.Count,
            Lost = [.. calls.Where(c => c.Value == Ending.Ok && !counts.ContainsKey(c.Key)).Select(c => c.Key)],
            Ghosts = [.. counts.Keys.Where(id => !calls.ContainsKey(id))],
            Doubles = [.. counts.Where(c => c.Value > 1).Select(c => c.Key)],
            Revived = counts.Keys.Count(id => calls.TryGetValue(id, out Ending ending) && ending != Ending.Ok),
        };
    }

    private void End(string id, Ending ending) => calls.AddOrUpdate(id, ending, (_, known) => known > ending ? known : ending);
}

/// <summary>What a history comes to.</summary>
internal sealed record Verdict
{
    public required int Called { get; init; }

    public required int Ok { get; init; }

    public required int Failed { get; init; }

    public required int Unknown { get; init; }

    public required int Seen { get; init; }

    /// <summary>Ended well and not there.</summary>
    public required IReadOnlyList<string> Lost { get; init; }

    /// <summary>There and never called.</summary>
    public required IReadOnlyList<string> Ghosts { get; init; }

    /// <summary>There more than once.</summary>
    public required IReadOnlyList<string> Doubles { get; init; }

    /// <summary>There although nobody was told so; allowed.</summary>
    public required int Revived { get; init; }

    public bool Holds => Lost.Count == 0 && Ghosts.Count == 0 && Doubles.Count == 0;

    public override string ToString() =>
        $"called {Called}, ok {Ok}, failed {Failed}, unknown {Unknown}, seen {Seen}, lost {Some(Lost)}, ghost {Some(Ghosts)}, double {Some(Doubles)}, revived {Revived}";

    private static string Some(IReadOnlyList<string> ids) =>
        ids.Count == 0 ? "0" : $"{ids.Count} ({string.Join(", ", ids.Take(5))}{(ids.Count > 5 ? ", …" : "")})";
}
