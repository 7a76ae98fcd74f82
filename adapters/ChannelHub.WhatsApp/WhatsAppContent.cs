using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using ChannelHub.Adapters;
using ChannelHub.Meta.Graph;

namespace ChannelHub.WhatsApp;

/// <summary>What a message says, as parts and as small facts beside them. Pure.</summary>
internal static class WhatsAppContent
{
    private const int LongestName = 256;
    private const int LongestNote = 2048;
    private const int LongestRaw = 64 * 1024;

    public static IReadOnlyList<Part> Read(JsonElement message, GraphShape shape)
    {
        string type = message.Text("type", 64) ?? "unknown";
        return type switch
        {
            "text" => [new TextPart(shape.Text(shape.Object(message, "text"), "body"))],
            "image" => [Media(message, type, MediaKind.Image, shape)],
            "video" => [Media(message, type, MediaKind.Video, shape)],
            "audio" or "voice" => [Media(message, type, MediaKind.Audio, shape)],
            "document" => [Media(message, type, MediaKind.File, shape)],
            "sticker" => [Media(message, type, MediaKind.Sticker, shape)],
            "location" => [Place(shape.Object(message, type), shape)],
            "contacts" => Cards(message, shape),
            "button" => [Press(shape.Object(message, type), "payload", "text", shape)],
            "interactive" => [Interactive(message.Child(type), shape)],
            "order" => Order(shape.Object(message, type), shape),
            "unsupported" or "unknown" => [new UnsupportedPart(message.Child("unsupported").Text("type", 64) is { Length: > 0 } kind ? kind : type)],
            { Length: > 0 } => [new UnsupportedPart(type)],
            _ => [new UnsupportedPart("unknown")],
        };
    }

    /// <summary>The message it answers.</summary>
    public static ExternalId? Quoted(JsonElement message) => message.Child("context").Id("id") is { } id ? new ExternalId(id) : null;

    public static Dictionary<string, string>? Metadata(JsonElement message)
    {
        Dictionary<string, string>? facts = null;
        JsonElement context = message.Child("context");
        GraphShape.Note(ref facts, "forwarded", context.IsTrue("frequently_forwarded") ? "frequently" : context.IsTrue("forwarded") ? "true" : null);
        GraphShape.Note(ref facts, "product", context.Child("referred_product").Text("product_retailer_id", LongestName));
        JsonElement referral = message.Child("referral");
        foreach (string name in (string[])["source_type", "source_id", "source_url", "headline", "body", "ctwa_clid"])
            GraphShape.Note(ref facts, name.StartsWith("source", StringComparison.Ordinal) ? $"referral_{name[7..]}" : $"referral_{name}", referral.Text(name, LongestNote));
        GraphShape.Note(ref facts, "form", message.Child("interactive").Child("nfm_reply").Text("response_json", LongestNote));
        GraphShape.Note(ref facts, "error", message.List("errors").FirstOrDefault() is { ValueKind: JsonValueKind.Object } error ? GraphError.Read(error).Words : null);
        return facts;
    }

    private static MediaPart Media(JsonElement message, string type, MediaKind kind, GraphShape shape)
    {
        JsonElement file = shape.Object(message, type);
        return new(kind, new MediaReference
        {
            Reference = shape.Id(file, "id", 128),
            FileName = file.Text("filename", LongestName),
            ContentType = file.Text("mime_type", 128),
            Sha256 = Hex(file.Text("sha256", 64)),
        }, file.Text("caption") is { Length: > 0 } caption ? caption : null);
    }

    private static LocationPart Place(JsonElement place, GraphShape shape) =>
        new(shape.Degrees(place, "latitude", 90), shape.Degrees(place, "longitude", 180), place.Text("name", LongestName), place.Text("address", 1024));

    private static Part[] Cards(JsonElement message, GraphShape shape)
    {
        ContactPart[] cards = [.. message.List("contacts").Select(Card)];
        return cards.Length > 0 ? cards : shape.Miss<Part[]>("contacts", "a list of cards", [new UnsupportedPart("contacts")]);
    }

    // Somebody else's, so none of it says anything of the sender.
    private static ContactPart Card(JsonElement card)
    {
        string[] phones = [.. card.List("phones").Select(phone => phone.Text("phone", 64) ?? phone.Text("wa_id", 64)).OfType<string>()];
        string[] emails = [.. card.List("emails").Select(email => email.Text("email", 320)).OfType<string>()];
        JsonElement name = card.Child("name");
        string? shown = name.Text("formatted_name", LongestName) ?? name.Text("first_name", LongestName);
        return new(string.IsNullOrEmpty(shown) ? phones.Concat(emails).FirstOrDefault() ?? "?" : shown, phones, emails);
    }

    // On errors the body of an interactive message can be missing altogether.
    private static Part Interactive(JsonElement interactive, GraphShape shape)
    {
        string type = interactive.Text("type", 64) ?? "interactive";
        JsonElement body = interactive.Child(type);
        if (body.ValueKind != JsonValueKind.Object)
            return new UnsupportedPart(type);
        return type switch
        {
            "button_reply" or "list_reply" => Press(body, "id", "title", shape),
            "nfm_reply" => new ReplyPart(body.Id("name") ?? "flow", body.Text("body", LongestNote)),
            "call_permission_reply" => new ReplyPart("call_permission", body.Text("response", 64)),
            _ => new UnsupportedPart(type),
        };
    }

    private static ReplyPart Press(JsonElement press, string id, string label, GraphShape shape) =>
        new(press.Text(id, 1024) ?? shape.Text(press, label, 1024), press.Text(label, 1024));

    private static Part[] Order(JsonElement order, GraphShape shape)
    {
        JsonElement[] lines = [.. order.List("product_items")];
        if (lines.Length == 0)
            shape.Miss("product_items", "a list of items", 0);
        OrderItem[] items = [.. lines.Select(line => new OrderItem(
            line.Text("product_retailer_id", LongestName) ?? "?", Amount(line, "quantity") ?? 1, Amount(line, "item_price")))];
        string raw = Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(order.ValueKind == JsonValueKind.Undefined ? JsonElement.Parse("{}") : order));
        var part = new OrderPart(items)
        {
            Total = items.Length > 0 && items.All(item => item.Price is not null) ? items.Sum(item => item.Price * item.Quantity) : null,
            Currency = lines.Select(line => line.Text("currency", 3)).FirstOrDefault(currency => !string.IsNullOrEmpty(currency)),
            Raw = raw.Length <= LongestRaw ? raw : null,
        };
        return order.Text("text") is { Length: > 0 } words ? [part, new TextPart(words)] : [part];
    }

    // A number or a text; what is beyond all reason is not told, since sums must not overflow.
    private static decimal? Amount(JsonElement line, string name)
    {
        if (line.Double(name) is not { } amount
            && !double.TryParse(line.Text(name, 32), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out amount))
            return null;
        return Math.Abs(amount) <= 1e9 ? Math.Round((decimal)amount, 6) : null;
    }

    // Told in base 64, expected in hex.
    private static string? Hex(string? base64)
    {
        Span<byte> hash = stackalloc byte[48];
        return base64 is not null && Convert.TryFromBase64String(base64, hash, out int length) && length == 32 ? Convert.ToHexStringLower(hash[..32]) : null;
    }
}
