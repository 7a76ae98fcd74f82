using Microsoft.Extensions.Logging;

namespace ChannelHub.Adapters;

/// <summary>
/// A kind of channel. It holds no state: the account is the <see cref="IChannel"/> that it opens. Derive from
/// <see cref="ChannelType{TSettings}"/>.
/// </summary>
public abstract class ChannelType
{
    private protected ChannelType() { }

    /// <summary>What the hub needs to know of the kind.</summary>
    public abstract ChannelInfo Info { get; }

    /// <summary>The settings record.</summary>
    public abstract Type SettingsType { get; }

    /// <summary>Which abilities an opened channel may have; the hub shows them before a channel exists.</summary>
    public abstract Type ChannelClass { get; }

    /// <summary>Which halves of the settings are filled in. Pure.</summary>
    public abstract SettingsHalves Halves(object settings);

    /// <summary>What a unit may be at most on an account with these settings; by default what <see cref="ChannelInfo.Limits"/> says. Pure.</summary>
    public virtual ChannelLimits Limits(object settings) => Info.Limits;

    /// <summary>The kind of key by which an account with these settings reaches its customers; by default <see cref="ChannelInfo.KeyKind"/>. Pure.</summary>
    public virtual string KeyKind(object settings) => Info.KeyKind;

    /// <summary>Opens one account. No I/O here.</summary>
    public abstract IChannel Open(object settings, ChannelEnvironment environment);

    /// <summary>
    /// The answer to a webhook, made only from what was committed. Called when <see cref="Received.Reply"/> is null. Pure.
    /// </summary>
    /// <param name="outcomes">One for each entry, in order.</param>
    public virtual HookReply Acknowledge(IReadOnlyList<EntryOutcome> outcomes) => Info.Acknowledgement;
}

/// <summary>A kind of channel whose accounts are configured by <typeparamref name="TSettings"/>.</summary>
/// <typeparam name="TSettings">
/// A sealed record with a parameterless constructor and <c>init</c> properties. Data annotations become the JSON schema and the validation;
/// <see cref="SecretAttribute"/> marks what is encrypted and redacted. Names are rendered in <c>snake_case</c>.
/// </typeparam>
public abstract class ChannelType<TSettings> : ChannelType
    where TSettings : class, new()
{
    /// <inheritdoc/>
    public sealed override Type SettingsType => typeof(TSettings);

    /// <inheritdoc/>
    public sealed override SettingsHalves Halves(object settings) => HalvesOf((TSettings)settings);

    /// <inheritdoc/>
    public sealed override ChannelLimits Limits(object settings) => LimitsOf((TSettings)settings);

    /// <inheritdoc/>
    public sealed override string KeyKind(object settings) => KeyKindOf((TSettings)settings);

    /// <inheritdoc/>
    public sealed override IChannel Open(object settings, ChannelEnvironment environment) => Open((TSettings)settings, environment);

    /// <inheritdoc cref="ChannelType.Halves"/>
    protected abstract SettingsHalves HalvesOf(TSettings settings);

    /// <inheritdoc cref="ChannelType.Limits"/>
    protected virtual ChannelLimits LimitsOf(TSettings settings) => Info.Limits;

    /// <inheritdoc cref="ChannelType.KeyKind"/>
    protected virtual string KeyKindOf(TSettings settings) => Info.KeyKind;

    /// <inheritdoc cref="ChannelType.Open"/>
    protected abstract IChannel Open(TSettings settings, ChannelEnvironment environment);
}

/// <summary>Everything an adapter may touch of the outside. It makes no client, clock or logger of its own.</summary>
/// <param name="Http">Guarded, without cookies, redirects or retries; shared by all calls of this channel.</param>
/// <param name="Clock">The only clock.</param>
/// <param name="Log">Write ids, never contents or secrets.</param>
public sealed record ChannelEnvironment(HttpClient Http, TimeProvider Clock, ILogger Log)
{
    /// <summary>The channel's id (<c>chn_…</c>), for providers that are told it; null where there is no hub.</summary>
    public string? ChannelId { get; init; }

    /// <summary>
    /// A key of this channel alone, the same for as long as it exists, with which it signs what it gives out and wants to know again. Empty where there is no hub.
    /// </summary>
    public ReadOnlyMemory<byte> SigningKey { get; init; }

    /// <summary>Opens guarded connections, for providers that do not speak HTTP. TLS is the adapter's own.</summary>
    public DialAsync Dial { get; init; } = static (_, _, _) => ValueTask.FromException<Stream>(new IOException("there is nothing to connect with"));

    /// <summary>The public address of this channel's hook, for providers that are told it with each send; null where the hub has none.</summary>
    public Uri? HookUrl { get; init; }
}

/// <summary>Connects to a host, or throws an <see cref="IOException"/> that says no more than that it cannot be reached.</summary>
public delegate ValueTask<Stream> DialAsync(string host, int port, CancellationToken cancellation);

/// <summary>Marks a settings property that is encrypted at rest, write-only in the API, and redacted everywhere.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute;

/// <summary>Names the channel types of a plug-in assembly: <c>[assembly: ChannelPlugin(typeof(FooChannelType))]</c>.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class ChannelPluginAttribute(Type type) : Attribute
{
    /// <summary>A public class derived from <see cref="ChannelType{TSettings}"/> with a parameterless constructor.</summary>
    public Type Type { get; } = type;
}

/// <summary>What a kind of channel is.</summary>
public sealed record ChannelInfo
{
    /// <summary>Stable id, such as <c>telegram</c>; two types with one id stop the start.</summary>
    public required string Id { get; init; }

    /// <summary>Name for people.</summary>
    public required string Name { get; init; }

    /// <summary>The kind of key by which this channel's customers are reached.</summary>
    public required string KeyKind { get; init; }

    /// <summary>What a unit may be at most.</summary>
    public ChannelLimits Limits { get; init; } = new();

    /// <summary>The one acknowledgement of a webhook.</summary>
    public HookReply Acknowledgement { get; init; } = HookReply.Empty;

    /// <summary>Lower-case names of request headers that parsing needs; they are kept in the raw inbox. Content-Type always is.</summary>
    public IReadOnlyList<string> KeptHeaders { get; init; } = [];

    /// <summary>Kept headers whose value is a secret: their presence is kept, their value blanked.</summary>
    public IReadOnlyList<string> BlankedHeaders { get; init; } = [];

    /// <summary>
    /// Names of members of a JSON body whose value is a secret, where providers prove themselves so. Parsing and the raw inbox see <c>•••</c> in its place.
    /// </summary>
    public IReadOnlyList<string> BlankedFields { get; init; } = [];

    /// <summary>Version of the adapter, kept with what it parsed.</summary>
    public string Version { get; init; } = "1";

    internal IReadOnlyDictionary<string, string> Keep(IReadOnlyDictionary<string, string> headers)
    {
        var kept = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (headers.TryGetValue("content-type", out string? contentType))
            kept["content-type"] = contentType;
        foreach (string name in KeptHeaders)
        {
            if (headers.TryGetValue(name, out string? value))
                kept[name] = value;
        }
        foreach (string name in BlankedHeaders)
        {
            if (headers.ContainsKey(name))
                kept[name] = "•••";
        }
        return kept;
    }
}

/// <summary>What the provider takes. Zero or an empty list means: not at all.</summary>
public sealed record ChannelLimits
{
    /// <summary>Length of one text in <see cref="TextUnit"/>.</summary>
    public int MaxText { get; init; } = 4000;

    /// <summary>How the provider counts text.</summary>
    public TextUnit TextUnit { get; init; } = TextUnit.Utf16;

    /// <summary>Length of a caption; longer ones are sent as a text of their own.</summary>
    public int MaxCaption { get; init; } = 1024;

    /// <summary>Media types that can carry a caption, such as <c>image/*</c>; beside any other file it is sent as a text of its own. Null means all.</summary>
    public IReadOnlyList<string>? CaptionedTypes { get; init; }

    /// <summary>Largest file in bytes that can carry a caption.</summary>
    public long MaxCaptionedBytes { get; init; } = long.MaxValue;

    /// <summary>Buttons a message; more are written out as text.</summary>
    public int MaxButtons { get; init; }

    /// <summary>Buttons a message when one of them opens a page, if that is fewer; more are written out as text.</summary>
    public int MaxButtonsWithLinks { get; init; } = int.MaxValue;

    /// <summary>Length of the text above buttons in <see cref="TextUnit"/>, if that is less than <see cref="MaxText"/>; the text before it goes out on its own.</summary>
    public int MaxButtonText { get; init; } = int.MaxValue;

    /// <summary>Length of a button's label in UTF-16 units.</summary>
    public int MaxButtonLabel { get; init; } = 64;

    /// <summary>Bytes (UTF-8) of a button's id.</summary>
    public int MaxButtonId { get; init; } = 64;

    /// <summary>Kinds of file the provider takes.</summary>
    public IReadOnlyList<MediaKind> Media { get; init; } = [];

    /// <summary>Largest file in bytes that can be sent.</summary>
    public long MaxFileBytes { get; init; } = 20 * 1024 * 1024;

    /// <summary>Largest file in bytes that is fetched.</summary>
    public long MaxInboundFileBytes { get; init; } = 100L * 1024 * 1024;

    /// <summary>Types of file that are not taken in beyond those that the hub refuses anyway: media types, <c>video/*</c>, <c>program</c>.</summary>
    public IReadOnlyList<string> RefusedTypes { get; init; } = [];

    /// <summary>Whether places can be sent as such.</summary>
    public bool Locations { get; init; }

    /// <summary>Whether contact cards can be sent as such.</summary>
    public bool Contacts { get; init; }

    /// <summary>Whether messages that the provider approved beforehand can be sent.</summary>
    public bool Templates { get; init; }

    /// <summary>
    /// How long after a customer's last word the provider lets the shop write freely. Later, and before any word, only a <see cref="TemplatePart"/> may be sent.
    /// Null: always.
    /// </summary>
    public TimeSpan? Window { get; init; }

    /// <summary>The provider drops a second send with the same <see cref="OutboundMessage.Key"/>, so that an unanswered one may be repeated.</summary>
    public bool DeduplicatesSends { get; init; }

    /// <summary>Sends a second over the whole channel.</summary>
    public double SendsPerSecond { get; init; } = 30;

    /// <summary>Sends a second to one recipient.</summary>
    public double SendsPerSecondPerRecipient { get; init; } = 1;

    /// <summary>Sends to one recipient that may go out at once before that rate applies.</summary>
    public int RecipientBurst { get; init; } = 5;

    /// <summary>Largest webhook body in bytes.</summary>
    public int MaxWebhookBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// How much is taken of a webhook body that is larger, with <see cref="WebhookRequest.CutFrom"/> among its headers; 0 refuses it. For senders that would
    /// otherwise try for ever, or lose what they have; not for schemes that sign the body.
    /// </summary>
    public int WebhookStubBytes { get; init; }

    /// <summary>
    /// How long <see cref="OutboundMedia.Link"/> has to be good. A quarter of an hour is for providers that fetch a file when it is sent; some fetch it when its
    /// turn comes in their queue, others leave that to the customer's telephone, which may be off. The hub grants thirty days at most.
    /// </summary>
    public TimeSpan LinkLife { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long after its message a received file can be fetched.</summary>
    public TimeSpan MediaExpiry { get; init; } = TimeSpan.FromDays(1);
}

/// <summary>How a provider counts text.</summary>
public enum TextUnit
{
    /// <summary>UTF-16 code units, as .NET strings.</summary>
    Utf16,

    /// <summary>Bytes of UTF-8.</summary>
    Utf8,

    /// <summary>Segments of a text message as telephone networks count them: see <see cref="SmsText"/>.</summary>
    SmsSegments,
}

/// <summary>Which halves of a channel's settings are filled in: what verifies or pulls, and what sends.</summary>
public sealed record SettingsHalves(SettingsHalf Receiving, SettingsHalf Sending)
{
    /// <summary>What fetching received files needs: what sending needs, unless the type says otherwise.</summary>
    public SettingsHalf Fetching { get; init; } = Sending;
}

/// <summary>One half: complete, absent, or given in part with the names of what is missing.</summary>
public sealed record SettingsHalf
{
    private SettingsHalf(bool complete, IReadOnlyList<string> missing) => (Complete, Missing) = (complete, missing);

    /// <summary>All that the half needs is there.</summary>
    public bool Complete { get; }

    /// <summary>Names of the settings that are missing from a half that was begun; empty if complete or absent.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>Needs nothing.</summary>
    public static SettingsHalf Always { get; } = new(complete: true, []);

    /// <summary>Cannot be had with these settings.</summary>
    public static SettingsHalf Absent { get; } = new(complete: false, []);

    /// <summary>Complete when every value is given, absent when none is. An empty string and an empty list count as not given.</summary>
    public static SettingsHalf Of(params ReadOnlySpan<(string Name, object? Value)> settings)
    {
        var missing = new List<string>();
        foreach ((string name, object? value) in settings)
        {
            if (value is null or "" or System.Collections.ICollection { Count: 0 })
                missing.Add(name);
        }
        return missing.Count == 0 ? Always : missing.Count == settings.Length ? Absent : new(complete: false, missing);
    }

    /// <summary>A half that was begun and lacks <paramref name="missing"/>.</summary>
    public static SettingsHalf Lacks(params string[] missing) => new(complete: false, missing);
}
