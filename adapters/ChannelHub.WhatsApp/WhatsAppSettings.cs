using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using ChannelHub.Adapters;

namespace ChannelHub.WhatsApp;

/// <summary>One number of a WhatsApp Business Account.</summary>
public sealed record WhatsAppSettings
{
    [MaxLength(64), Description("The id of the number at Meta, not the number itself.")]
    public string? PhoneNumberId { get; init; }

    [MaxLength(64), Description("The id of the WhatsApp Business Account (WABA). Needed to register the webhook.")]
    public string? BusinessAccountId { get; init; }

    [Secret, MaxLength(1024), Description("A permanent token of a system user. Needed to send and to fetch files.")]
    public string? AccessToken { get; init; }

    [Secret, MaxLength(256), Description("The secret of the Meta app; it signs what the webhook receives.")]
    public string? AppSecret { get; init; }

    [Secret, MaxLength(256), Description("Of your own choice; Meta shows it once when the webhook is set up.")]
    public string? VerifyToken { get; init; }

    [MaxLength(2048), Description("Where the Graph API is, its version included.")]
    public string ApiBaseUrl { get; init; } = "https://graph.facebook.com/v25.0";

    [MaxLength(2), Description("Country (ISO 3166) of telephone numbers that are written without one.")]
    public string? DefaultCountry { get; init; }
}
