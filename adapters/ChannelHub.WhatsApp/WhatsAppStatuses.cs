using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Meta.Graph;

namespace ChannelHub.WhatsApp;

/// <summary>What became of a sent message. Reports come late, twice, in any order, and before the send's own answer.</summary>
internal static class WhatsAppStatuses
{
    public static Entry Read(JsonElement status, string ignoredKey)
    {
        var shape = new GraphShape();
        if (status.Text("type", 32) == "call")
            return new Ignored(ignoredKey, "progress of a call");
        if (status.Text("recipient_type", 32) == "group")
            return new Ignored(ignoredKey, "group chats are not supported");
        string id = shape.Id(status, "id", 200);
        string word = shape.Text(status, "status", 32);
        DeliveryState? state = word switch
        {
            "sent" => DeliveryState.Sent,
            "delivered" => DeliveryState.Delivered,
            "read" or "played" => DeliveryState.Read,
            "failed" => DeliveryState.Failed,
            _ => null,
        };
        if (state is null && shape.Broken is null)
            return new Ignored(ignoredKey, $"reports of kind {word} are not supported");
        return shape.Entry(status, new DeliveryReported($"status:{id}:{word}", HubKey(status) ?? new ExternalId(id), state ?? DeliveryState.Sent)
        {
            At = GraphShape.Time(status, "timestamp"),
            ProviderId = HubKey(status) is null ? null : new ExternalId(id),
            Fault = state == DeliveryState.Failed ? Fault(status) : null,
        });
    }

    private static Fault Fault(JsonElement status) => status.List("errors").FirstOrDefault() is { ValueKind: JsonValueKind.Object } error
        ? WhatsAppErrors.Reported(GraphError.Read(error))
        : new Fault(FaultKind.ContentRefused, "WhatsApp does not say why");

    // What the hub gave along; other programs that send from the same number give something else, or nothing.
    private static ExternalId? HubKey(JsonElement status) =>
        status.Text("biz_opaque_callback_data", 64) is { } key && key.StartsWith("msg_", StringComparison.Ordinal) && key.Contains('.', StringComparison.Ordinal)
            ? new ExternalId(key) : null;
}
