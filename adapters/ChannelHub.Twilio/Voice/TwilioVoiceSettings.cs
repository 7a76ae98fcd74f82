using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>One number that is called.</summary>
public sealed record TwilioVoiceSettings : ITwilioAccount
{
    [MaxLength(64), Description("The account's id: AC and 32 letters.")]
    public string? AccountSid { get; init; }

    [Secret, MaxLength(128), Description("The account's auth token. It opens the API and signs what Twilio pushes.")]
    public string? AuthToken { get; init; }

    [Secret, MaxLength(128), Description("A second token whose signature is taken too, while tokens are being changed.")]
    public string? SecondaryAuthToken { get; init; }

    [MaxLength(64), Description("The number, as +447700900123. Needed to register the hook.")]
    public string? From { get; init; }

    [MaxLength(2048), Description("Under what address Twilio reaches the hub, if another than the hub's own; /hooks/{id} is added.")]
    public string? PublicUrl { get; init; }

    [Description("What callers hear and what their keys do. Without it a caller is asked for a message.")]
    public IvrSettings? Ivr { get; init; }

    [MaxLength(2), Description("ISO 3166 code for telephone numbers without a calling code.")]
    public string? DefaultCountry { get; init; }

    [MaxLength(2048), Description("Where the API is; another address for a simulator.")]
    public string ApiBaseUrl { get; init; } = "https://api.twilio.com";
}
