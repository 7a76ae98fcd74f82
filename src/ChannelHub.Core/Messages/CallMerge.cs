using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChannelHub.Adapters;

namespace ChannelHub.Core.Messages;

/// <summary>What reports of a call came to.</summary>
/// <param name="Content">The parts anew, as JSON.</param>
/// <param name="TookRecording">Whether the recording is the report's.</param>
public sealed record MergedCall(byte[] Content, bool TookRecording);

/// <summary>
/// Lays one report of a call over what is known of it. The outcome does not depend on the order of the reports: the highest status, the longest
/// duration and the longest way through the menu count, of everything else what was told first.
/// </summary>
public static class CallMerge
{
    /// <summary>The status as the API names it.</summary>
    public static string NameOf(CallStatus status) => JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString());

    /// <summary>The status of a name; the lowest for one that is not known.</summary>
    public static CallStatus StatusOf(string name) => Enum.GetValues<CallStatus>().FirstOrDefault(status => NameOf(status) == name);

    /// <summary>Both are arrays of parts as <see cref="PartsJson"/> renders them. Null if the report tells nothing new.</summary>
    public static MergedCall? Merge(string known, byte[] report)
    {
        JsonArray parts = JsonNode.Parse(known)!.AsArray();
        JsonObject? call = parts.OfType<JsonObject>().FirstOrDefault(IsCall);
        JsonObject? told = JsonNode.Parse(report)!.AsArray().OfType<JsonObject>().FirstOrDefault(IsCall);
        if (call is null || told is null)
            return null;
        string before = call.ToJsonString();
        bool tookRecording = call["recording"] is null && told["recording"] is not null;
        if (StatusOf((string)told["status"]!) > StatusOf((string)call["status"]!))
            call["status"] = (string)told["status"]!;
        if ((long)told["duration_s"]! > (long)call["duration_s"]!)
            call["duration_s"] = (long)told["duration_s"]!;
        if ((told["choices"] as JsonArray)?.Count > ((call["choices"] as JsonArray)?.Count ?? 0))
            call["choices"] = told["choices"]!.DeepClone();
        foreach (string field in (string[])["attestation", "callback_requested", "recording", "transcript"])
            call[field] ??= told[field]?.DeepClone();
        foreach (string empty in call.Where(field => field.Value is null).Select(field => field.Key).ToArray())
            call.Remove(empty);
        return call.ToJsonString() == before ? null : new MergedCall(Encoding.UTF8.GetBytes(parts.ToJsonString(Relaxed)), tookRecording);
    }

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static bool IsCall(JsonObject part) => (string?)part["type"] == "call";
}
