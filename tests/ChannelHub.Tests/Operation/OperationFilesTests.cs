using System.Text.Json;
using System.Text.RegularExpressions;
using ChannelHub.Options;

namespace ChannelHub.Tests.Operation;

/// <summary>What operators are given beside the program speaks of the program as it is.</summary>
public sealed partial class OperationFilesTests
{
    [Fact]
    public async Task Every_metric_is_explained_and_no_other()
    {
        IEnumerable<string> shown = (await FamiliesAsync()).Select(family => family.Kind == "counter" ? family.Name + "_total" : family.Name);

        IEnumerable<string> explained = Regex.Matches(Read("docs/operations.md"), @"^\| `(channelhub_\w+)` \|", RegexOptions.Multiline).Select(row => row.Groups[1].Value);

        explained.ShouldBe(shown, ignoreOrder: true);
    }

    [Theory]
    [InlineData("config/grafana-dashboard.json")]
    [InlineData("config/alerts.yml")]
    [InlineData("docs/operations.md")]
    [InlineData("docs/rabbitmq.md")]
    public async Task Every_metric_that_is_asked_for_is_shown(string file)
    {
        HashSet<string> shown = [.. (await FamiliesAsync()).SelectMany(family => Samples(family.Name, family.Kind)), "channelhub_request_duration_seconds", "channelhub_commit_duration_seconds"];

        string[] asked = [.. MetricName().Matches(Read(file)).Select(name => name.Value).Distinct()];

        asked.ShouldNotBeEmpty();
        asked.Except(shown).ShouldBeEmpty();
    }

    [Fact]
    public void The_dashboard_has_queries_in_every_panel()
    {
        using JsonDocument dashboard = JsonDocument.Parse(Read("config/grafana-dashboard.json"));

        List<JsonElement> panels = [.. dashboard.RootElement.GetProperty("panels").EnumerateArray()];

        panels.Count.ShouldBeGreaterThan(10);
        panels.Select(panel => panel.GetProperty("id").GetInt32()).ShouldBeUnique();
        panels.SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).ShouldAllBe(target => MetricName().IsMatch(target.GetProperty("expr").GetString()!));
        panels.ShouldAllBe(panel => panel.GetProperty("targets").GetArrayLength() > 0);
    }

    [Fact]
    public void Of_every_alarm_it_is_said_what_to_do()
    {
        IEnumerable<string> alarms = Regex.Matches(Read("config/alerts.yml"), @"- alert: (\w+)").Select(rule => rule.Groups[1].Value);

        IEnumerable<string> answered = Regex.Matches(Read("docs/operations.md"), @"^\*\*(ChannelHub\w+)\.\*\*", RegexOptions.Multiline).Select(entry => entry.Groups[1].Value);

        answered.ShouldBe(alarms, ignoreOrder: true);
    }

    [Theory]
    [InlineData("config/compose.yml")]
    [InlineData("config/kubernetes.yml")]
    [InlineData("docs/operations.md")]
    [InlineData("docs/rabbitmq.md")]
    public void Every_setting_that_is_named_exists(string file)
    {
        string[] named = [.. Regex.Matches(Read(file), "CHANNELHUB_[A-Z_]+").Select(name => name.Value).Distinct()];

        named.ShouldNotBeEmpty();
        named.Except(SettingKey.All.Select(key => key.Variable)).ShouldBeEmpty();
    }

    // RabbitMQ need not answer for its metrics to be there.
    private static async Task<List<(string Name, string Kind)>> FamiliesAsync()
    {
        await using TestHub hub = await TestHub.StartAsync(options => options with { Rabbitmq = new RabbitmqOptions { Uri = "amqp://127.0.0.1:1" } });
        string text = await hub.Anonymous.GetStringAsync("/metrics");
        return [.. Regex.Matches(text, @"^# TYPE (\w+) (\w+)$", RegexOptions.Multiline).Select(line => (line.Groups[1].Value, line.Groups[2].Value))];
    }

    private static string[] Samples(string name, string kind) => kind switch
    {
        "counter" => [name + "_total"],
        "histogram" => [name + "_bucket", name + "_count", name + "_sum"],
        _ => [name],
    };

    private static string Read(string file)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "ChannelHub.sln")))
            folder = folder.Parent;
        return File.ReadAllText(Path.Combine(folder.FullName, file));
    }

    [GeneratedRegex(@"\bchannelhub(_[a-z]+)+\b")]
    private static partial Regex MetricName();
}
