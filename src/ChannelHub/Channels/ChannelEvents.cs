using System.Text.Json;
using System.Text.Json.Serialization;
using ChannelHub.Core.Events;
using ChannelHub.Core.Ids;
using ChannelHub.Storage.Engine;

namespace ChannelHub.Channels;

/// <summary>What happens to channels themselves, in the hub's log.</summary>
internal static class ChannelEvents
{
    /// <summary>A channel went up, down, was paused or resumed.</summary>
    public static void Append(WriteSession session, EventType type, long channelId, string? reason) =>
        Append(session, type, JsonSerializer.Serialize(new ChannelEventData(HubId.Format(IdPrefix.Channel, channelId), reason), ChannelEventJson.Default.ChannelEventData));

    /// <summary>A channel that usually speaks has fallen silent.</summary>
    public static void AppendSilent(WriteSession session, long channelId, DateTimeOffset? lastReceived, double expected) => Append(session, EventType.ChannelSilent,
        JsonSerializer.Serialize(new ChannelSilentData(HubId.Format(IdPrefix.Channel, channelId), lastReceived, expected), ChannelEventJson.Default.ChannelSilentData));

    private static void Append(WriteSession session, EventType type, string data) =>
        session.Append(type, session.Now, identityId: null, customerId: null, data: data);
}

/// <summary>Data of <c>channel.up</c>, <c>channel.down</c>, <c>channel.paused</c> and <c>channel.resumed</c>.</summary>
/// <param name="ChannelId">The channel.</param>
/// <param name="Reason">Why, in words for the operator.</param>
internal sealed record ChannelEventData(string ChannelId, string? Reason);

/// <summary>Data of <c>channel.silent</c>.</summary>
/// <param name="ChannelId">The channel.</param>
/// <param name="LastReceivedAt">When input last arrived.</param>
/// <param name="Expected">How much would have arrived since by the channel's rhythm.</param>
internal sealed record ChannelSilentData(string ChannelId, DateTimeOffset? LastReceivedAt, double Expected);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, Converters = [typeof(Api.TimeConverter)])]
[JsonSerializable(typeof(ChannelEventData))]
[JsonSerializable(typeof(ChannelSilentData))]
internal sealed partial class ChannelEventJson : JsonSerializerContext;
