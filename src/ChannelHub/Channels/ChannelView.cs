using ChannelHub.Api;
using ChannelHub.Hooks;
using ChannelHub.Options;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChannelHub.Channels;

/// <summary>Channels as clients see them.</summary>
public sealed class ChannelView(ChannelSettings settings, HubOptions options)
{
    public ChannelShape Show(HttpContext context, LiveChannel channel) => new()
    {
        Id = channel.PublicId,
        Type = channel.Row.Type,
        Name = channel.Row.Name,
        Settings = settings.Show(channel.Type, channel.Row.Settings),
        Enabled = channel.Enabled,
        State = channel.State,
        StateReason = channel.Enabled ? channel.Row.StateReason : null,
        WebhookUrl = HookAddress.Shown(options, context, channel.PublicId),
        CreatedAt = ApiJson.Time(channel.Row.CreatedAt),
    };

    /// <summary>The channel with the version that <c>If-Match</c> takes.</summary>
    public Ok<ChannelShape> Answer(HttpContext context, LiveChannel channel)
    {
        EntityTag.Write(context, channel.Row.Version);
        return TypedResults.Ok(Show(context, channel));
    }

    public static ProblemHttpResult NotFound() => Problem.NotFound("There is no such channel.");
}
