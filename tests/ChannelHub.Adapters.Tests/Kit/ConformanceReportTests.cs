using System.Collections.Concurrent;
using ChannelHub.Adapters.Conformance;

namespace ChannelHub.Adapters.Tests.Kit;

/// <summary>The table in the README: what every adapter proves. <c>CHANNELHUB_APPROVE=1</c> writes it anew.</summary>
public sealed class ConformanceReportTests
{
    private const string Begin = "<!-- conformance -->\n";
    private const string End = "<!-- /conformance -->";

    [Fact]
    public async Task The_table_in_the_README_is_what_the_suite_finds()
    {
        var reports = new ConcurrentBag<ConformanceReport>();
        await Parallel.ForEachAsync(Suites, async (suite, _) =>
            reports.Add(await ConformanceReport.OfAsync(NameOf(suite), () => (ChannelConformance)Activator.CreateInstance(suite)!)));
        reports.SelectMany(report => report.Results.Where(result => result.Outcome == CheckOutcome.Failed).Select(result => $"{report.Channel}: {result}")).ShouldBeEmpty();

        string path = Repository.File("README.md");
        string text = await File.ReadAllTextAsync(path);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = text.IndexOf(End, StringComparison.Ordinal);
        string expected = $"{text[..begin]}\n{ConformanceReport.Table([.. reports.OrderBy(report => report.Channel, StringComparer.Ordinal)])}\n{text[end..]}";
        if (Environment.GetEnvironmentVariable("CHANNELHUB_APPROVE") == "1")
            await File.WriteAllTextAsync(path, expected);
        (await File.ReadAllTextAsync(path)).ShouldBe(expected, "the table is out of date; the line above it says how it is made");
    }

    private static IEnumerable<Type> Suites => typeof(ConformanceReportTests).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(ChannelConformance)) && !type.IsAbstract);

    private static string NameOf(Type suite) => suite.Name[..^"Conformance".Length];
}
