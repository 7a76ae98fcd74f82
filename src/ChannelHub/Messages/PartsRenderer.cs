using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Core.Ids;
using ChannelHub.Core.Messages;
using ChannelHub.Storage.Attachments;
using ChannelHub.Storage.Messages;
using ChannelHub.Storage.Outbox;

namespace ChannelHub.Messages;

/// <summary>
/// Parts as clients see them. Stored content is rendered already; only files that may have arrived since and units with a state of their own are laid over it.
/// </summary>
internal static class PartsRenderer
{
    // Where a part may name a file: its own, or the recording of a call.
    private static readonly string[] FilePlaces = ["attachment", "recording"];

    /// <summary>As a message is now.</summary>
    public static string Now(MessageRow row, Surroundings around)
    {
        string content = AtRevision(row, around, row.Revision);
        if (row.Files == 0 && row.Direction == 0)
            return content;
        JsonArray parts = JsonNode.Parse(content)!.AsArray();
        foreach (AttachmentRow file in around.Files[row.Id])
            LayOver(parts, file);
        foreach (PartRow unit in around.Units[row.Id])
            LayOver(parts, unit);
        return parts.ToJsonString();
    }

    /// <summary>As a message was at a revision: what an event says for ever.</summary>
    public static string AtRevision(MessageRow row, Surroundings around, long revision) =>
        revision <= 1 ? row.Content : around.Revisions.GetValueOrDefault((row.Id, revision), row.Content);

    /// <summary>Lets the HTML fetch the pictures that lie elsewhere; their owners are not told the page.</summary>
    public static string WithRemoteImages(string content)
    {
        JsonArray parts = JsonNode.Parse(content)!.AsArray();
        foreach (JsonNode? part in parts)
        {
            // Within sanitised HTML that bracket stands nowhere but before a tag.
            if ((string?)part?["html"] is { } html)
                part["html"] = html.Replace("<img data-remote-src=", "<img referrerpolicy=\"no-referrer\" src=", StringComparison.Ordinal);
        }
        return parts.ToJsonString();
    }

    private static void LayOver(JsonArray parts, AttachmentRow file)
    {
        string id = HubId.Format(IdPrefix.Attachment, file.Id);
        foreach (JsonNode? part in parts)
        {
            foreach (string place in FilePlaces)
            {
                if (part?[place] is JsonObject attachment && (string?)attachment["id"] == id)
                    part[place] = JsonSerializer.SerializeToNode(AttachmentShape.Of(file), Api.ApiJson.Options);
            }
        }
    }

    private static void LayOver(JsonArray parts, PartRow unit)
    {
        if (unit.Idx >= parts.Count || parts[(int)unit.Idx] is not JsonObject part)
            return;
        part["state"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(((MessageState)unit.State).ToString());
        part["provider_id"] = unit.ProviderId;
        if (unit.Error is not null)
            part["error"] = JsonNode.Parse(unit.Error);
    }
}
