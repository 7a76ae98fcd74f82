using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using ChannelHub.Adapters;

namespace ChannelHub.Viber;

/// <summary>One bot.</summary>
public sealed record ViberSettings
{
    [Secret, MaxLength(256), Description("The bot's token from the Viber admin panel. It signs what Viber pushes and opens the API.")]
    public string? AuthToken { get; init; }

    [MaxLength(28), Description("The name customers see beside answers; Viber demands one.")]
    public string SenderName { get; init; } = "Support";

    [MaxLength(2048), Description("Address of the picture beside it: at most 100 kB and 720 by 720.")]
    public string? SenderAvatar { get; init; }

    [MaxLength(7000), Description("Shown to whoever opens the chat for the first time, before they write. Leave empty for none.")]
    public string? WelcomeMessage { get; init; }

    [MaxLength(2), Description("ISO 3166 code for telephone numbers without a calling code.")]
    public string? DefaultCountry { get; init; }

    [MaxLength(2048), Description("Where the API is; another address for a simulator.")]
    public string ApiBaseUrl { get; init; } = "https://chatapi.viber.com";
}
