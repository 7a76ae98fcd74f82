using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using ChannelHub.Adapters;

namespace ChannelHub.Meta;

/// <summary>One Facebook Page, or one Instagram professional account.</summary>
public sealed record MetaSettings
{
    [MaxLength(64), Description("The id of the Page or of the Instagram professional account.")]
    public string? AccountId { get; init; }

    [Secret, MaxLength(1024), Description("The Page's access token, or that of the Instagram login. Needed to send.")]
    public string? AccessToken { get; init; }

    [Secret, MaxLength(256), Description("The secret of the Meta app; it signs what the webhook receives.")]
    public string? AppSecret { get; init; }

    [Secret, MaxLength(256), Description("Of your own choice; Meta shows it once when the webhook is set up.")]
    public string? VerifyToken { get; init; }

    [Description("Whether the app has the Human Agent permission: agents then answer for seven days after a customer's last word instead of one.")]
    public bool HumanAgent { get; init; }

    [MaxLength(2048), Description("Where the Graph API is, its version included; https://graph.instagram.com/v25.0 for an Instagram login without a Page.")]
    public string ApiBaseUrl { get; init; } = "https://graph.facebook.com/v25.0";
}
