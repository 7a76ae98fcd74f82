using System.Text;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Meta;
using ChannelHub.Meta;
using Xunit.Abstractions;

namespace ChannelHub.Adapters.Tests.Meta;

public sealed class MetaReceivingTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 9, 21, 12, 0, 0, TimeSpan.Zero);

    private MetaAccount page = null!;

    public async Task InitializeAsync() => page = await MetaAccount.StartAsync();

    public async Task DisposeAsync() => await page.DisposeAsync();

    [Fact]
    public void Recorded_signatures_are_accepted_as_they_stand()
    {
        foreach (ConformanceFacts facts in (ConformanceFacts[])[MetaFacts.Messenger, MetaFacts.Instagram])
        {
            IChannel channel = facts.Type.Open(facts.Settings(new Uri("http://127.0.0.1/")), new ChannelEnvironment(new HttpClient(), TimeProvider.System, page.Log));
            foreach (Recording recording in facts.Webhooks)
                recording.ReceiveBy(facts.Type, channel, Now).ShouldNotBeNull(recording.Name);
        }
    }

    [Fact]
    public void An_account_and_its_twin_of_another_secret_do_not_hear_each_other()
    {
        byte[] body = page.Api.Webhooks.Text("9988776655443322", "Hello").ToArray();
        var request = new WebhookRequest
        {
            Method = "POST",
            Url = new Uri("https://hub.example/hooks/chn_1"),
            Headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["x-hub-signature-256"] = page.Api.Webhooks.Sign(body) },
            Body = body,
            ReceivedAt = Now,
        };

        page.Open<IWebhookReceiver>().Verify(request).ShouldBeTrue();
        ((IWebhookReceiver)page.Open(settings => settings with { AppSecret = "another" })).Verify(request).ShouldBeFalse();
    }

    [Fact]
    public void What_is_of_another_account_is_told_apart_and_nothing_of_it_read()
    {
        byte[] body = GraphWebhooks.Batch(page.Api.Webhooks.Text("1", "ours", "m_1"), Encoding.UTF8.GetBytes(
            """{"object":"page","entry":[{"id":"555","messaging":[{"sender":{"id":"1"},"message":{"mid":"m_2","text":"theirs"}},{"sender":{"id":"1"},"message":{"mid":"m_3","text":"theirs"}}]}]}""")).ToArray();

        IReadOnlyList<Entry> entries = page.Open<IReceiver>().Parse(AuthenticInput.Pulled(body, Now)).Entries;

        entries.OfType<Entry.Understood>().ShouldHaveSingleItem().Event.Key.ShouldBe("m_1");
        entries.OfType<Entry.Elsewhere>().ShouldBe([new Entry.Elsewhere("555"), new Entry.Elsewhere("555")]);
    }

    [Theory]
    [InlineData("https://scontent.xx.fbcdn.net.evil.example/1.jpg")]
    [InlineData("http://scontent.xx.fbcdn.net/1.jpg")]
    [InlineData("https://scontent.xx.fbcdn.net:8443/1.jpg")]
    [InlineData("https://evilfbcdn.net/1.jpg")]
    [InlineData("file:///etc/passwd")]
    public async Task A_file_is_fetched_from_Metas_hosts_only(string address) =>
        (await page.Open<IMediaSource>().OpenMediaAsync(address, CancellationToken.None)).ShouldBeOfType<MediaResult.Gone>();

    [Fact]
    public async Task A_file_is_fetched_without_the_token()
    {
        string address = page.Api.AddFile("1", [1, 2, 3]);

        var opened = (await page.Open<IMediaSource>().OpenMediaAsync(address, CancellationToken.None)).ShouldBeOfType<MediaResult.Opened>();

        using var bytes = new MemoryStream();
        await using (opened.Content)
            await opened.Content.CopyToAsync(bytes);
        bytes.ToArray().ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void Files_of_a_JSON_test_suite_are_read_or_unreadable()
    {
        var channel = page.Open<IReceiver>();
        foreach ((string name, byte[] body) in Corpus())
        {
            byte[] inside = [.. Encoding.UTF8.GetBytes($$"""{"object":"page","entry":[{"id":"{{page.Api.AccountId}}","messaging":["""), .. body, .. "]}]}"u8];
            foreach (byte[] input in (byte[][])[body, inside])
            {
                IReadOnlyList<Entry> entries = channel.Parse(AuthenticInput.Pulled(input, Now)).Entries;
                entries.ShouldNotBeEmpty(name);
                if (name.StartsWith("n_", StringComparison.Ordinal) && input == body)
                    entries.ShouldAllBe(entry => entry is Entry.Unreadable, name);
            }
        }
    }

    private IEnumerable<(string Name, byte[] Body)> Corpus()
    {
        for (DirectoryInfo? above = new(AppContext.BaseDirectory); above is not null; above = above.Parent)
        {
            string folder = Path.Combine(above.FullName, "shared", "corpora", "json", "test_parsing");
            if (Directory.Exists(folder))
                return Directory.EnumerateFiles(folder, "*.json").Select(path => (Path.GetFileName(path), File.ReadAllBytes(path)));
        }
        output.WriteLine("Skipped: there is no folder ../shared/corpora/json/test_parsing beside the repository.");
        return [];
    }
}
