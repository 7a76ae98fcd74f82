using ChannelHub.Adapters.Conformance;
using ChannelHub.Email;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace ChannelHub.Adapters.Tests.Email;

public sealed class EmailCorpusTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_mail_of_the_corpora_becomes_something_sound()
    {
        using var http = new HttpClient();
        IChannel channel = new EmailChannelType().Open(
            new EmailSettings { Address = "help@shop.example", InboundToken = "t" },
            new ChannelEnvironment(http, TimeProvider.System, NullLogger.Instance) { SigningKey = "k"u8.ToArray() });
        var kinds = new SortedDictionary<string, int>();
        foreach (string path in Files())
        {
            var recording = new Recording { Name = path, Headers = new Dictionary<string, string> { ["Authorization"] = "Bearer t" }, Body = File.ReadAllBytes(path) };
            Received received = recording.ReceiveBy(new EmailChannelType(), channel, DateTimeOffset.UnixEpoch).ShouldNotBeNull();
            received.Entries.ShouldNotBeEmpty(path);
            foreach (Entry entry in received.Entries)
            {
                if (entry is Entry.Understood)
                    NormalisedJson.Of(entry).ShouldNotContain("\\u0000", customMessage: path);
                string kind = entry is Entry.Understood understood ? understood.Event.GetType().Name : entry.GetType().Name;
                kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
                if (entry is Entry.Understood { Event: MessageReceived message })
                    message.Parts.ShouldNotBeEmpty(path);
            }
        }
        output.WriteLine(kinds.Count == 0
            ? "skipped: ../shared/corpora is not beside the repository"
            : string.Join(", ", kinds.Select(pair => $"{pair.Value} {pair.Key}")));
    }

    private static IEnumerable<string> Files()
    {
        for (DirectoryInfo? up = new(AppContext.BaseDirectory); up is not null; up = up.Parent)
        {
            string folder = Path.Combine(up.FullName, "shared", "corpora", "mail");
            if (Directory.Exists(folder))
                return Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path => !path.Contains("/expected/", StringComparison.Ordinal));
        }
        return [];
    }
}
