namespace ChannelHub.Adapters.Conformance;

/// <summary>All that <see cref="ChannelConformance"/> needs to know of one channel type.</summary>
/// <param name="Type">The type under test.</param>
/// <param name="Settings">Complete settings of an account whose provider listens at the given address (with a trailing slash).</param>
public sealed record ConformanceFacts(ChannelType Type, Func<Uri, object> Settings)
{
    /// <summary>What the clock shows, and when every recording was received.</summary>
    public DateTimeOffset Now { get; init; } = new(2026, 9, 21, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Recorded input, usually <see cref="Recording.LoadFolder"/>. Needed by every <see cref="IReceiver"/>.</summary>
    public IReadOnlyList<Recording> Webhooks { get; init; } = [];

    /// <summary>Makes a recording with any body authentic: adds the signature. Unneeded where the recorded headers suffice.</summary>
    public Func<Recording, Recording> Sign { get; init; } = recording => recording;

    /// <summary>Makes an authentic request forged: another body, a wrong secret. Needed by every <see cref="IWebhookReceiver"/>.</summary>
    public Func<Recording, Recording>? Tamper { get; init; }

    /// <summary>Units to try, the first of them a text; <see cref="SampleMessages"/> has some. Needed by every <see cref="IMessageSender"/>.</summary>
    public IReadOnlyList<OutboundMessage> Outbound { get; init; } = [];

    /// <summary>How the provider answers when all goes well; told the call, it can answer differently by path.</summary>
    public Func<ProviderCall, ScriptedReply> Success { get; init; } = _ => ScriptedReply.Json("{}");

    /// <summary>Shorthand for a provider that answers every call with one JSON body.</summary>
    public string SuccessBody
    {
        init => Success = _ => ScriptedReply.Json(value);
    }

    /// <summary>The media reference of a file at the provider with the given address, as an event would carry it. Needed by every <see cref="IMediaSource"/>.</summary>
    public Func<Uri, string>? MediaReference { get; init; }

    /// <summary>The bytes of that file as <see cref="Success"/> serves them.</summary>
    public ReadOnlyMemory<byte> MediaBytes { get; init; }

    /// <summary>How many batches with items <see cref="Success"/> has to be pulled. Needed by every <see cref="IMessagePuller"/>.</summary>
    public int PullBatches { get; init; }
}
