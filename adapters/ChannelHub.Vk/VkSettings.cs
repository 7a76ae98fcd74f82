using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using ChannelHub.Adapters;

namespace ChannelHub.Vk;

/// <summary>One community.</summary>
public sealed record VkSettings
{
    [Range(1, 9_007_199_254_740_991), Description("The community's number, as in vk.com/club123456.")]
    public long? GroupId { get; init; }

    [Secret, MaxLength(512), Description("The community's access token with the rights messages, photos, docs and manage. Needed to send and to poll.")]
    public string? AccessToken { get; init; }

    [Secret, MaxLength(50), Description("The secret key of the callback server; you choose it. VK shows it with every event it pushes.")]
    public string? Secret { get; init; }

    [MaxLength(64), Description("What VK wants to hear when it confirms the address. Leave empty to have it fetched.")]
    public string? ConfirmationCode { get; init; }

    [Description("callback: VK pushes to this hub. long_poll: this hub asks, for a hub without a public address.")]
    public VkMode Mode { get; init; }

    [MaxLength(2048), Description("Where the API is; another address for a simulator.")]
    public string ApiBaseUrl { get; init; } = "https://api.vk.com";
}

/// <summary>How events come in.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<VkMode>))]
public enum VkMode
{
    [JsonStringEnumMemberName("callback")]
    Callback,

    [JsonStringEnumMemberName("long_poll")]
    LongPoll,
}
