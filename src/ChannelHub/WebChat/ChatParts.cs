using System.Text.Json.Nodes;

namespace ChannelHub.WebChat;

/// <summary>
/// Parts as a visitor may see them: of each kind what is named here and nothing else. What agents see beside (quoted history, HTML, provider ids, faults) stays
/// in the hub, and a kind the widget cannot show says only that.
/// </summary>
internal static class ChatParts
{
    private static readonly string[] MediaFields = ["caption"];

    private static readonly Dictionary<string, string[]> Shown = new(StringComparer.Ordinal)
    {
        ["text"] = ["text"],
        ["image"] = MediaFields,
        ["audio"] = MediaFields,
        ["video"] = MediaFields,
        ["file"] = MediaFields,
        ["sticker"] = MediaFields,
        ["location"] = ["latitude", "longitude", "name", "address"],
        ["contact"] = ["name", "phones", "emails"],
        ["buttons"] = ["text", "buttons"],
        ["reply"] = ["button_id", "label"],
    };

    private static readonly string[] ShownOfFile = ["id", "file_name", "content_type", "size", "state"];

    /// <summary>Renders the API's parts for a visitor of a channel.</summary>
    public static string Render(string parts, string channelId)
    {
        var shown = new JsonArray();
        foreach (JsonNode? part in JsonNode.Parse(parts)!.AsArray())
        {
            if (part is JsonObject known)
                shown.Add(Render(known, channelId));
        }
        return shown.ToJsonString(Api.ApiJson.Options);
    }

    private static JsonObject Render(JsonObject part, string channelId)
    {
        string type = (string?)part["type"] ?? "";
        if (!Shown.TryGetValue(type, out string[]? fields))
            return new JsonObject { ["index"] = Copy(part, "index"), ["type"] = "unsupported", ["kind"] = type };
        var shown = new JsonObject { ["index"] = Copy(part, "index"), ["type"] = type };
        foreach (string field in fields.Where(part.ContainsKey))
            shown[field] = Copy(part, field);
        if (part["attachment"] is JsonObject file)
            shown["attachment"] = RenderFile(file, channelId);
        return shown;
    }

    private static JsonObject RenderFile(JsonObject file, string channelId)
    {
        var shown = new JsonObject();
        foreach (string field in ShownOfFile)
            shown[field] = Copy(file, field);
        shown["url"] = $"/chat/{channelId}/attachments/{(string?)file["id"]}";
        return shown;
    }

    private static JsonNode? Copy(JsonObject from, string field) => from[field]?.DeepClone();
}
