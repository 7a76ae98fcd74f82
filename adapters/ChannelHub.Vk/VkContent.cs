using System.Globalization;
using System.Net;
using System.Text.Json;
using ChannelHub.Adapters;

namespace ChannelHub.Vk;

/// <summary>What a message says, as parts and as small facts beside them. Pure.</summary>
internal static class VkContent
{
    private const int DeepestForward = 4;
    private const int MostParts = 50;

    /// <summary>Null if an attachment lacks what it must have. <paramref name="old"/> texts may be escaped for HTML.</summary>
    public static IReadOnlyList<Part>? Read(JsonElement message, bool old)
    {
        var parts = new List<Part>();
        if (!Add(parts, message, old, depth: 0))
            return null;
        if (parts.Count == 0)
            parts.Add(new UnsupportedPart("empty"));
        return parts.Count <= MostParts ? parts : [.. parts.Take(MostParts), new UnsupportedPart("more")];
    }

    public static Dictionary<string, string>? Metadata(JsonElement message)
    {
        Dictionary<string, string>? facts = null;
        Add("ref", message.Text("ref", 256));
        Add("ref_source", message.Text("ref_source", 256));
        Add("forwarded_from", string.Join(", ", message.List("fwd_messages").Select(one => one.Long("from_id")).OfType<long>().Distinct().Take(10)));
        if (VkPayload.ButtonOf(message.Get("payload")) is null)
            Add("payload", message.Text("payload", 1024));
        if (message.IsTrue("is_cropped"))
            Add("cropped", "true");
        return facts;

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                (facts ??= [])[name] = value;
        }
    }

    private static bool Add(List<Part> parts, JsonElement message, bool old, int depth)
    {
        string text = message.Text("text") ?? "";
        if (old)
            text = CleanText.Clean(WebUtility.HtmlDecode(text.Replace("<br>", "\n", StringComparison.Ordinal)));
        string? press = depth == 0 ? VkPayload.ButtonOf(message.Get("payload")) : null;
        if (press is not null)
            parts.Add(new ReplyPart(press, text.Length == 0 ? null : text));
        else if (text.Length > 0)
            parts.Add(new TextPart(text));
        if (message.Child("geo") is { ValueKind: JsonValueKind.Object } geo)
            parts.Add(Place(geo));
        foreach (JsonElement attachment in message.List("attachments"))
        {
            if (attachment.Id("type", 64) is not { } type || VkAttachments.Read(type, attachment.Child(type), text) is not { } read)
                return false;
            parts.AddRange(read);
        }
        if (message.Has("template"))
            parts.Add(new UnsupportedPart(message.Child("template").Text("type", 64) is { Length: > 0 } kind ? kind : "template"));
        // What was passed on carries the real words; the own ones may be empty.
        return depth >= DeepestForward || parts.Count > MostParts || message.List("fwd_messages").All(passed => Add(parts, passed, old, depth + 1));
    }

    private static Part Place(JsonElement geo)
    {
        JsonElement coordinates = geo.Child("coordinates");
        string? name = geo.Child("place").Text("title", 256);
        return coordinates.Double("latitude") is { } latitude && coordinates.Double("longitude") is { } longitude
            && Math.Abs(latitude) <= 90 && Math.Abs(longitude) <= 180
            ? new LocationPart(latitude, longitude, string.IsNullOrEmpty(name) ? null : name)
            : new UnsupportedPart("geo");
    }
}
