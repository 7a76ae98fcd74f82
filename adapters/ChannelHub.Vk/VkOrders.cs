using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Vk;

/// <summary>Orders in the community's shop. Pure.</summary>
internal static class VkOrders
{
    private const int MaxRaw = 16 * 1024;

    public static VkRead Read(VkHappening happening)
    {
        JsonElement order = happening.Object;
        if (VkEvents.User(order, "user_id") is not { } user || order.Long("id") is not { } number)
            return new VkRead("user_id or id is missing");
        var id = new ExternalId(string.Create(CultureInfo.InvariantCulture, $"order:{user}:{number}"));
        var received = new MessageReceived(id, VkMessageId.SenderOf(user), Parts(order))
        {
            At = order.Long("date") is { } seconds and > 0 and <= 253_402_300_799 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null,
            Metadata = Metadata(order, number),
        };
        return happening.Type == "market_order_new"
            ? received
            // A change tells no time of its own, and the last one to come counts.
            : new MessageChanged(happening.Key, id, received.Parts) { AsReceived = received };
    }

    private static IReadOnlyList<Part> Parts(JsonElement order)
    {
        OrderItem[] items = [.. order.List("preview_order_items").Take(100).Select(Item)];
        JsonElement total = order.Child("total_price");
        var part = new OrderPart(items)
        {
            Total = Money(total),
            Currency = total.Child("currency").Text("name", 8),
            Raw = Raw(order),
        };
        return order.Text("comment", 4000) is { Length: > 0 } comment ? [part, new TextPart(comment)] : [part];
    }

    private static OrderItem Item(JsonElement item)
    {
        JsonElement product = item.Child("item");
        string id = (item.Long("item_id") ?? product.Long("id"))?.ToString(CultureInfo.InvariantCulture) ?? "unknown";
        JsonElement price = item.Child("price") is { ValueKind: JsonValueKind.Object } own ? own : product.Child("price");
        return new OrderItem(id, item.Long("quantity") ?? 1, Money(price), (item.Text("title", 256) ?? product.Text("title", 256)) is { Length: > 0 } name ? name : null);
    }

    // Amounts are hundredths, written as text.
    private static decimal? Money(JsonElement price) =>
        long.TryParse(price.Text("amount", 20), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long hundredths) ? hundredths / 100m : null;

    private static Dictionary<string, string> Metadata(JsonElement order, long number)
    {
        var facts = new Dictionary<string, string> { ["order"] = order.Text("display_order_id", 64) ?? number.ToString(CultureInfo.InvariantCulture) };
        if (order.Long("status") is { } status)
            facts["order_status"] = status.ToString(CultureInfo.InvariantCulture);
        return facts;
    }

    private static string? Raw(JsonElement order)
    {
        ReadOnlySpan<byte> raw = JsonMarshal.GetRawUtf8Value(order);
        return raw.Length <= MaxRaw ? Encoding.UTF8.GetString(raw) : null;
    }
}
