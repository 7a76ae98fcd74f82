namespace ChannelHub.Adapters.Conformance.Twilio;

/// <summary>One message that the account sent.</summary>
/// <param name="Sid">Its sid.</param>
/// <param name="Fields">The parameters of the call, in order.</param>
public sealed record TwilioSent(string Sid, IReadOnlyList<KeyValuePair<string, string>> Fields)
{
    /// <summary>The first of that name; null if it did not come.</summary>
    public string? this[string name] => Fields.FirstOrDefault(field => field.Key == name).Value;
}

/// <summary>One number of the account.</summary>
/// <param name="Sid">Its sid.</param>
/// <param name="Number">The number itself.</param>
/// <param name="SmsUrl">Where messages go.</param>
/// <param name="VoiceUrl">Where calls go.</param>
/// <param name="StatusCallback">Where the end of a call is told.</param>
public sealed record TwilioNumber(string Sid, string Number, Uri? SmsUrl, Uri? VoiceUrl, Uri? StatusCallback);

/// <summary>Who calls, and what they do.</summary>
/// <param name="From">Their number, or <c>anonymous</c>.</param>
public sealed record TwilioCaller(string From)
{
    /// <summary>The keys they press, one at each question; an empty one is silence.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>What the network says of the number, such as <c>TN-Validation-Passed-A</c>.</summary>
    public string? Verdict { get; init; }

    /// <summary>How many seconds they speak after the tone; 0 for not at all.</summary>
    public int Speaks { get; init; }

    /// <summary>What they say, where it is written down.</summary>
    public string Words { get; init; } = "Please call me back";

    /// <summary>How it goes when the call is put through: <c>completed</c>, <c>busy</c>, <c>no-answer</c>, <c>failed</c>.</summary>
    public string Dialled { get; init; } = "no-answer";

    /// <summary>Whether they hang up instead of answering the first question.</summary>
    public bool HangsUp { get; init; }
}

/// <summary>How a call went.</summary>
/// <param name="Sid">Its sid.</param>
/// <param name="Heard">What the caller heard, each with its language in brackets.</param>
/// <param name="Recording">The recording's sid; null if there is none.</param>
public sealed record TwilioCall(string Sid, IReadOnlyList<string> Heard, string? Recording);
