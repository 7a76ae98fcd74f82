using System.Reflection;
using System.Text;
using Xunit;
using Xunit.Sdk;

namespace ChannelHub.Adapters.Conformance;

/// <summary>What one check gave on one channel.</summary>
public enum CheckOutcome
{
    /// <summary>The channel does as it must.</summary>
    Passed,

    /// <summary>The channel rightly differs, for the reason that its author wrote down.</summary>
    Deviates,

    /// <summary>The channel lacks the ability that the check is about.</summary>
    NotApplicable,

    /// <summary>The channel is wrong.</summary>
    Failed,
}

/// <summary>One check.</summary>
/// <param name="Check">The name of the test as a sentence.</param>
/// <param name="Outcome">What it gave.</param>
/// <param name="Reason">Why the channel deviates, or how it failed.</param>
public sealed record CheckResult(string Check, CheckOutcome Outcome, string? Reason = null);

/// <summary>
/// All checks of the suite on one channel: the same tests that a test runner runs, each on a suite of its own, with one in ten of the hostile bodies.
/// </summary>
/// <param name="Channel">Heads the channel's column.</param>
/// <param name="Results">One for each check, in the order of the suite.</param>
public sealed record ConformanceReport(string Channel, IReadOnlyList<CheckResult> Results)
{
    /// <summary>Runs every check.</summary>
    /// <param name="channel">Heads the channel's column.</param>
    /// <param name="suite">Makes the adapter's own class, anew for each check.</param>
    public static async Task<ConformanceReport> OfAsync(string channel, Func<ChannelConformance> suite)
    {
        var results = new List<CheckResult>();
        foreach (MethodInfo check in typeof(ChannelConformance).GetMethods().Where(method => method.IsDefined(typeof(FactAttribute))).OrderBy(method => method.MetadataToken))
            results.Add(await RunAsync(suite, check));
        return new(channel, results);
    }

    /// <summary>A table in Markdown: a line for each check, a column for each channel, and below it the reasons of those that deviate.</summary>
    public static string Table(IReadOnlyList<ConformanceReport> reports)
    {
        var table = new StringBuilder("| check |");
        table.Append(string.Concat(reports.Select(report => $" {report.Channel} |"))).Append('\n');
        table.Append("|---|").Append(string.Concat(Enumerable.Repeat(":-:|", reports.Count))).Append('\n');
        var reasons = new List<string>();
        foreach ((int line, CheckResult check) in reports[0].Results.Index())
        {
            table.Append("| ").Append(check.Check).Append(" |");
            foreach (ConformanceReport report in reports)
                table.Append(' ').Append(Mark(report.Results[line], reasons)).Append(" |");
            table.Append('\n');
        }
        table.Append("\n✓ passed · – not applicable: the channel lacks the ability");
        foreach ((int number, string reason) in reasons.Index())
            table.Append(" · ").Append(number + 1).Append(" differs: ").Append(reason);
        return table.Append('\n').ToString();
    }

    private static string Mark(CheckResult result, List<string> reasons)
    {
        if (result.Outcome is not CheckOutcome.Deviates)
            return result.Outcome switch { CheckOutcome.Passed => "✓", CheckOutcome.NotApplicable => "–", _ => "**failed**" };
        if (!reasons.Contains(result.Reason!))
            reasons.Add(result.Reason!);
        return $"{reasons.IndexOf(result.Reason!) + 1}";
    }

    private static async Task<CheckResult> RunAsync(Func<ChannelConformance> suite, MethodInfo check)
    {
        var found = new List<CheckResult>();
        // A theory is one check, and as good as its worst case.
        foreach (object?[] row in check.GetCustomAttributes<DataAttribute>().SelectMany(data => data.GetData(check)).DefaultIfEmpty([]))
            found.Add(await RunAsync(suite(), check, row));
        return found.MaxBy(result => result.Outcome)!;
    }

    private static async Task<CheckResult> RunAsync(ChannelConformance suite, MethodInfo check, object?[] arguments)
    {
        string sentence = check.Name.Replace('_', ' ');
        suite.OneHostileIn = 10;
        await suite.InitializeAsync();
        try
        {
            await (Task)check.Invoke(suite, BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null)!;
            return new(sentence, suite.Outcome, suite.Reason);
        }
        catch (Exception failure)
        {
            return new(sentence, CheckOutcome.Failed, failure.Message);
        }
        finally
        {
            await suite.DisposeAsync();
            suite.Dispose();
        }
    }
}
