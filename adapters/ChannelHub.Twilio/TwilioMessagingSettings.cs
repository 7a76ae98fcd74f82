using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>One sender of messages: a number, a Messaging Service, or a WhatsApp sender.</summary>
public sealed record TwilioMessagingSettings : ITwilioAccount
{
    [MaxLength(64), Description("The account's id: AC and 32 letters. A subaccount has its own, with its own token.")]
    public string? AccountSid { get; init; }

    [Secret, MaxLength(128), Description("The account's auth token. It opens the API and signs what Twilio pushes.")]
    public string? AuthToken { get; init; }

    [Secret, MaxLength(128), Description("A second token whose signature is taken too, while tokens are being changed.")]
    public string? SecondaryAuthToken { get; init; }

    [MaxLength(64), Description("Who writes: a number as +447700900123, a short code or a name.")]
    public string? From { get; init; }

    [MaxLength(64), Description("Or a Messaging Service: MG and 32 letters.")]
    public string? MessagingServiceSid { get; init; }

    [MaxLength(2048), Description("Under what address Twilio reaches the hub, if another than the hub's own; /hooks/{id} is added.")]
    public string? PublicUrl { get; init; }

    [Description("proven: the network vouches for the number of whoever sends a text. claimed: it does not, and nothing is joined on it.")]
    public SenderTrust SenderTrust { get; init; }

    [Range(1, 10), Description("Longest text in segments (SMS only); longer ones are split.")]
    public int MaxSegments { get; init; } = 10;

    [MaxLength(2), Description("ISO 3166 code for telephone numbers without a calling code.")]
    public string? DefaultCountry { get; init; }

    [MaxLength(2048), Description("Where the API is; another address for a simulator.")]
    public string ApiBaseUrl { get; init; } = "https://api.twilio.com";
}
