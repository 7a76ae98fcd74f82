using System.Text;
using ChannelHub.Adapters.Conformance;
using ChannelHub.Adapters.Conformance.Meta;
using ChannelHub.WhatsApp;
using Xunit.Abstractions;

namespace ChannelHub.Adapters.Tests.WhatsApp;

public sealed class WhatsAppReceivingTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 9, 21, 12, 0, 0, TimeSpan.Zero);

    private WhatsAppAccount account = null!;

    public async Task InitializeAsync() => account = await WhatsAppAccount.StartAsync();

    public async Task DisposeAsync() => await account.DisposeAsync();

    [Fact]
    public void Recorded_signatures_are_accepted_as_they_stand()
    {
        IChannel channel = new WhatsAppChannelType().Open(
            WhatsAppFacts.Settings(new Uri("http://127.0.0.1/")), new ChannelEnvironment(new HttpClient(), TimeProvider.System, account.Log));

        foreach (Recording recording in WhatsAppFacts.Recordings)
            recording.ReceiveBy(new WhatsAppChannelType(), channel, Now).ShouldNotBeNull(recording.Name);
    }

    [Theory]
    [InlineData("sha256=cf16d1953c4fce318546c9d1665faefe48aee7c3004f164d337cec76ab5bf936", true)]
    [InlineData("sha256=df16d1953c4fce318546c9d1665faefe48aee7c3004f164d337cec76ab5bf936", false)]
    [InlineData("sha256=cf16d1953c4fce318546c9d1665faefe48aee7c3004f164d337cec76ab5bf937", false)]
    [InlineData("sha256=cf16d1953c4fce318546c9d1665faefe48aee7c3004f164d337cec76ab5bf9", false)]
    [InlineData("sha256=cf16d1953c4fce318546c9d1665faefe48aee7c3004f164d337cec76ab5bf93600", false)]
    [InlineData("cf16d1953c4fce318546c9d1665faefe48aee7c3004f164d337cec76ab5bf936", false)]
    [InlineData("sha1=cf16d1953c4fce318546c9d1665faefe48aee7c3", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_signature_counts_whole_and_over_the_bytes_as_they_came(string? signature, bool authentic)
    {
        var receiver = (IWebhookReceiver)account.Open(settings => settings with { AppSecret = "app-secret-demo" });
        byte[] body = Encoding.UTF8.GetBytes("""{"object":"page","entry":[{"id":"1","text":"\u00e9"}]}""");

        receiver.Verify(Request("POST", "", body, signature)).ShouldBe(authentic);
        receiver.Verify(Request("POST", "", Encoding.UTF8.GetBytes("""{"object":"page","entry":[{"id":"1","text":"é"}]}"""), signature)).ShouldBeFalse();
    }

    [Fact]
    public void Without_a_secret_nothing_is_authentic()
    {
        var receiver = (IWebhookReceiver)account.Open(settings => settings with { AppSecret = null, VerifyToken = null });
        byte[] body = "{}"u8.ToArray();

        receiver.Verify(Request("POST", "", body, GraphWebhooks.Sign(body, ""))).ShouldBeFalse();
        receiver.Verify(Request("GET", "?hub.mode=subscribe&hub.verify_token=&hub.challenge=1", [], null)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("?hub.mode=subscribe&hub.verify_token=fake-verify-token&hub.challenge=17", true)]
    [InlineData("?hub.challenge=17&hub.verify_token=fake-verify-token&hub.mode=subscribe", true)]
    [InlineData("?hub.mode=unsubscribe&hub.verify_token=fake-verify-token&hub.challenge=17", false)]
    [InlineData("?hub.mode=subscribe&hub.verify_token=fake-verify-toke&hub.challenge=17", false)]
    [InlineData("?hub.mode=subscribe&hub.challenge=17", false)]
    [InlineData("", false)]
    public void The_handshake_wants_the_verify_token(string query, bool authentic) =>
        account.Open<IWebhookReceiver>().Verify(Request("GET", query, [], null)).ShouldBe(authentic);

    [Fact]
    public void The_challenge_comes_back_as_plain_text()
    {
        Recording handshake = WhatsAppFacts.Recordings.Single(recording => recording.Name == "handshake");
        IChannel channel = account.Open(settings => settings with { VerifyToken = "recorded-verify-token" });

        Received received = handshake.ReceiveBy(new WhatsAppChannelType(), channel, Now)!;

        received.Entries.ShouldBeEmpty();
        (received.Reply!.Status, received.Reply.ContentType, Encoding.UTF8.GetString(received.Reply.Body.Span)).ShouldBe((200, "text/plain", "1158201444"));
    }

    [Fact]
    public async Task A_file_is_fetched_with_the_token_by_the_address_of_the_moment()
    {
        account.Api.AddFile("1803", [1, 2, 3]);

        var opened = (await account.Open<IMediaSource>().OpenMediaAsync("1803", CancellationToken.None)).ShouldBeOfType<MediaResult.Opened>();

        using var bytes = new MemoryStream();
        await using (opened.Content)
            await opened.Content.CopyToAsync(bytes);
        bytes.ToArray().ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task A_file_at_a_strangers_host_is_not_fetched_and_the_token_not_shown_there()
    {
        await using ScriptedProvider stranger = await ScriptedProvider.StartAsync(_ => ScriptedReply.Text("gotcha"));
        account.Api.Script("GET id", GraphReply.Raw(200, $$"""{"url":"{{stranger.Address}}file","id":"1803"}"""));

        MediaResult result = await account.Open<IMediaSource>().OpenMediaAsync("1803", CancellationToken.None);

        result.ShouldBeOfType<MediaResult.Gone>();
        stranger.Calls.ShouldBeEmpty();
    }

    [Fact]
    public void Files_of_a_JSON_test_suite_are_read_or_unreadable()
    {
        var channel = account.Open<IReceiver>();
        foreach ((string name, byte[] body) in Corpus())
        {
            byte[] inside = [.. "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"changes\":[{\"field\":\"messages\",\"value\":"u8, .. body, .. "}]}]}"u8];
            foreach (byte[] input in (byte[][])[body, inside])
            {
                IReadOnlyList<Entry> entries = channel.Parse(AuthenticInput.Pulled(input, Now)).Entries;
                entries.ShouldNotBeEmpty(name);
                if (name.StartsWith("n_", StringComparison.Ordinal))
                    entries.ShouldAllBe(entry => entry is Entry.Unreadable, name);
            }
        }
    }

    private static WebhookRequest Request(string method, string query, byte[] body, string? signature) => new()
    {
        Method = method,
        Url = new Uri($"https://hub.example/hooks/chn_1{query}"),
        Headers = signature is null ? new Dictionary<string, string>() : new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["X-Hub-Signature-256"] = signature },
        Body = body,
        ReceivedAt = Now,
    };

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
