using System.Collections.Concurrent;
using ChannelHub.Adapters;

namespace ChannelHub.Tests.Outbox;

/// <summary>Settings of the fake kind of channel.</summary>
public sealed record FakeSettings
{
    /// <summary>Which script the account plays.</summary>
    public string Account { get; init; } = "";
}

/// <summary>
/// A kind of channel whose provider is a function in the test: what was sent is written down, and the script says what becomes of it.
/// </summary>
internal sealed class FakeChannelType(ChannelLimits? limits = null, string id = "fake") : ChannelType<FakeSettings>
{
    private readonly ConcurrentDictionary<string, FakeProvider> providers = [];

    public override ChannelInfo Info { get; } = new() { Id = id, Name = "Fake", KeyKind = KeyKinds.Telegram, Limits = limits ?? FastLimits };

    /// <summary>Limits that stand in nobody's way.</summary>
    public static ChannelLimits FastLimits { get; } = new()
    {
        SendsPerSecond = 0, SendsPerSecondPerRecipient = 0, MaxText = 100, MaxButtons = 3, Locations = true, Contacts = true,
        Media = [MediaKind.Image, MediaKind.File],
    };

    public override Type ChannelClass => typeof(FakeChannel);

    public FakeProvider this[string account] => providers.GetOrAdd(account, _ => new FakeProvider());

    protected override SettingsHalves HalvesOf(FakeSettings settings) => new(SettingsHalf.Always, SettingsHalf.Always);

    protected override IChannel Open(FakeSettings settings, ChannelEnvironment environment) => new FakeChannel(this[settings.Account]);
}

/// <summary>What the provider of one account does and has seen.</summary>
internal sealed class FakeProvider
{
    private readonly ConcurrentQueue<OutboundMessage> sent = [];
    private readonly SemaphoreSlim handedOver = new(0);
    private readonly SemaphoreSlim shown = new(0);
    private int ids;

    /// <summary>Answers a send. By default everything is accepted.</summary>
    public Func<OutboundMessage, CancellationToken, ValueTask<SendResult>>? OnSend { get; set; }

    /// <summary>Whether a probe says that the account works.</summary>
    public bool Answers { get; set; } = true;

    /// <summary>Answers an edit, a deletion and a reaction.</summary>
    public Func<SentUnit, object?, SendResult>? OnChange { get; set; }

    /// <summary>Everything that was handed over, in the order in which it was.</summary>
    public IReadOnlyList<OutboundMessage> Sent => [.. sent];

    /// <summary>The texts that were handed over.</summary>
    public IReadOnlyList<string> Texts => [.. sent.Select(m => ((TextPart)m.Part).Text)];

    public ConcurrentQueue<(SentUnit Unit, object? What)> Changes { get; } = [];

    public ConcurrentQueue<Key> Typing { get; } = [];

    public SendResult.Sent Accept() => new(new ExternalId("p" + Interlocked.Increment(ref ids)));

    /// <summary>Answers with a fixed result from now on.</summary>
    public void Always(SendResult result) => OnSend = (_, _) => ValueTask.FromResult(result);

    /// <summary>Answers with these results in turn, and then accepts.</summary>
    public void Then(params SendResult[] results)
    {
        var queue = new ConcurrentQueue<SendResult>(results);
        OnSend = (_, _) => ValueTask.FromResult(queue.TryDequeue(out SendResult? result) ? result : Accept());
    }

    /// <summary>Ends once so many units have been handed over.</summary>
    public async Task HasSeenAsync(int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (sent.Count < count)
            await handedOver.WaitAsync(limit.Token);
    }

    /// <summary>Ends once a customer has been shown that somebody is writing.</summary>
    public async Task HasShownTypingAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await shown.WaitAsync(limit.Token);
    }

    public void Show(Key to)
    {
        Typing.Enqueue(to);
        shown.Release();
    }

    public async ValueTask<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellation)
    {
        sent.Enqueue(message);
        handedOver.Release();
        return OnSend is { } answer ? await answer(message, cancellation) : Accept();
    }

    public SendResult Change(SentUnit unit, object? what)
    {
        Changes.Enqueue((unit, what));
        return OnChange?.Invoke(unit, what) ?? new SendResult.Sent(unit.Id);
    }
}

/// <summary>A kind of channel that can send and nothing else.</summary>
internal sealed class PlainChannelType : ChannelType<FakeSettings>
{
    public override ChannelInfo Info { get; } = new() { Id = "plain", Name = "Plain", KeyKind = KeyKinds.Phone, Limits = new() { SendsPerSecond = 0 } };

    public override Type ChannelClass => typeof(PlainChannel);

    protected override SettingsHalves HalvesOf(FakeSettings settings) => new(SettingsHalf.Always, SettingsHalf.Always);

    protected override IChannel Open(FakeSettings settings, ChannelEnvironment environment) => new PlainChannel();

    private sealed class PlainChannel : IMessageSender
    {
        private int ids;

        public ValueTask<ProbeResult> ProbeAsync(CancellationToken cancellation) => ValueTask.FromResult(new ProbeResult(Ok: true, "plain"));

        public ValueTask<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellation) =>
            ValueTask.FromResult<SendResult>(new SendResult.Sent(new ExternalId("plain" + Interlocked.Increment(ref ids))));
    }
}

internal sealed class FakeChannel(FakeProvider provider) : IMessageSender, IMessageEditor, IMessageDeleter, IReactionSender, ITypingSignal
{
    public ValueTask<ProbeResult> ProbeAsync(CancellationToken cancellation) => ValueTask.FromResult(new ProbeResult(provider.Answers, "fake"));

    public ValueTask<SendResult> SendAsync(OutboundMessage message, CancellationToken cancellation) => provider.SendAsync(message, cancellation);

    public ValueTask<SendResult> EditAsync(SentUnit unit, Part part, CancellationToken cancellation) => ValueTask.FromResult(provider.Change(unit, part));

    public ValueTask<SendResult> DeleteAsync(SentUnit unit, CancellationToken cancellation) => ValueTask.FromResult(provider.Change(unit, "delete"));

    public ValueTask<SendResult> ReactAsync(SentUnit unit, string? reaction, CancellationToken cancellation) => ValueTask.FromResult(provider.Change(unit, reaction));

    public ValueTask ShowTypingAsync(Key to, string? address, CancellationToken cancellation)
    {
        provider.Show(to);
        return ValueTask.CompletedTask;
    }
}
