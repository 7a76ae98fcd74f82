using System.Net;
using Xunit;

namespace ChannelHub.Adapters.Conformance;

/// <summary>
/// What every channel must do, whoever wrote it. An adapter's test project derives one class and hands it one record of facts. Where a
/// channel rightly differs, it overrides the test with <see cref="Deviates"/> and the reason.
/// </summary>
/// <param name="facts">What the suite needs to know.</param>
public abstract partial class ChannelConformance(ConformanceFacts facts) : IAsyncLifetime, IDisposable
{
    private readonly CapturingLogger log = new();
    private readonly List<HttpClient> clients = [];
    private ScriptedProvider provider = null!;
    private int hostile;

    /// <summary>The type, a channel of it opened, and the provider it talks to.</summary>
    protected ConformanceFacts Facts => facts;

    /// <summary>Set at the first use of a test; answers with <see cref="ConformanceFacts.Success"/>.</summary>
    protected ScriptedProvider Provider => provider;

    /// <inheritdoc/>
    public async Task InitializeAsync() => provider = await ScriptedProvider.StartAsync(facts.Success);

    /// <inheritdoc/>
    public async Task DisposeAsync() => await provider.DisposeAsync();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (HttpClient client in clients)
            client.Dispose();
        GC.SuppressFinalize(this);
    }

    // The report tries so many of the hostile bodies; the suite itself tries them all.
    internal int OneHostileIn { get; set; } = 1;

    // What the report says of the check that this object has run.
    internal CheckOutcome Outcome { get; private set; }

    internal string? Reason { get; private set; }

    /// <summary>The body of an override: this channel rightly differs, and why.</summary>
    protected Task Deviates(string reason)
    {
        Assert.False(string.IsNullOrWhiteSpace(reason), "a deviation needs its reason");
        (Outcome, Reason) = (CheckOutcome.Deviates, reason);
        return Task.CompletedTask;
    }

    /// <summary>Opens an account of the type.</summary>
    /// <param name="address">Where its provider is; by default the scripted one.</param>
    /// <param name="timeout">After which the client gives up.</param>
    protected IChannel Open(Uri? address = null, TimeSpan? timeout = null)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.All };
        var client = new HttpClient(handler) { Timeout = timeout ?? Patience };
        clients.Add(client);
        var environment = new ChannelEnvironment(client, new ManualTimeProvider(facts.Now), log)
        {
            ChannelId = "chn_conformance",
            SigningKey = "the signing key of conformance"u8.ToArray(),
            Dial = Loopback.DialAsync,
        };
        return facts.Type.Open(facts.Settings(address ?? provider.Address), environment);
    }

    // Long enough for a busy machine; only a test that is about to fail waits for it.
    private static TimeSpan Patience => TimeSpan.FromSeconds(30);

    // What these settings open: a type may open a lesser class for some of them, and then proves each by a conformance class of its own.
    private Type Opened => Open().GetType();

    private bool Is<TAbility>() where TAbility : IChannel => Opened.IsAssignableTo(typeof(TAbility));

    private bool Lacks<TAbility>() where TAbility : IChannel => NothingToTry(!Is<TAbility>());

    private bool NothingToTry(bool nothing)
    {
        if (nothing)
            Outcome = CheckOutcome.NotApplicable;
        return nothing;
    }

    private void NothingIsGivenAway(params string?[] told)
    {
        var secrets = new Secrets(facts.Settings(provider.Address));
        foreach (string line in log.Lines)
        {
            secrets.AreNotIn(line, "a log line");
            foreach (string words in facts.Outbound.Select(message => message.Part).OfType<TextPart>().Select(part => part.Text))
                Assert.False(line.Contains(words, StringComparison.Ordinal), "a log line shows the text of a message");
        }
        foreach (string text in told.OfType<string>())
            secrets.AreNotIn(text, "a fault or a result");
    }
}
