using System.Text.Json.Serialization;
using ChannelHub.Adapters;

namespace ChannelHub.Twilio;

/// <summary>What the settings of all three types share.</summary>
internal interface ITwilioAccount
{
    string? AccountSid { get; }

    string? AuthToken { get; }

    string? SecondaryAuthToken { get; }

    string? From { get; }

    string? PublicUrl { get; }

    string ApiBaseUrl { get; }
}

/// <summary>How far an SMS sender's number is believed.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SenderTrust>))]
public enum SenderTrust
{
    [JsonStringEnumMemberName("proven")]
    Proven,

    [JsonStringEnumMemberName("claimed")]
    Claimed,
}

/// <summary>Where the world calls a channel, and what that means for verifying and for what is sent.</summary>
internal sealed class TwilioHook(ITwilioAccount account, ChannelEnvironment environment)
{
    /// <summary>The hook's address; null where neither the settings nor the hub know it.</summary>
    public Uri? Address { get; } = Uri.TryCreate(account.PublicUrl, UriKind.Absolute, out Uri? own) && environment.ChannelId is { } id
        ? new Uri($"{own.AbsoluteUri.TrimEnd('/')}/hooks/{id}")
        : environment.HookUrl;

    /// <summary>The address that was called, as Twilio knows it: the settings' base wins over the one the hub found.</summary>
    public string Called(WebhookRequest request)
    {
        string url = request.Url.OriginalString;
        int hooks = url.IndexOf("/hooks/", StringComparison.Ordinal);
        return Uri.TryCreate(account.PublicUrl, UriKind.Absolute, out Uri? own) && hooks >= 0 ? own.AbsoluteUri.TrimEnd('/') + url[hooks..] : url;
    }
}
