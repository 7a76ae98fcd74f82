using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;

namespace ChannelHub.Tests.Channels;

/// <summary>Settings with everything that settings may consist of.</summary>
public sealed record ScriptedSettings
{
    [Secret, MaxLength(100), Description("Verifies and pulls.")]
    public string? Token { get; init; }

    [MaxLength(200)]
    public string? SendUrl { get; init; }

    [Secret, MaxLength(100)]
    public string? SendSecret { get; init; }

    [Secret, MaxLength(3)]
    public IReadOnlyList<string> Secrets { get; init; } = [];

    public IReadOnlyList<ScriptedKey> IdentityKeys { get; init; } = [];

    public ScriptedAccount? Account { get; init; }

    [MaxLength(20)]
    public string Title { get; init; } = "Hello";

    public ScriptedMode Mode { get; init; }

    [Range(1, 10)]
    public int Retries { get; init; } = 3;

    public Uri? ApiBaseUrl { get; init; }
}

public sealed record ScriptedKey
{
    [Required]
    public string? Kid { get; init; }

    public string? Alg { get; init; }

    [Secret]
    public string? Key { get; init; }
}

public sealed record ScriptedAccount(string Host, int Port = 993)
{
    [Secret]
    public string? Password { get; init; }
}

public enum ScriptedMode
{
    Push,
    LongPoll,
}

/// <summary>A kind of channel that does what the test says; its wire format is a JSON array of entries.</summary>
public sealed class ScriptedChannelType : ChannelType<ScriptedSettings>
{
    public const string Token = "the-right-token";

    public override ChannelInfo Info { get; } = new() { Id = "scripted", Name = "Scripted", KeyKind = "scripted", KeptHeaders = ["x-trace"], BlankedHeaders = ["x-token"] };

    public override Type ChannelClass => typeof(ScriptedPuller);

    /// <summary>How input is parsed; a test breaks and mends it.</summary>
    public Func<AuthenticInput, Received> Parse { get; set; } = ScriptedWire.Parse;

    /// <summary>What a pull from a cursor yields.</summary>
    public Func<string?, CancellationToken, IAsyncEnumerable<PulledBatch>> Pull { get; set; } = static (_, stop) => Never(stop);

    public Func<CancellationToken, ValueTask<ProbeResult>> Probe { get; set; } = static _ => new(new ProbeResult(Ok: true, "it works"));

    /// <summary>How often accounts were opened.</summary>
    public int Opened { get; private set; }

    public static async IAsyncEnumerable<PulledBatch> Never([EnumeratorCancellation] CancellationToken stop)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, stop);
        yield break;
    }

    protected override SettingsHalves HalvesOf(ScriptedSettings settings) => new(
        SettingsHalf.Of(("token", settings.Token)), SettingsHalf.Of(("send_url", settings.SendUrl), ("send_secret", settings.SendSecret)));

    protected override IChannel Open(ScriptedSettings settings, ChannelEnvironment environment)
    {
        Opened++;
        return settings.Mode == ScriptedMode.LongPoll ? new ScriptedPuller(this, settings) : new ScriptedChannel(this, settings);
    }
}

internal class ScriptedChannel(ScriptedChannelType type, ScriptedSettings settings) : IWebhookReceiver
{
    public bool Verify(WebhookRequest request) => request.Header("x-explode") is { } words ? throw new FormatException(words) : Signatures.Matches(settings.Token, request.Header("x-token"));

    public Received Parse(AuthenticInput input) => type.Parse(input);

    public ValueTask<ProbeResult> ProbeAsync(CancellationToken cancellation) => type.Probe(cancellation);
}

internal sealed class ScriptedPuller(ScriptedChannelType type, ScriptedSettings settings) : ScriptedChannel(type, settings), IMessagePuller
{
    private readonly ScriptedChannelType type = type;

    public IAsyncEnumerable<PulledBatch> PullAsync(string? cursor, CancellationToken cancellation) => type.Pull(cursor, cancellation);
}

/// <summary>The wire format of the scripted channel.</summary>
internal static class ScriptedWire
{
    public static object Message(string id, string from = "anna", string text = "hello", DateTimeOffset? at = null) =>
        new { kind = "message", id, from, text, at };

    public static object Ignored(string id) => new { kind = "ignored", id };

    /// <summary>A message that only a mended adapter can read.</summary>
    public static object Riddle(string id, string from = "anna", string text = "hello") => new { kind = "riddle", id, from, text };

    public static byte[] Body(params object[] entries) => JsonSerializer.SerializeToUtf8Bytes(entries);

    public static Received Parse(AuthenticInput input) => Read(input, readsRiddles: false);

    /// <summary>The adapter after its next release.</summary>
    public static Received ParseMended(AuthenticInput input) => Read(input, readsRiddles: true);

    private static Received Read(AuthenticInput input, bool readsRiddles)
    {
        JsonArray entries = JsonNode.Parse(input.Body.Span)!.AsArray();
        return new Received([.. entries.Select(e => Read(e!, readsRiddles))]);
    }

    private static Entry Read(JsonNode entry, bool readsRiddles)
    {
        string id = (string)entry["id"]!;
        return (string)entry["kind"]! switch
        {
            "ignored" => new Ignored(id, "nobody needs it"),
            "riddle" when !readsRiddles => new Entry.Unreadable(JsonSerializer.SerializeToUtf8Bytes(entry), "a riddle"),
            _ => new MessageReceived(new ExternalId(id), new Sender(new Key("scripted", (string)entry["from"]!)), [new TextPart((string)entry["text"]!)])
            {
                At = (DateTimeOffset?)entry["at"],
            },
        };
    }
}
